//! A change on its way from an idea to a commit.
//!
//! Guarantees
//! - Only a plan that is on the screen can be confirmed, and it is sent with the commit and the hash that it was
//!   planned on.
//! - A roll-back, an undo or a change of several that destroys data is sent with the word that was typed, and not before
//!   it was; another plan asks for it again.
//! - One request id a confirmed plan: sending it again after a lost answer cannot do it twice.
//!
//! Not here: when to ask for a plan (`action::propose`), and the last key (`action::confirm`).

use crate::{console::state::Ticket, hosted_api::problem::Problem};
use doltops_proto::hosted_api::{CellChange, ChangeRequest, PlanResponse, change::Change};
use std::borrow::Cow;

/// Why nothing can be confirmed yet; said no longer than it holds.
pub const PLANNING: &str = "the plan is still being worked out";

/// The word that is typed before a roll-back that destroys data, or an undo that deletes several deployments, as the Hosted API asks for it.
pub const EVERYTHING: &str = "all";

/// How far it has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// There is nothing to plan yet; why, in words.
    Incomplete(String),
    /// Its plan is being worked out.
    Planning {
        /// Names the answer.
        ticket: Ticket,
        /// What would be asked for.
        change: Change,
        /// Since when (Unix milliseconds).
        since: i64,
    },
    /// It cannot be done, and why.
    Refused {
        /// What was asked for.
        change: Change,
        /// The control plane's words.
        problem: Problem,
    },
    /// The plan is on the screen.
    Shown(Shown),
    /// It was confirmed and sent.
    Sending {
        /// Names the answer.
        ticket: Ticket,
        /// What was confirmed.
        shown: Shown,
        /// Since when (Unix milliseconds).
        since: i64,
    },
}

/// A plan on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What is asked for.
    pub change: Change,
    /// What that would do.
    pub plan: PlanResponse,
    /// The id it is sent with, every time.
    pub request_id: String,
    /// Why the last try did not go: the plan had changed, or nobody answered.
    pub problem: Option<Problem>,
    /// What was typed before a loss of data; see [`Shown::word`].
    pub confirm: String,
}

impl Shown {
    /// Whether anything would happen.
    pub fn does_nothing(&self) -> bool {
        self.plan.steps.is_empty() && self.plan.changes.is_empty()
    }

    /// Whether data would be gone.
    pub fn destroys_data(&self) -> bool {
        self.plan.steps.iter().any(|step| step.destroys_data)
    }

    /// The word that must be typed before it can be sent. A deletion has a form of its own that asks for the name.
    pub fn word(&self) -> Option<Cow<'_, str>> {
        match &self.change {
            Change::RollBack(_) if self.destroys_data() => Some(Cow::Borrowed(EVERYTHING)),
            Change::Undo(_) | Change::Revert(_) => match *self.goes() {
                [] => None,
                [only] => Some(Cow::Borrowed(only)),
                _ => Some(Cow::Borrowed(EVERYTHING)),
            },
            // How many go: a name would say that it is about one.
            Change::Batch(_) | Change::Merge(_) => {
                Some(self.goes().len()).filter(|go| *go > 0).map(|go| Cow::Owned(go.to_string()))
            }
            _ => None,
        }
    }

    /// The deployments that it deletes: their names go from desired state.
    pub fn goes(&self) -> Vec<&str> {
        let goes = |it: &&CellChange| it.table == "deployments" && it.column == "name" && it.to.is_none();
        self.plan.changes.iter().filter(goes).filter_map(|it| it.from.as_deref()).collect()
    }

    /// What is sent when it is confirmed.
    pub fn request(&self) -> ChangeRequest {
        let mut change = self.change.clone();
        if let Change::RollBack(roll_back) = &mut change {
            roll_back.confirm.clone_from(&self.confirm);
        }
        if let Change::Revert(revert) = &mut change {
            revert.confirm.clone_from(&self.confirm);
        }
        if let Change::Undo(undo) = &mut change {
            // What was shown, by its id: another operation may have become the last one meanwhile.
            undo.operation_id.clone_from(&self.plan.undoes);
            undo.confirm.clone_from(&self.confirm);
        }
        if let Change::Merge(merge) = &mut change {
            merge.confirm.clone_from(&self.confirm);
        }
        if let Change::Batch(batch) = &mut change {
            batch.confirm.clone_from(&self.confirm);
        }
        ChangeRequest {
            change: Some(doltops_proto::hosted_api::Change { change: Some(change) }),
            request_id: self.request_id.clone(),
            base_commit: self.plan.base_commit.clone(),
            plan_hash: self.plan.plan_hash.clone(),
            reason: String::new(),
        }
    }
}

impl Proposal {
    /// What it is about, where it is about anything yet.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Proposal::Incomplete(_) => None,
            Proposal::Planning { change, .. } | Proposal::Refused { change, .. } => Some(change),
            Proposal::Shown(shown) | Proposal::Sending { shown, .. } => Some(&shown.change),
        }
    }

    /// The preview that is awaited. A confirmed change is never taken back, so its ticket is not named here.
    pub fn preview(&self) -> Option<Ticket> {
        match self {
            Proposal::Planning { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }

    /// Whether it waits for the answer to this.
    pub fn awaits(&self, answer: Ticket) -> bool {
        matches!(self, Proposal::Planning { ticket, .. } | Proposal::Sending { ticket, .. } if *ticket == answer)
    }

    /// Why the last key does nothing now.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn ready(&self) -> Result<&Shown, String> {
        match self {
            Proposal::Incomplete(why) => Err(why.clone()),
            Proposal::Planning { .. } => Err(PLANNING.to_owned()),
            Proposal::Refused { problem, .. } => Err(problem.to_string()),
            Proposal::Sending { .. } => Err("it was sent; the answer is awaited".to_owned()),
            Proposal::Shown(shown) if shown.does_nothing() => Err("nothing would change".to_owned()),
            Proposal::Shown(shown) => match shown.word() {
                Some(word) if shown.confirm != word => Err(format!("type {word} first")),
                _ => Ok(shown),
            },
        }
    }
}
