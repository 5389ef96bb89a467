//! The fleet as people see it: every deployment with what should be, what is, and what is being done about it.
//!
//! A value; made anew by the manager and handed out as it is, so that no reader waits for the store or the cloud.

use super::health::{Health, Tries};
use crate::model::{CommitHash, Desired, Drift, Observed, PlannedStep, Record, Sample};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

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
    /// The last 15 minutes.
    pub samples: Vec<Sample>,
    /// The name by which its clients find it.
    pub host_name: String,
    /// What clients connect to: that name where it is kept in the DNS, else the address.
    pub clients_host: String,
    /// What was changed behind our back.
    pub drift: Vec<Drift>,
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
    /// Whether this process reconciles.
    pub leads: bool,
}
