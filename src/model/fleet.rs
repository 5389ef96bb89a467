//! The fleet as people see it: every deployment with what should be, what is, and what is being done about it.
//!
//! A value; made anew by the manager and handed out as it is, so that no reader waits for the store or the cloud.

use crate::model::{CommitHash, Desired, Drift, Observed, PlannedStep, Record, Sample, spec};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeMap, sync::Arc};

spec::words!(
    /// How a deployment is.
    Health, "health" {
        /// It serves as it should.
        Healthy = "healthy",
        /// It serves, or soon will again, but something is wrong.
        Degraded = "degraded",
        /// Its agent does not answer.
        Unreachable = "unreachable",
        /// It is on its way to serving.
        Starting = "starting",
        /// It is stopped, as it should be.
        Stopped = "stopped",
        /// What must be done was tried for too long, or may not be done without a person.
        Failed = "failed",
    }
);

/// What the reconciler's own tries have come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Failures in a row.
    pub failures: u32,
    /// Since when there were only failures.
    pub since: Option<Timestamp>,
    /// What the last one said.
    pub error: String,
    /// The step that failed.
    pub step: String,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}

/// What the reconciler has been at since it was last settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The step in hand, or the next.
    pub step: &'static str,
    /// Since when that one.
    pub step_since: Timestamp,
    /// Since when anything.
    pub since: Timestamp,
    /// Whether somebody asked for it; otherwise it mends what broke by itself.
    pub asked: bool,
}

/// Ends of a deployment's Dolt, or of its instance, that nobody had asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crashes {
    /// Since when they are counted; none: not yet.
    pub since: Option<Timestamp>,
    /// When the last of them were seen, oldest first.
    pub times: Vec<Timestamp>,
}

impl Crashes {
    /// How many there were in the hour up to the last one.
    pub fn lately(&self) -> u32 {
        let Some(last) = self.times.last() else { return 0 };
        let within = |time: &&Timestamp| last.duration_since(**time) <= SignedDuration::from_hours(1);
        u32::try_from(self.times.iter().filter(within).count()).unwrap_or(u32::MAX)
    }
}

/// One deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As it should be; absent while it is being deleted.
    pub desired: Option<Desired>,
    /// What is known for good.
    pub record: Record,
    /// What was seen.
    pub observed: Observed,
    /// How it is.
    pub health: Health,
    /// Why, where it is not well.
    pub why: String,
    /// Since when.
    pub health_since: Timestamp,
    /// The step in hand in words, or "settled".
    pub phase: String,
    /// What is about to be done.
    pub plan: Vec<PlannedStep>,
    /// What trying has come to.
    pub tries: Tries,
    /// What is worked on; none: it is settled, or rests by a person's word.
    pub work: Option<Work>,
    /// The last 15 minutes.
    pub samples: Vec<Sample>,
    /// The name by which its clients find it.
    pub host_name: String,
    /// What clients connect to: that name where it is kept in the DNS, else the address.
    pub clients_host: String,
    /// What was changed behind our back.
    pub drift: Vec<Drift>,
    /// Since when anything was.
    pub drift_since: Option<Timestamp>,
    /// How often it ended unasked.
    pub crashes: Crashes,
    /// What will be done by itself at a known time, in words.
    pub coming: Vec<String>,
    /// The last commit that changed what is desired of it.
    pub last_change: Option<CommitHash>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct FleetView {
    /// By name.
    pub rows: BTreeMap<String, Arc<Row>>,
    /// Main's head; none until the store was read.
    pub commit: Option<CommitHash>,
    /// When this was put together.
    pub as_of: Timestamp,
    /// What is wrong with the store; empty: nothing.
    pub store: String,
    /// Since when something is.
    pub store_since: Option<Timestamp>,
    /// What is wrong with the store's standby, and since when.
    pub standby: Option<(String, Timestamp)>,
    /// Whether this process reconciles.
    pub leads: bool,
    /// Who reconciles in its place, as far as that is known.
    pub other: Option<String>,
}
