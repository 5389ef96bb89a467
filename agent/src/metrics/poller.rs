//! Looks at Dolt every five seconds and keeps what it saw.
//!
//! While Dolt does not run there is no sample: a gap says so better than zeros.

use super::{
    Sample,
    history::History,
    http,
    journal::Journal,
    prometheus,
    rates::{self, Look, Scrape},
};
use crate::{clock, dolt::supervisor::Situation, machine::Machine, sql::access::Access};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

/// Fine enough to see a burst; Dolt updates its own gauges as often.
const EVERY: Duration = Duration::from_secs(5);

/// The task, and what it has kept.
#[derive(Debug)]
pub struct Poller {
    machine: Arc<Machine>,
    situation: watch::Receiver<Situation>,
    disk: watch::Receiver<u64>,
    access: Arc<Access>,
    history: Arc<Mutex<History>>,
    journal: Journal,
    began: Instant,
}

impl Poller {
    /// Keeps its samples in `history`.
    pub fn new(
        machine: Arc<Machine>,
        situation: watch::Receiver<Situation>,
        disk: watch::Receiver<u64>,
        access: Arc<Access>,
        history: Arc<Mutex<History>>,
        journal: Journal,
    ) -> Self {
        Self { machine, situation, disk, access, history, journal, began: clock::instant() }
    }

    /// Goes on for as long as the agent does.
    pub async fn poll(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = None;
        for sample in self.journal.read().await {
            self.keep(sample);
        }
        loop {
            ticks.tick().await;
            let now = self.look().await;
            if let Some(now) = &now {
                let sample = rates::sample(before.as_ref(), now);
                self.keep(sample);
                self.journal.add(&sample).await;
            }
            before = now;
        }
    }

    fn keep(&self, sample: Sample) {
        // A panic elsewhere cannot leave it half changed.
        self.history.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
    }

    async fn look(&self) -> Option<Look> {
        let process = self.situation.borrow().run.as_ref()?.process;
        let own_queries = self.access.own_queries();
        let scrape = http::get(self.machine.metrics, "/metrics").await.ok();
        Some(Look {
            at: clock::instant().duration_since(self.began),
            time_ms: clock::now().as_millisecond(),
            process,
            usage: process.usage()?,
            disk_bytes: *self.disk.borrow(),
            own_queries,
            scrape: scrape.map(|text| Scrape::of(prometheus::parse(&text))),
        })
    }
}
