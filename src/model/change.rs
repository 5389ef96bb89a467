//! What a person or a program can ask for.

use crate::model::{BranchName, CertificateKind, CommitHash, DeploymentName, OperationId};
use serde::Serialize;
use std::collections::BTreeMap;

/// The word for an undo; see [`crate::model::Operation::undoes`].
pub const UNDO: &str = "undo";

/// Exactly one thing that is asked for; its arguments are well formed, but may not fit what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// A new deployment.
    Create {
        /// Its name; no other has it.
        name: DeploymentName,
        /// Absent: the cloud's first.
        instance_type: Option<String>,
        /// Absent: the default.
        volume_gib: Option<u32>,
        /// Who signs its certificate.
        certificate: CertificateKind,
        /// Settings that differ from the defaults.
        settings: BTreeMap<String, String>,
    },
    /// Another type, a larger volume, or both.
    Resize {
        /// Which.
        name: DeploymentName,
        /// Absent: as it is.
        instance_type: Option<String>,
        /// Absent: as it is.
        volume_gib: Option<u32>,
    },
    /// Other server settings; an empty value goes back to the default.
    Set {
        /// Which.
        name: DeploymentName,
        /// By key.
        settings: BTreeMap<String, String>,
    },
    /// Its instance stops, its data stays.
    Stop(DeploymentName),
    /// It serves again.
    Start(DeploymentName),
    /// Dolt is started anew, once.
    Restart(DeploymentName),
    /// The reconciler rests.
    Pause(DeploymentName),
    /// The reconciler works again.
    Resume(DeploymentName),
    /// Nothing deletes it.
    Protect(DeploymentName),
    /// It can be deleted.
    Unprotect(DeploymentName),
    /// It goes, after a final copy.
    Delete {
        /// Which.
        name: DeploymentName,
        /// The name, typed once more.
        confirm: String,
    },
    /// What is desired of one deployment, or of all, goes back to how it was.
    RollBack {
        /// Absent: all.
        name: Option<DeploymentName>,
        /// To which commit.
        to: CommitHash,
        /// `all`, typed, where what was made since would be deleted; see `hosted_api::confirm`.
        confirm: String,
    },
    /// The opposite of one operation.
    Undo {
        /// Which. Always there: whoever asks for their last one is told which that is.
        operation: OperationId,
        /// Typed where deployments would be deleted; see `hosted_api::confirm`.
        confirm: String,
    },
    /// What stands on a branch, merged into main.
    Merge {
        /// Whose change request.
        branch: BranchName,
        /// How many would be deleted, typed, where any would; see `hosted_api::confirm`.
        confirm: String,
    },
    /// Several, one after the other, in one commit; no roll-back, undo, merge or batch among them.
    Batch {
        /// In order.
        changes: Vec<Change>,
        /// How many would be deleted, typed, where any would; see `hosted_api::confirm`.
        confirm: String,
    },
}

impl Change {
    /// The word for it in operations and messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Change::Create { .. } => "create",
            Change::Resize { .. } => "resize",
            Change::Set { .. } => "set",
            Change::Stop(_) => "stop",
            Change::Start(_) => "start",
            Change::Restart(_) => "restart",
            Change::Pause(_) => "pause",
            Change::Resume(_) => "resume",
            Change::Protect(_) => "protect",
            Change::Unprotect(_) => "unprotect",
            Change::Delete { .. } => "delete",
            Change::RollBack { .. } => "roll-back",
            Change::Undo { .. } => UNDO,
            Change::Merge { .. } => "merge",
            Change::Batch { .. } => "batch",
        }
    }

    /// The deployment that it names; none for what may be about several.
    pub fn name(&self) -> Option<&DeploymentName> {
        match self {
            Change::Create { name, .. }
            | Change::Resize { name, .. }
            | Change::Set { name, .. }
            | Change::Stop(name)
            | Change::Start(name)
            | Change::Restart(name)
            | Change::Pause(name)
            | Change::Resume(name)
            | Change::Protect(name)
            | Change::Unprotect(name)
            | Change::Delete { name, .. } => Some(name),
            Change::RollBack { name, .. } => name.as_ref(),
            Change::Undo { .. } | Change::Merge { .. } | Change::Batch { .. } => None,
        }
    }
}
