//! Waits until the reconciler has done what was asked for.
//!
//! Guarantees
//! - Nothing that was so before the change ends the wait: only what is at its generation or beyond counts.
//! - A stream that breaks is opened again until the time is up: the control plane may be handed over meanwhile.
//!
//! The verdict on one look is [`Target::verdict`], which is pure.

use super::{
    Output, Stop,
    follow::{Follow, News},
    plan, text,
};
use crate::{
    env::Env,
    hosted_api::{
        client::Client,
        problem::{Kind, Problem},
    },
};
use doltops_proto::hosted_api::{ChangeResponse, Deployment, PlanResponse};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What the reconciler is to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Everything is as desired.
    Settled,
    /// The deployment is gone.
    Gone,
    /// The reconciler knows: nothing more follows from a pause.
    Noted,
}

/// Which deployments a change is about, and how far they are to come.
#[derive(Clone, Debug)]
pub struct Target {
    names: BTreeSet<String>,
    generation: u64,
    until: Until,
    /// Absence ends the wait for these: the change takes them away, or they were there before.
    may_go: BTreeSet<String>,
}

/// What one look at the fleet tells.
#[derive(Debug)]
pub enum Verdict {
    /// Look again.
    NotYet,
    /// It is reached.
    Reached,
    /// It will not be reached.
    Lost(Problem),
}

impl Target {
    /// Of a change that was accepted: the deployment that it names, or those that its plan names.
    pub fn new(name: Option<&str>, accepted: &ChangeResponse, plan: &PlanResponse, until: Until) -> Self {
        let planned = || plan.steps.iter().map(|step| step.deployment.clone()).filter(|name| !name.is_empty());
        let names: BTreeSet<String> =
            name.map_or_else(|| planned().collect(), |name| BTreeSet::from([name.to_owned()]));
        let may_go = match until {
            Until::Gone => names.clone(),
            // A roll-back of all takes away what was created since, files what stands in none.
            _ => plan::deleted(plan).into_iter().map(str::to_owned).collect(),
        };
        Self { names, generation: accepted.generation, until, may_go }
    }

    /// What this look tells; `seen` are those that were there in an earlier one.
    pub fn verdict(&self, fleet: &[Deployment], seen: &BTreeSet<String>) -> Verdict {
        let mut all = true;
        for name in &self.names {
            match self.one(name, fleet.iter().find(|deployment| deployment.name == *name), seen) {
                Verdict::Reached => {}
                Verdict::NotYet => all = false,
                lost => return lost,
            }
        }
        if all { Verdict::Reached } else { Verdict::NotYet }
    }

    fn one(&self, name: &str, deployment: Option<&Deployment>, seen: &BTreeSet<String>) -> Verdict {
        let Some(deployment) = deployment else {
            return match (self.may_go.contains(name), seen.contains(name)) {
                (true, _) => Verdict::Reached,
                (false, false) => Verdict::NotYet,
                (false, true) => Verdict::Lost(Problem::new(Kind::Failed, format!("{name} was deleted meanwhile"))),
            };
        };
        if deployment.generation < self.generation {
            return Verdict::NotYet;
        }
        if self.until == Until::Noted {
            return Verdict::Reached;
        }
        if deployment.health == "failed" {
            return Verdict::Lost(failed(deployment));
        }
        let desired = deployment.desired.clone().unwrap_or_default();
        if desired.paused {
            let what = format!("{name} is paused: the reconciler rests, and nothing follows from the change yet");
            return Verdict::Lost(Problem::new(Kind::Failed, what).next(format!("doltops resume {name} --wait")));
        }
        // While it comes up it is settled in all but the last word.
        let up = !matches!(deployment.health.as_str(), "starting" | "unreachable");
        let settled = self.until == Until::Settled && deployment.phase == "settled" && up;
        if settled { Verdict::Reached } else { Verdict::NotYet }
    }
}

fn failed(deployment: &Deployment) -> Problem {
    let failure = deployment.failure.clone().unwrap_or_default();
    let why = [failure.error, deployment.why.clone()].into_iter().find(|why| !why.is_empty());
    let why = why.unwrap_or_else(|| "no reason was given".to_owned());
    Problem::new(Kind::Failed, format!("{} failed: {why}", deployment.name))
        .next(format!("doltops events {0}; doltops logs {0}", deployment.name))
}

/// Follows the fleet until the target is reached; gives the deployment, where it is one and still there.
///
/// # Errors
/// When it fails, or the time is up.
pub async fn follow(
    client: &Client,
    target: Target,
    time: Duration,
    env: &dyn Env,
    out: &mut Output,
) -> Result<Option<Deployment>, Stop> {
    let mut progress = Progress { began: env.elapsed(), said: BTreeMap::new(), last: None };
    let looked = tokio::time::timeout(time, look(client, &target, &mut progress, env, out)).await;
    looked.unwrap_or_else(|_| {
        let doing = progress.last.unwrap_or_else(|| "the control plane did not answer".to_owned());
        let what = format!("not settled after {}: {doing}", text::span(time));
        Err(Problem::new(Kind::Failed, what)
            .next("it goes on; wait longer with --timeout, or see doltops events")
            .into())
    })
}

async fn look(
    client: &Client,
    target: &Target,
    progress: &mut Progress,
    env: &dyn Env,
    out: &mut Output,
) -> Result<Option<Deployment>, Stop> {
    let mut fleets = Follow::new(client.clone());
    let mut seen = BTreeSet::new();
    loop {
        // The time that is given bounds this, not the number of tries.
        let News::Fleet(fleet) = fleets.next().await? else { continue };
        let fleet = fleet.deployments;
        progress.say(target, &fleet, env, out);
        match target.verdict(&fleet, &seen) {
            Verdict::Reached => return Ok(only(target, fleet)),
            Verdict::Lost(problem) => return Err(problem.into()),
            Verdict::NotYet => seen.extend(fleet.into_iter().map(|deployment| deployment.name)),
        }
    }
}

fn only(target: &Target, fleet: Vec<Deployment>) -> Option<Deployment> {
    let name = target.names.first().filter(|_| target.names.len() == 1)?;
    fleet.into_iter().find(|deployment| deployment.name == *name)
}

/// What was said of each deployment, so that only news is said.
struct Progress {
    began: Duration,
    said: BTreeMap<String, String>,
    last: Option<String>,
}

impl Progress {
    fn say(&mut self, target: &Target, fleet: &[Deployment], env: &dyn Env, out: &mut Output) {
        // What was so before the change is no news of it.
        let concerns = |it: &&Deployment| target.names.contains(&it.name) && it.generation >= target.generation;
        for deployment in fleet.iter().filter(concerns) {
            let mut now = format!("{} {}: {}", deployment.name, deployment.health, deployment.phase);
            if let Some(failure) = &deployment.failure {
                now += &format!(" (try {} failed: {})", failure.times, failure.error);
            }
            if self.said.get(&deployment.name) != Some(&now) {
                let after = env.elapsed().saturating_sub(self.began).as_secs();
                out.note(&format!("{after:>4} s  {}", text::clean(&now)));
                self.last = Some(now.clone());
                self.said.insert(deployment.name.clone(), now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
