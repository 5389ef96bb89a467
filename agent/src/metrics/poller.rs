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
use crate::{clock, cloudwatch::buffer::Buffer, dolt::supervisor::Situation, machine::Machine, sql::access::Access};
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

/// Where samples go besides.
#[derive(Debug)]
pub struct Outgoing {
    /// What is to be sent to CloudWatch.
    pub buffer: Arc<Mutex<Buffer>>,
    /// Samples on disk before this were sent already.
    pub from_ms: i64,
}

/// The task, and what it has kept.
#[derive(Debug)]
pub struct Poller {
    machine: Arc<Machine>,
    situation: watch::Receiver<Situation>,
    disk: watch::Receiver<u64>,
    access: Arc<Access>,
    history: Arc<Mutex<History>>,
    journal: Journal,
    outgoing: Option<Outgoing>,
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
        outgoing: Option<Outgoing>,
    ) -> Self {
        Self { machine, situation, disk, access, history, journal, outgoing, began: clock::instant() }
    }

    /// Goes on for as long as the agent does.
    pub async fn poll(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = None;
        for sample in self.journal.read().await {
            // What was sent already is not sent again.
            self.keep(sample, self.outgoing.as_ref().is_some_and(|outgoing| sample.time_ms >= outgoing.from_ms));
        }
        loop {
            ticks.tick().await;
            let now = self.look().await;
            if let Some(now) = &now {
                let sample = rates::sample(before.as_ref(), now);
                self.keep(sample, true);
                self.journal.add(&sample).await;
            }
            before = now;
        }
    }

    fn keep(&self, sample: Sample, send: bool) {
        // A panic elsewhere cannot leave it half changed.
        self.history.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
        if let Some(outgoing) = self.outgoing.as_ref().filter(|_| send) {
            outgoing.buffer.lock().unwrap_or_else(PoisonError::into_inner).push(&sample);
        }
    }

    async fn look(&self) -> Option<Look> {
        let process = self.situation.borrow().run.as_ref()?.process;
        let own_queries = self.access.own_queries();
        // Before Dolt is asked: what is opened meanwhile is rather counted once than taken away from the customer's.
        let own_connections = self.access.own_connections().await;
        let scrape = http::get(self.machine.metrics, "/metrics").await.ok();
        Some(Look {
            at: clock::instant().duration_since(self.began),
            time_ms: clock::now().as_millisecond(),
            process,
            usage: process.usage()?,
            disk_bytes: *self.disk.borrow(),
            own_queries,
            own_connections,
            scrape: scrape.map(|text| Scrape::of(prometheus::parse(&text))),
        })
    }
}
