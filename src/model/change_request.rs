//! A change request: a branch of the control plane, and what people said of it.
//!
//! What is prepared stands on the branch. These are records: they stand on main alone, and only go forward.

use crate::model::{BranchName, By, Cell, CommitHash, DeploymentId, spec};

spec::words!(
    /// What became of a change request.
    RequestState, "state" {
        /// It can be edited, reviewed and merged.
        Open = "open",
        /// What it asked for is on main.
        Merged = "merged",
        /// Nobody wants it any more; its branch stays, to be looked at.
        Discarded = "discarded",
    }
);

/// A change request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRequest {
    /// Its name for ever: a name is used once, so that history names one thing.
    pub name: BranchName,
    /// What it is for, in a line.
    pub title: String,
    /// Who opened it, and when.
    pub opened: By,
    /// Main's commit that it was made from. The branch begins there.
    pub base: CommitHash,
    /// What became of it.
    pub state: RequestState,
    /// Who merged or discarded it, and when.
    pub closed: Option<By>,
    /// Where the branch was then: what was merged is this, and nothing that came later.
    pub closed_at: Option<CommitHash>,
}

impl ChangeRequest {
    /// A title stands in a list, in a line.
    pub const LONGEST_TITLE: usize = 200;

    /// Whether it can still be edited, reviewed and merged.
    pub fn is_open(&self) -> bool {
        self.state == RequestState::Open
    }
}

/// A person's word that a change request may be merged. One a person; a later one takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Whose, and since when.
    pub by: By,
    /// Where the branch was.
    pub head: CommitHash,
    /// Of all that was approved; see `change_requests::review`. It counts only while this is the same.
    pub covers: String,
    /// It was taken back.
    pub withdrawn: bool,
}

/// What a person said about a change request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The request's own id, so that a repeat is known.
    pub id: String,
    /// Who, and when.
    pub by: By,
    /// What.
    pub text: String,
}

/// What a person decided about one cell that main and a branch disagree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Of which deployment.
    pub deployment: DeploymentId,
    /// Which cell.
    pub cell: Cell,
    /// What main said then. With another word of main or the branch the cell is to be decided again.
    pub ours: Option<String>,
    /// What the branch said then.
    pub theirs: Option<String>,
    /// What it is to be.
    pub value: Option<String>,
    /// Who decided it, and when.
    pub by: By,
}
