//! What belongs to no deployment, as JSON.

use super::known;
use crate::cli::text::rfc3339;
use doltops_proto::hosted_api as api;
use serde::Serialize;

/// One of them.
#[derive(Debug, Serialize)]
pub struct Orphan {
    pub kind: String,
    pub id: String,
    pub deployment: String,
    pub name: Option<String>,
    pub why: String,
    pub gib: Option<u32>,
    pub since: Option<String>,
    pub counts_from: Option<String>,
    pub next: Option<String>,
}

impl From<&api::Orphan> for Orphan {
    fn from(it: &api::Orphan) -> Self {
        Self {
            kind: it.kind.clone(),
            id: it.id.clone(),
            deployment: it.deployment.clone(),
            name: known(&it.name),
            why: it.why.clone(),
            gib: (it.gib > 0).then_some(it.gib),
            since: rfc3339(it.since_ms),
            counts_from: rfc3339(it.counts_ms),
            next: known(&it.next),
        }
    }
}

/// What was removed.
#[derive(Debug, Serialize)]
pub struct Removed {
    pub id: String,
}
