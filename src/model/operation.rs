//! What was asked for, by whom.

use crate::model::{DeploymentId, OperationId, change::UNDO};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The author of what the reconciler writes down.
pub const RECONCILER: &str = "deployment-manager";

/// One thing that was asked for and accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The request's own id.
    pub id: OperationId,
    /// Which deployment; absent: all.
    pub deployment: Option<DeploymentId>,
    /// `create`, `resize`, `roll-back`, …
    pub kind: String,
    /// What it does, in a line.
    pub summary: String,
    /// Who asked.
    pub author: String,
    /// When.
    pub asked: Timestamp,
    /// In the person's own words; may be empty.
    pub reason: String,
    /// The request itself, as JSON without secrets: a repeat with another request is refused.
    pub request: String,
}

impl Operation {
    /// For an undo: the operation that it takes back.
    pub fn undoes(&self) -> Option<OperationId> {
        if self.kind != UNDO {
            return None;
        }
        let request: serde_json::Value = serde_json::from_str(&self.request).ok()?;
        request[UNDO]["operation"].as_str().map(OperationId::new)
    }
}
