//! Picking a commit to go back to.

use crate::console::state::{history::History, proposal::Proposal};

/// The commits to pick from, and what going back would do.
#[derive(Clone, Debug)]
pub struct RollBack {
    /// The commits; the one under the cursor is the one to go back to.
    pub history: History,
    /// Put the cursor here once the commits are loaded.
    pub wanted: Option<String>,
    /// What follows.
    pub proposal: Proposal,
}
