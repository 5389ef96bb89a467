//! What belongs to no deployment, and the removal of one of them.

use crate::{
    console::state::{Ticket, list::List, loaded::Loaded},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::Orphan;

/// All of them.
#[derive(Clone, Debug)]
pub struct Orphans {
    /// As the control plane told them.
    pub orphans: Loaded<Vec<Orphan>>,
    /// When they came (Unix milliseconds).
    pub as_of: i64,
    /// The cursor over them.
    pub list: List,
    /// The one that is about to be removed.
    pub removing: Option<Removing>,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

/// A removal, from the question to the answer.
#[derive(Clone, Debug)]
pub struct Removing {
    /// What is removed. A copy: the list may become another one meanwhile.
    pub orphan: Orphan,
    /// What was typed before it.
    pub typed: String,
    /// Names the answer, once it was sent.
    pub sent: Option<Ticket>,
    /// Why the last try did not go.
    pub problem: Option<Problem>,
}

impl Orphans {
    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Orphan> {
        self.orphans.value.as_ref()?.get(self.list.cursor())
    }
}

impl Removing {
    /// Whether it can be sent.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn ready(&self) -> Result<(), String> {
        if self.sent.is_some() {
            return Err("it was sent; the answer is awaited".to_owned());
        }
        if self.typed != self.orphan.id {
            return Err(format!("type {} first", self.orphan.id));
        }
        Ok(())
    }
}
