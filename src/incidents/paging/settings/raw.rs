//! `[paging]` as it is written. What it means, and whether it fits together, is told in `check`.

use super::{Override, Quiet};
use crate::model::Severity;
use jiff::civil::{Date, Time};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    pub time_zone: Option<String>,
    pub link: Option<String>,
    pub receivers: BTreeMap<String, Receiver>,
    #[serde(default)]
    pub people: BTreeMap<String, Person>,
    #[serde(default)]
    pub rotations: BTreeMap<String, Rotation>,
    pub levels: Vec<Level>,
    #[serde(default)]
    pub repeat: u32,
    #[serde(default)]
    pub quiet_hours: Vec<QuietHours>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Receiver {
    PagerDuty {
        #[serde(default = "pagerduty_url")]
        url: String,
        routing_key_file: Option<PathBuf>,
        routing_key_env: Option<String>,
        routing_key_secret: Option<String>,
        #[serde(default = "everything")]
        min_severity: Severity,
    },
    Webhook {
        url: String,
        key_file: Option<PathBuf>,
        key_env: Option<String>,
        key_secret: Option<String>,
        #[serde(default = "everything")]
        min_severity: Severity,
    },
    Sns {
        topic: String,
        profile: Option<String>,
        endpoint_url: Option<String>,
        #[serde(default = "everything")]
        min_severity: Severity,
    },
}

/// PagerDuty's service region of the United States, where most accounts are.
fn pagerduty_url() -> String {
    "https://events.pagerduty.com".to_owned()
}

fn everything() -> Severity {
    Severity::Info
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub receivers: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    pub people: Vec<String>,
    #[serde(default)]
    pub turn: Turn,
    pub since: Date,
    #[serde(default = "nine")]
    pub handover: Time,
    pub time_zone: Option<String>,
    #[serde(default)]
    pub overrides: Vec<Override>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Turn {
    Daily,
    #[default]
    Weekly,
}

/// When both are at work and can talk about what is open.
fn nine() -> Time {
    Time::constant(9, 0, 0, 0)
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    pub rotation: Option<String>,
    pub person: Option<String>,
    #[serde(default)]
    pub receivers: Vec<String>,
    #[serde(default = "a_while")]
    pub wait_minutes: u32,
}

/// Long enough to wake, find the computer and acknowledge.
fn a_while() -> u32 {
    10
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuietHours {
    pub from: Time,
    pub until: Time,
    pub days: Option<Vec<String>>,
    #[serde(default = "what_can_wait")]
    pub severities: Vec<Severity>,
    #[serde(default)]
    pub then: Quiet,
    pub time_zone: Option<String>,
}

/// What nobody loses anything by before the morning.
fn what_can_wait() -> Vec<Severity> {
    vec![Severity::Info, Severity::Warning]
}
