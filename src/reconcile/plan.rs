//! Decides what to do next for one deployment.
//!
//! Pure: the same wanted and observed state and time give the same answer, and nothing else is read.
//!
//! Guarantees
//! - At most one step; it is safe to repeat.
//! - While anything that matters is unknown, the answer is to wait for a look, never to act.
//! - Data is destroyed only by [`Step::DestroyVolume`], only for a deployment whose deletion someone asked for, and
//!   only after a completed copy of that very volume is there.
//! - A volume that was lost is never replaced by an empty one in silence.
//! - A new instance is launched only once no older one is left.
//! - A name leads to a deployment only once its database serves there, and no more once it is stopped or goes.
//!
//! One idea a file: `run` and `rest` are the power, `volume` the data, `serve` the agent and Dolt, `names` where clients
//! find it, `remove` the end.
//!
//! Not here: trying again, limits (see `queue`), what a step does (see `executor`), and which type is launched where
//! when the cloud has none to give (see `offerings`).

mod certificate;
mod credentials;
mod identity;
mod names;
mod remove;
mod rest;
mod run;
mod serve;
mod volume;

pub use names::clients_address;
pub(super) use names::{addresses, lost_its_mark, somebody_elses};
pub(super) use run::{has_type, is_right_type};

use crate::model::{
    Desired, Incarnation, Instance, InstanceState, Observed, PlannedStep, Power, Record, Seen, Site, Step,
};
use jiff::{SignedDuration, Timestamp};

/// How long a new instance may take to answer before it is replaced.
///
/// EC2 boots in about 30 s; first boot of our image adds a filesystem check. Five minutes is what Karpenter allows,
/// and replacing too early costs a second instance, too late only time.
pub const FIRST_ANSWER: SignedDuration = SignedDuration::from_mins(5);

/// How long an instance may take to answer where its data volume is made after it and attached to it.
///
/// Its boot waits for the volume, and no look tells when it was attached: so a new volume has five minutes more, counted
/// from the instance's start. An instance whose volume took longer is replaced once; its successor finds the volume
/// ready. The identity that it boots with is good for longer than this.
const FIRST_ANSWER_WITH_VOLUME: SignedDuration = SignedDuration::from_mins(10);

/// How long a new instance may take to answer at this site.
pub fn first_answer(site: &Site) -> SignedDuration {
    if site.volume_follows { FIRST_ANSWER_WITH_VOLUME } else { FIRST_ANSWER }
}

/// What is wanted of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted<'a> {
    /// As it should be; absent: it should not be.
    pub desired: Option<&'a Desired>,
    /// What is known for good.
    pub record: &'a Record,
    /// The incarnation that was about to be launched when something last was.
    pub intended: Option<Incarnation>,
    /// Where it lives.
    pub site: &'a Site,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// All is as it should be, or it should be left alone.
    Settled,
    /// One effect.
    Do(PlannedStep),
    /// Nothing to do until something comes that is under way.
    Wait(Waiting),
    /// Nothing that may be done without a person: in words, what and why.
    Blocked(String),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A look at the cloud that succeeds.
    Look,
    /// The instance to come into its next state.
    Instance,
    /// The agent to answer.
    Agent,
    /// Dolt to answer.
    Dolt,
    /// A copy to be completed.
    Copy,
    /// The time at which a certificate may be ordered.
    Authority,
}

impl Waiting {
    /// The phase that people see.
    pub fn as_str(self) -> &'static str {
        match self {
            Waiting::Look => "looking at the cloud",
            Waiting::Instance => "waiting for the instance",
            Waiting::Agent => "waiting for the agent",
            Waiting::Dolt => "waiting for Dolt",
            Waiting::Copy => "waiting for the final copy",
            Waiting::Authority => "waiting until its certificate may be ordered",
        }
    }
}

/// Where a step that was done shows.
pub fn shows(step: &Step) -> Waiting {
    match step {
        Step::Deploy { .. } | Step::RenewCredentials { .. } | Step::RenewIdentity { .. } | Step::RenewLogins { .. } => {
            Waiting::Agent
        }
        Step::TakeFinalCopy { .. } => Waiting::Copy,
        Step::LaunchInstance { .. }
        | Step::StartInstance { .. }
        | Step::StopInstance { .. }
        | Step::TerminateInstance { .. } => Waiting::Instance,
        Step::CreateVolume { .. }
        | Step::AttachVolume { .. }
        | Step::AllocateAddress
        | Step::AssociateAddress { .. }
        | Step::ReleaseAddress { .. }
        | Step::ProtectInstance { .. }
        | Step::OrderCertificate { .. }
        | Step::PublishName { .. }
        | Step::WithdrawName { .. }
        | Step::ChangeType { .. }
        | Step::GrowVolume { .. }
        | Step::DestroyVolume { .. }
        | Step::Forget => Waiting::Look,
    }
}

/// The next step for what is wanted, given what was observed at `now`.
pub fn next(wanted: &Wanted<'_>, observed: &Observed, now: Timestamp) -> Next {
    match wanted.desired {
        Some(desired) if desired.paused => Next::Settled,
        None if wanted.record.deleted || wanted.record.deletion.is_none() => Next::Settled,
        _ if unknown(wanted.site, observed) => Next::Wait(Waiting::Look),
        None => remove::remove(wanted, observed),
        Some(_) if !observed.older.is_empty() => end_older(wanted, &observed.older[0]),
        Some(desired) => match desired.power {
            Power::Running => run::run(wanted, desired, observed, now),
            Power::Stopped => rest::rest(wanted, desired, observed),
        },
    }
}

/// Whether anything that decides is not known.
fn unknown(site: &Site, observed: &Observed) -> bool {
    observed.instance == Seen::Unknown
        || observed.volume == Seen::Unknown
        || (site.names && observed.name == Seen::Unknown)
        || (site.elastic && observed.address == Seen::Unknown)
}

fn step(wanted: &Wanted<'_>, step: Step, reason: impl Into<String>) -> Next {
    let deployment = wanted.desired.map_or_else(|| wanted.record.name.clone(), |desired| desired.name.clone());
    Next::Do(PlannedStep { deployment, step, reason: reason.into() })
}

fn end_older(wanted: &Wanted<'_>, older: &Instance) -> Next {
    match older.state {
        InstanceState::ShuttingDown => Next::Wait(Waiting::Instance),
        _ => step(
            wanted,
            Step::TerminateInstance { instance: older.id.clone() },
            format!("instance {} was replaced by a later one", older.id),
        ),
    }
}

/// The instance that is there for good or for a while; a terminated one is gone.
pub(super) fn living(observed: &Observed) -> Option<&Instance> {
    observed.instance.present().filter(|instance| instance.state != InstanceState::Terminated)
}

/// What stands in the way of going on. A name that would lead to nobody's instance meanwhile is withdrawn first.
fn blocked(wanted: &Wanted<'_>, observed: &Observed, why: String) -> Next {
    let nobody = living(observed).is_none();
    names::withdraw(wanted, observed, "it has no instance").filter(|_| nobody).unwrap_or(Next::Blocked(why))
}

/// The cloud's own protection follows the deployment's.
fn protect(wanted: &Wanted<'_>, desired: &Desired, instance: &Instance) -> Option<Next> {
    let differs = wanted.site.protects && instance.protected != desired.protected;
    let reason = if desired.protected { "it is protected" } else { "it is no longer protected" };
    let protect = Step::ProtectInstance { instance: instance.id.clone(), on: desired.protected };
    differs.then(|| step(wanted, protect, reason))
}

#[cfg(test)]
pub(super) mod tests;
