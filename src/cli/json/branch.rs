//! Change requests as JSON.

use super::{CellChange, Commit, Diff, Plan, known};
use crate::cli::text::rfc3339;
use doltops_proto::hosted_api as api;
use serde::Serialize;

/// `branch list`.
#[derive(Debug, Serialize)]
pub struct Branches {
    pub main_commit: String,
    pub branches: Vec<Summary>,
}

impl From<&api::ListBranchesResponse> for Branches {
    fn from(it: &api::ListBranchesResponse) -> Self {
        let branches = it.branches.iter().map(Summary::from).collect();
        Self { main_commit: it.main_commit.clone(), branches }
    }
}

/// A change request in a list.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub name: String,
    pub title: String,
    pub author: String,
    pub opened: Option<String>,
    pub state: String,
    pub base: String,
    pub head: String,
    pub ahead: u32,
    pub behind: u32,
    pub deployments: u32,
    pub conflicts: u32,
    pub approvals: u32,
    pub approvals_needed: u32,
    pub comments: u32,
    pub closed: Option<String>,
    pub closed_by: Option<String>,
}

impl From<&api::BranchSummary> for Summary {
    fn from(it: &api::BranchSummary) -> Self {
        Self {
            name: it.name.clone(),
            title: it.title.clone(),
            author: it.author.clone(),
            opened: rfc3339(it.opened_ms),
            state: it.state.clone(),
            base: it.base.clone(),
            head: it.head.clone(),
            ahead: it.ahead,
            behind: it.behind,
            deployments: it.deployments,
            conflicts: it.conflicts,
            approvals: it.approvals,
            approvals_needed: it.approvals_needed,
            comments: it.comments,
            closed: rfc3339(it.closed_ms),
            closed_by: known(&it.closed_by),
        }
    }
}

/// One change request: `branch show`, and the answer of what changes one.
#[derive(Debug, Serialize)]
pub struct Branch {
    pub summary: Summary,
    pub main_commit: String,
    pub changes: Vec<CellChange>,
    pub plan: Option<Plan>,
    pub hindrance: Option<String>,
    pub next: Option<String>,
    pub conflicts: Vec<Conflict>,
    pub main_changes: Vec<CellChange>,
    pub merge_commit: Option<String>,
    pub approvals: Vec<Approval>,
    pub comments: Vec<Comment>,
    pub commits: Vec<Commit>,
}

impl From<&api::Branch> for Branch {
    fn from(it: &api::Branch) -> Self {
        Self {
            summary: Summary::from(&it.summary.clone().unwrap_or_default()),
            main_commit: it.main_commit.clone(),
            changes: it.changes.iter().map(CellChange::from).collect(),
            plan: it.plan.as_ref().map(Plan::from),
            hindrance: known(&it.hindrance),
            next: known(&it.next),
            conflicts: it.conflicts.iter().map(Conflict::from).collect(),
            main_changes: it.main_changes.iter().map(CellChange::from).collect(),
            merge_commit: known(&it.merge_commit),
            approvals: it.approvals.iter().map(Approval::from).collect(),
            comments: it.comments.iter().map(Comment::from).collect(),
            commits: it.commits.iter().map(Commit::from).collect(),
        }
    }
}

/// `branch diff`: from where it was made to where it is.
impl From<&api::Branch> for Diff {
    fn from(it: &api::Branch) -> Self {
        let summary = it.summary.clone().unwrap_or_default();
        Self { from: summary.base, to: summary.head, changes: it.changes.iter().map(CellChange::from).collect() }
    }
}

/// `conflicts`.
#[derive(Debug, Serialize)]
pub struct Conflicts {
    pub branch: String,
    pub head: String,
    pub main_commit: String,
    pub open: u32,
    pub conflicts: Vec<Conflict>,
}

impl From<&api::Branch> for Conflicts {
    fn from(it: &api::Branch) -> Self {
        let summary = it.summary.clone().unwrap_or_default();
        Self {
            branch: summary.name,
            head: summary.head,
            main_commit: it.main_commit.clone(),
            open: summary.conflicts,
            conflicts: it.conflicts.iter().map(Conflict::from).collect(),
        }
    }
}

/// A cell that main and the branch disagree on.
#[derive(Debug, Serialize)]
pub struct Conflict {
    pub cell: String,
    pub deployment: String,
    pub column: String,
    pub base: Option<String>,
    pub ours: Option<String>,
    pub theirs: Option<String>,
    pub decided: bool,
    pub value: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<String>,
}

impl From<&api::BranchConflict> for Conflict {
    fn from(it: &api::BranchConflict) -> Self {
        Self {
            cell: it.cell.clone(),
            deployment: it.deployment.clone(),
            column: it.column.clone(),
            base: it.base.clone(),
            ours: it.ours.clone(),
            theirs: it.theirs.clone(),
            decided: it.decided,
            value: it.value.clone(),
            decided_by: known(&it.decided_by),
            decided_at: rfc3339(it.decided_ms),
        }
    }
}

/// A person's approval.
#[derive(Debug, Serialize)]
pub struct Approval {
    pub author: String,
    pub given: Option<String>,
    pub head: String,
    pub counts: bool,
    pub withdrawn: bool,
}

impl From<&api::BranchApproval> for Approval {
    fn from(it: &api::BranchApproval) -> Self {
        Self {
            author: it.author.clone(),
            given: rfc3339(it.given_ms),
            head: it.head.clone(),
            counts: it.counts,
            withdrawn: it.withdrawn,
        }
    }
}

/// What a person said.
#[derive(Debug, Serialize)]
pub struct Comment {
    pub author: String,
    pub time: Option<String>,
    pub text: String,
}

impl From<&api::BranchComment> for Comment {
    fn from(it: &api::BranchComment) -> Self {
        Self { author: it.author.clone(), time: rfc3339(it.time_ms), text: it.text.clone() }
    }
}
