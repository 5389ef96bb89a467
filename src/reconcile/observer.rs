//! What is there: the last look at the cloud and what each agent said last.
//!
//! Guarantees
//! - Looks are shared, so that many who ask at once cause one; also a failure is shared, and not tried by each.
//! - A failed look gives "unknown", never "absent".
//! - Between two looks at everything only what is in flight is looked at, all of it in one call ([`Observer::look_of`]).

mod look;
mod starts;

pub use look::Look;
use starts::{Clocks, Starts};

use super::certificates::Certificates;
use crate::{
    cloud::{Cloud, CloudError, View},
    env::Env,
    instances::Answer,
    model::{AgentReport, DeploymentId, Instance, InstanceId, InstanceState, Observed, Record, Sample, Seen},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Samples kept for the sparklines: 15 minutes at one in 5 s.
const SAMPLES: usize = 180;

#[derive(Debug, Default)]
struct Heard {
    report: Option<AgentReport>,
    /// When that was, by the clock that never jumps.
    at: Duration,
    samples: VecDeque<Sample>,
}

/// Runs that ask within this time share a call, in a cloud that is reached over a network: Karpenter's shortest window.
/// This machine's own files are looked at at once.
const WINDOW: Duration = Duration::from_millis(35);

/// What is there, as far as it was seen.
pub struct Observer {
    cloud: Arc<dyn Cloud>,
    env: Arc<dyn Env>,
    window: Duration,
    certificates: Arc<Certificates>,
    last: Mutex<Option<Arc<Look>>>,
    /// When the last look began that failed.
    failed: Mutex<Option<Duration>>,
    /// One look at everything at a time, and beside it one look at what is in flight.
    all: tokio::sync::Mutex<()>,
    some: tokio::sync::Mutex<()>,
    /// Who waits for the next look at what is in flight.
    asked: Mutex<BTreeSet<DeploymentId>>,
    heard: Mutex<HashMap<InstanceId, Heard>>,
    starts: Mutex<Starts>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves plain data behind, which the next look puts right.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Observer {
    /// Nothing seen yet.
    pub fn new(cloud: Arc<dyn Cloud>, env: Arc<dyn Env>, certificates: Arc<Certificates>) -> Self {
        let window = if cloud.site().zones.is_empty() { Duration::ZERO } else { WINDOW };
        Self::with_window(cloud, env, certificates, window)
    }

    /// The same, with the time in which those who ask share a call.
    pub fn with_window(
        cloud: Arc<dyn Cloud>,
        env: Arc<dyn Env>,
        certificates: Arc<Certificates>,
        window: Duration,
    ) -> Self {
        Self {
            cloud,
            env,
            certificates,
            window,
            last: Mutex::default(),
            failed: Mutex::default(),
            all: tokio::sync::Mutex::default(),
            some: tokio::sync::Mutex::default(),
            asked: Mutex::default(),
            heard: Mutex::default(),
            starts: Mutex::default(),
        }
    }

    /// A look at everything that began at `since` or later. None when it failed; the failure is logged.
    ///
    /// Whoever asks while one is under way waits for it, and all who waited share the next.
    pub async fn look(&self, since: Duration) -> Option<Arc<Look>> {
        let _one = self.all.lock().await;
        if let Some(look) = self.last().filter(|look| look.began >= since) {
            return Some(look);
        }
        if self.failed_since(since) {
            return None;
        }
        let began = self.env.elapsed();
        let view = self.told(self.cloud.look().await, began);
        let mut last = lock(&self.last);
        self.saw(view.as_ref(), last.as_deref());
        *last = view.map(|view| Arc::new(Look::of(view, began, last.as_deref())));
        last.clone()
    }

    /// The last look, with this deployment's part of it begun at `since` or later. None when that failed.
    ///
    /// Whoever asks within the window, or while a call is under way, shares the next one.
    pub async fn look_of(&self, id: &DeploymentId, since: Duration) -> Option<Arc<Look>> {
        let known = |look: &Arc<Look>| look.since(id) >= since;
        if let Some(look) = self.last().filter(known) {
            return Some(look);
        }
        lock(&self.asked).insert(id.clone());
        let _one = self.some.lock().await;
        if let Some(look) = self.last().filter(known) {
            return Some(look);
        }
        if self.failed_since(since) {
            return None;
        }
        if self.last().is_none() {
            // There is nothing to put a part into.
            return self.look(since).await;
        }
        if !self.window.is_zero() {
            tokio::time::sleep(self.window).await;
        }
        let mut ids = std::mem::take(&mut *lock(&self.asked));
        ids.insert(id.clone());
        let began = self.env.elapsed();
        let view = self.told(self.cloud.look_of(&ids).await, began);
        let mut last = lock(&self.last);
        self.saw(view.as_ref(), last.as_deref());
        *last = last.as_deref().map(|last| Arc::new(last.with(view.as_ref(), &ids, began)));
        last.clone().filter(|_| view.is_some())
    }

    fn told(&self, answer: Result<View, CloudError>, began: Duration) -> Option<View> {
        let failed = answer.as_ref().err().map(|error| {
            tracing::warn!(%error, "the cloud could not be looked at");
            began
        });
        *lock(&self.failed) = failed;
        answer.ok()
    }

    fn clocks(&self) -> Clocks {
        Clocks { now: self.env.now(), elapsed: self.env.elapsed() }
    }

    fn saw(&self, view: Option<&View>, before: Option<&Look>) {
        let (mut starts, clocks) = (lock(&self.starts), self.clocks());
        for instance in view.iter().flat_map(|view| &view.instances) {
            starts.saw(instance, before.map(|before| before.since(&instance.deployment)), clocks);
        }
    }

    fn failed_since(&self, since: Duration) -> bool {
        lock(&self.failed).is_some_and(|began| began >= since)
    }

    /// The last look, if it did not fail.
    pub fn last(&self) -> Option<Arc<Look>> {
        lock(&self.last).clone()
    }

    /// What is known of one deployment's part of the world.
    pub fn observed(&self, look: Option<&Look>, record: &Record) -> Observed {
        let host_name = self.cloud.site().host_name(record.name.as_str());
        let observed = look.and_then(|look| look.observed(record, &host_name));
        let mut observed = observed.unwrap_or_default();
        let report = observed.instance.present().map(|instance| self.report(&instance.id));
        if let Some(report) = report {
            observed.agent = report.into();
        } else if observed != Observed::default() {
            observed.agent = Seen::Absent;
        }
        let started = observed.instance.present().and_then(|it| lock(&self.starts).of(it, self.clocks()));
        observed.started = started;
        self.certificates.add_to(&mut observed, record);
        observed
    }

    /// Instances that run now.
    pub fn running(&self) -> Vec<Instance> {
        let look = self.last().unwrap_or_default();
        let on = |instance: &Instance| !look.suspended || instance.agent_pid.is_some();
        let runs = |instance: &&Instance| instance.state == InstanceState::Running && on(instance);
        let mut running: Vec<Instance> = look.instances().filter(runs).cloned().collect();
        running.sort_by(|a, b| a.id.cmp(&b.id));
        running
    }

    /// An agent has answered. Gives what it said before.
    pub fn hear(&self, instance: &InstanceId, answer: Answer) -> Option<AgentReport> {
        let mut all = lock(&self.heard);
        let heard = all.entry(instance.clone()).or_default();
        for sample in answer.samples {
            if heard.samples.back().is_none_or(|last| last.time < sample.time) {
                heard.samples.push_back(sample);
            }
        }
        while heard.samples.len() > SAMPLES {
            heard.samples.pop_front();
        }
        heard.at = self.env.elapsed();
        heard.report.replace(answer.report)
    }

    /// What an agent said last; heard when it was, as our clock goes now.
    pub fn report(&self, instance: &InstanceId) -> Option<AgentReport> {
        let all = lock(&self.heard);
        let heard = all.get(instance)?;
        let report = heard.report.clone()?;
        Some(AgentReport { heard: self.clocks().say(heard.at, report.heard), ..report })
    }

    /// The last 15 minutes of an instance's metrics.
    pub fn samples(&self, instance: &InstanceId) -> Vec<Sample> {
        let all = lock(&self.heard);
        all.get(instance).map(|heard| heard.samples.iter().copied().collect()).unwrap_or_default()
    }

    /// When the last of them was taken.
    pub fn last_sample(&self, instance: &InstanceId) -> Option<Timestamp> {
        let all = lock(&self.heard);
        all.get(instance).and_then(|heard| heard.samples.back()).map(|sample| sample.time)
    }

    /// Forgets instances that are long gone.
    pub fn sweep(&self) {
        /// A replaced instance's curves are of interest until the new one has some of its own.
        const KEPT: SignedDuration = SignedDuration::from_mins(30);
        let now = self.env.now();
        let mut all = lock(&self.heard);
        // What a stopped one said last tells what it starts with again.
        let look = self.last().unwrap_or_default();
        let there: HashSet<&InstanceId> = look.instances().map(|instance| &instance.id).collect();
        lock(&self.starts).retain(|id| there.contains(id));
        let young = |report: &AgentReport| now.duration_since(report.heard) < KEPT;
        all.retain(|id, heard| there.contains(id) || heard.report.as_ref().is_none_or(young));
    }
}
