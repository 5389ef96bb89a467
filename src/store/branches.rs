//! Branches of the control plane, and the change requests that they are of.
//!
//! Guarantees
//! - A change request is a record on main; its branch begins at the record's base. A branch that nobody has edited need
//!   not be there yet: it is made with the first edit, whoever does that, so no crash leaves one without the other.
//! - An edit of a branch is one commit that follows the head that it was decided on, or a [`StoreError::Conflict`]. Only
//!   desired tables are written there; records, and what runs, never are.
//! - A change request is closed (merged, discarded) in one landing on main, which fails where the branch has moved since.
//!   A branch stays where it is after that: what was prepared can be looked at for ever.
//!
//! An edit of another program's that lands on a branch in the very moment in which the branch is closed is on the branch,
//! and not on main: one transaction cannot be of two branches. Whoever edits looks again afterwards, and says so.
//!
//! Not here: what merging makes of main (`change_requests::merge`), and a branch from before the present shape of the
//! desired tables: it is refused as [`StoreError::OldSchema`].

use super::{Landing, StoreError};
use crate::model::{
    Approval, BranchName, CellChange, ChangeRequest, Comment, CommitEntry, CommitHash, DeploymentId, Desired,
    OperationId, Resolution,
};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

/// A change request with all that people said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// Itself.
    pub request: ChangeRequest,
    /// One a person.
    pub approvals: Vec<Approval>,
    /// The oldest first.
    pub comments: Vec<Comment>,
    /// One a cell.
    pub resolutions: Vec<Resolution>,
}

/// A branch as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its last commit; main's that it was made from where it has none of its own.
    pub head: CommitHash,
    /// Its own commits, the newest first.
    pub commits: Vec<BranchCommit>,
    /// How many commits main has had since.
    pub behind: usize,
}

/// A commit of a branch's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchCommit {
    /// What and why.
    pub entry: CommitEntry,
    /// Of which deployments other things are desired by it.
    pub deployments: BTreeSet<DeploymentId>,
    /// The request that it answers.
    pub operations: BTreeSet<OperationId>,
}

/// What is written down of a change request, on main.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewEdit {
    /// A new one; its name must be new.
    Open(ChangeRequest),
    /// It is merged or discarded: a conflict where it is not open, or its branch is not at `closed_at` any more.
    Close(ChangeRequest),
    /// A person's approval, or that it was taken back.
    Approve(BranchName, Approval),
    /// What a person said; one that is there already is the same one again.
    Comment(BranchName, Comment),
    /// What a cell in conflict is to be.
    Resolve(BranchName, Resolution),
}

/// Where branches are kept.
#[async_trait]
pub trait Branches: Send + Sync + 'static {
    /// Every change request as of a commit of main, the newest first.
    async fn reviews(&self, at: &CommitHash) -> Result<Vec<Reviewed>, StoreError>;
    /// One of them.
    async fn review(&self, name: &BranchName, at: &CommitHash) -> Result<Option<Reviewed>, StoreError>;
    /// The branch of a change request: as it is, or as it was when that was closed.
    async fn branch(&self, request: &ChangeRequest) -> Result<Branch, StoreError>;
    /// What is desired at a commit of main or of any branch.
    async fn desired_on(&self, commit: &CommitHash) -> Result<BTreeMap<DeploymentId, Desired>, StoreError>;
    /// What differs between two commits, of main or of any branch.
    async fn differs(&self, from: &CommitHash, to: &CommitHash) -> Result<Vec<CellChange>, StoreError>;
    /// One commit on a branch: `landing.base` is the branch's head, and its edits are of desired state. The commit names
    /// the request that it answers.
    async fn land_on(
        &self,
        request: &ChangeRequest,
        landing: Landing,
        operation: &OperationId,
    ) -> Result<CommitHash, StoreError>;
}
