//! What the cloud and its configuration say of every deployment: plain data for decisions.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where deployments live, as far as a plan needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// A deployment's host name is its own name, a dot and this.
    pub domain: String,
    /// Whether address records are kept for host names, and certificates of public authorities can be had.
    pub names: bool,
    /// A data volume is made for an instance that is there, in its zone. Otherwise it comes before its instance, which
    /// is launched with it.
    pub volume_follows: bool,
    /// Each deployment has an address of its own, which outlives its instance.
    pub elastic: bool,
    /// An instance has another address after each stop and start.
    pub moves: bool,
    /// A database is away for about so long while its instance is stopped, changed and started, seconds.
    pub away_for_a_stop: u32,
    /// Instances can be protected against being terminated.
    pub protects: bool,
    /// Agents are given credentials that end, and are renewed.
    pub credentials: bool,
    /// What is launched, in order, where a type cannot be had.
    pub alternatives: BTreeMap<String, Vec<String>>,
    /// Where instances can be, the preferred first; empty: the cloud has no zones.
    pub zones: Vec<String>,
}

impl Site {
    /// The name by which a deployment's clients find it.
    pub fn host_name(&self, deployment: &str) -> String {
        format!("{deployment}.{}", self.domain)
    }
}
