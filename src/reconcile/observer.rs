//! What is there: the last look at the cloud and what each agent said last.
//!
//! Guarantees: looks are shared, so that many who ask at once cause one; a failed look gives "unknown", never "absent".

use super::certificates::Certificates;
use crate::{
    cloud::{Cloud, View},
    env::Env,
    instances::Answer,
    model::{
        AgentReport, Copy, DeploymentId, Instance, InstanceId, InstanceState, Observed, Record, Sample, Seen, Volume,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Samples kept for the sparklines: 15 minutes at one in 5 s.
const SAMPLES: usize = 180;

/// A look at the cloud, by deployment.
#[derive(Debug, Default)]
pub struct Look {
    began: Duration,
    /// The cloud's power switch is off.
    pub suspended: bool,
    by: HashMap<DeploymentId, Mine>,
}

#[derive(Debug, Default)]
struct Mine {
    instances: Vec<Instance>,
    volumes: Vec<Volume>,
    copies: Vec<Copy>,
}

#[derive(Debug, Default)]
struct Heard {
    report: Option<AgentReport>,
    samples: VecDeque<Sample>,
}

/// What is there, as far as it was seen.
pub struct Observer {
    cloud: Arc<dyn Cloud>,
    env: Arc<dyn Env>,
    certificates: Arc<Certificates>,
    last: Mutex<Option<Arc<Look>>>,
    looking: tokio::sync::Mutex<()>,
    heard: Mutex<HashMap<InstanceId, Heard>>,
}

impl Observer {
    /// Nothing seen yet.
    pub fn new(cloud: Arc<dyn Cloud>, env: Arc<dyn Env>, certificates: Arc<Certificates>) -> Self {
        Self {
            cloud,
            env,
            certificates,
            last: Mutex::default(),
            looking: tokio::sync::Mutex::default(),
            heard: Mutex::default(),
        }
    }

    /// A look that began at `since` or later. None when it failed; the failure is logged.
    ///
    /// Whoever asks while one is under way waits for it, and all who waited share the next.
    pub async fn look(&self, since: Duration) -> Option<Arc<Look>> {
        let enough = |look: &Arc<Look>| look.began >= since;
        let _one = self.looking.lock().await;
        if let Some(look) = self.last().filter(enough) {
            return Some(look);
        }
        let began = self.env.elapsed();
        let look = match self.cloud.look().await {
            Ok(view) => Some(Arc::new(index(view, began))),
            Err(error) => {
                tracing::warn!(%error, "the cloud could not be looked at");
                None
            }
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = look.clone();
        look
    }

    /// The last look, if it did not fail.
    pub fn last(&self) -> Option<Arc<Look>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is known of one deployment's part of the world.
    pub fn observed(&self, look: Option<&Look>, record: &Record) -> Observed {
        let Some(look) = look else { return Observed::default() };
        let nothing = Mine::default();
        let mine = look.by.get(&record.id).unwrap_or(&nothing);
        let newest = mine.instances.iter().max_by_key(|instance| instance.incarnation);
        let older = mine
            .instances
            .iter()
            .filter(|i| i.state != InstanceState::Terminated && Some(i.incarnation) != newest.map(|n| n.incarnation))
            .cloned()
            .collect();
        let volume =
            mine.volumes.iter().find(|v| Some(&v.id) == record.volume.as_ref()).or_else(|| mine.volumes.first());
        let report = newest.and_then(|instance| self.report(&instance.id));
        let mut observed = Observed {
            instance: newest.cloned().into(),
            older,
            volume: volume.cloned().into(),
            copy: copy(mine, volume, record).cloned().into(),
            agent: report.into(),
            name: Seen::Absent,
            address: Seen::Absent,
            ..Observed::default()
        };
        self.certificates.add_to(&mut observed, record);
        observed
    }

    /// Instances that run now.
    pub fn running(&self) -> Vec<Instance> {
        let look = self.last().unwrap_or_default();
        let on = |instance: &Instance| !look.suspended || instance.agent_pid.is_some();
        let runs = |instance: &&Instance| instance.state == InstanceState::Running && on(instance);
        let mut running: Vec<Instance> =
            look.by.values().flat_map(|mine| mine.instances.iter().filter(runs)).cloned().collect();
        running.sort_by(|a, b| a.id.cmp(&b.id));
        running
    }

    /// An agent has answered. Gives what it said before.
    pub fn hear(&self, instance: &InstanceId, answer: Answer) -> Option<AgentReport> {
        let mut all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = all.entry(instance.clone()).or_default();
        for sample in answer.samples {
            if heard.samples.back().is_none_or(|last| last.time < sample.time) {
                heard.samples.push_back(sample);
            }
        }
        while heard.samples.len() > SAMPLES {
            heard.samples.pop_front();
        }
        heard.report.replace(answer.report)
    }

    /// What an agent said last.
    pub fn report(&self, instance: &InstanceId) -> Option<AgentReport> {
        let all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(instance).and_then(|heard| heard.report.clone())
    }

    /// The last 15 minutes of an instance's metrics.
    pub fn samples(&self, instance: &InstanceId) -> Vec<Sample> {
        let all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(instance).map(|heard| heard.samples.iter().copied().collect()).unwrap_or_default()
    }

    /// When the last of them was taken.
    pub fn last_sample(&self, instance: &InstanceId) -> Option<Timestamp> {
        let all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(instance).and_then(|heard| heard.samples.back()).map(|sample| sample.time)
    }

    /// Forgets instances that are long gone.
    pub fn sweep(&self) {
        /// A replaced instance's curves are of interest until the new one has some of its own.
        const KEPT: SignedDuration = SignedDuration::from_mins(30);
        let now = self.env.now();
        let mut all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        // What a stopped one said last tells what it starts with again.
        let look = self.last().unwrap_or_default();
        let there: HashSet<&InstanceId> =
            look.by.values().flat_map(|mine| &mine.instances).map(|instance| &instance.id).collect();
        let young = |report: &AgentReport| now.duration_since(report.heard) < KEPT;
        all.retain(|id, heard| there.contains(id) || heard.report.as_ref().is_none_or(young));
    }
}

/// The copy that matters: of the present volume; else the one written down; else the newest.
fn copy<'a>(mine: &'a Mine, volume: Option<&Volume>, record: &Record) -> Option<&'a Copy> {
    let of_volume = mine.copies.iter().find(|copy| Some(&copy.volume) == volume.map(|volume| &volume.id));
    let written_down = || mine.copies.iter().find(|copy| Some(&copy.id) == record.final_copy.as_ref());
    of_volume.or_else(written_down).or_else(|| mine.copies.iter().max_by_key(|copy| copy.taken))
}

fn index(view: View, began: Duration) -> Look {
    let mut look = Look { began, suspended: view.suspended, ..Look::default() };
    for instance in view.instances {
        look.by.entry(instance.deployment.clone()).or_default().instances.push(instance);
    }
    for volume in view.volumes {
        look.by.entry(volume.deployment.clone()).or_default().volumes.push(volume);
    }
    for copy in view.copies {
        look.by.entry(copy.deployment.clone()).or_default().copies.push(copy);
    }
    look
}
