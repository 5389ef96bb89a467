//! Asks every running instance's agent how it is.
//!
//! One that does not answer costs the others nothing: each is asked on its own, with the call's own limit, and nobody
//! waits for the slowest.

use super::{Manager, lock};
use crate::model::{AgentReport, Epoch, Instance, InstanceId, Record};
use crate::reconcile::{executor::target, health};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{self, MissedTickBehavior},
};

/// Every agent is asked this often.
const EVERY: Duration = Duration::from_secs(2);

impl Manager {
    pub(super) async fn hear_agents(self: Arc<Self>) {
        let mut ticks = time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // One that has not answered yet is not asked a second time.
        let asking: Arc<Mutex<BTreeSet<InstanceId>>> = Arc::default();
        let mut calls = JoinSet::new();
        loop {
            ticks.tick().await;
            while calls.try_join_next().is_some() {}
            // The first look of the store's holder is under its epoch; whoever stands by looks under none, and moves nothing.
            let lease = &self.executor.lease;
            if lease.epoch() == Epoch(0) && lease.other().is_none() {
                continue;
            }
            let Some(snapshot) = lock(&self.snapshot).clone() else { continue };
            for instance in self.observer.running() {
                let Some(record) = snapshot.records.get(&instance.deployment) else { continue };
                if lock(&asking).insert(instance.id.clone()) {
                    calls.spawn(self.clone().hear_regularly(record.clone(), instance, asking.clone()));
                }
            }
        }
    }

    async fn hear_regularly(
        self: Arc<Self>,
        record: Record,
        instance: Instance,
        asking: Arc<Mutex<BTreeSet<InstanceId>>>,
    ) {
        if self.hear(&record, &instance).await {
            let now = self.executor.env.elapsed();
            lock(&self.queue).ask(record.id, now);
            self.due.notify_one();
        }
        lock(&asking).remove(&instance.id);
        self.dirty.notify_one();
    }

    /// Asks one agent; gives whether it told news. Silence is news only in that time passes.
    pub(super) async fn hear(&self, record: &Record, instance: &Instance) -> bool {
        let after = self.observer.last_sample(&instance.id);
        let epoch = self.executor.lease.epoch();
        match self.executor.agents.heartbeat(&target(record, instance), epoch, after).await {
            Ok(answer) => {
                if self.executor.lease.obeys(answer.report.epoch) {
                    self.tell_of_another(record, answer.report.epoch);
                }
                let now = answer.report.clone();
                let before = self.observer.hear(&instance.id, answer);
                before.is_none_or(|before| told_news(&before, &now))
            }
            Err(error) => {
                tracing::debug!(instance = %instance.id, %error, "an agent did not answer");
                false
            }
        }
    }
}

impl Manager {
    /// Two act on one fleet, or the store is an older one: a person has to say which.
    fn tell_of_another(&self, record: &Record, epoch: Epoch) {
        let ours = self.executor.lease.epoch();
        let text = format!(
            "the agent obeys the epoch {epoch}, and ours is {ours}: another control plane acts on it, or the store is an \
             older one; end the other, and start this daemon again"
        );
        tracing::warn!(deployment = %record.name, "{text}");
        self.events.add(record.name.as_str(), "control-plane", text, "");
    }
}

/// Whether anything that decides a step has changed.
fn told_news(before: &AgentReport, now: &AgentReport) -> bool {
    health::is_silent(before, now.heard)
        || before.dolt != now.dolt
        || before.enrolled != now.enrolled
        || before.incarnation != now.incarnation
        || before.applied != now.applied
        || before.generation != now.generation
        || before.trust != now.trust
}
