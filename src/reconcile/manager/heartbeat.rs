//! Asks every running instance's agent how it is.
//!
//! One that does not answer costs the others nothing: each is asked on its own, with the call's own limit.

use super::{Manager, lock};
use crate::model::{AgentReport, Instance, Record};
use crate::reconcile::executor::target;
use futures::{StreamExt, stream};
use std::{sync::Arc, time::Duration};
use tokio::time::{self, MissedTickBehavior};

/// Every agent is asked this often.
const EVERY: Duration = Duration::from_secs(2);

/// Agents that are asked at once; a thousand that answer in 5 ms take a tenth of a second.
const AT_ONCE: usize = 64;

impl Manager {
    pub(super) async fn hear_agents(self: Arc<Self>) {
        let mut ticks = time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // Another holder's agents refuse an older epoch, and rightly.
            if self.executor.lease.fence().is_none() {
                continue;
            }
            let records = lock(&self.snapshot).clone();
            let Some(snapshot) = records else { continue };
            let asked = self.observer.running().into_iter().filter_map(|instance| {
                snapshot.records.get(&instance.deployment).map(|record| (record.clone(), instance))
            });
            let manager = &self;
            stream::iter(asked)
                .for_each_concurrent(AT_ONCE, |(record, instance)| async move {
                    if manager.hear(&record, &instance).await {
                        let now = manager.executor.env.elapsed();
                        lock(&manager.queue).ask(record.id, now);
                        manager.due.notify_one();
                    }
                })
                .await;
            self.dirty.notify_one();
        }
    }

    /// Asks one agent; gives whether it told news. Silence is news only in that time passes.
    pub(super) async fn hear(&self, record: &Record, instance: &Instance) -> bool {
        let after = self.observer.samples(&instance.id).last().map(|sample| sample.time);
        let epoch = self.executor.lease.epoch();
        match self.executor.agents.heartbeat(&target(record, instance), epoch, after).await {
            Ok(answer) => {
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

/// Whether anything that decides a step has changed.
fn told_news(before: &AgentReport, now: &AgentReport) -> bool {
    before.dolt != now.dolt
        || before.enrolled != now.enrolled
        || before.incarnation != now.incarnation
        || before.applied != now.applied
        || before.generation != now.generation
}
