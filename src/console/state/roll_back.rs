//! Picking a commit to go back to.

use crate::console::state::{history::History, proposal::Proposal};

/// Where the cursor goes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// On this commit.
    At(String),
    /// On the one before it: what it did goes back.
    Before(String),
}

/// What becomes of the commit under the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// What was desired then is desired again: whatever came later goes.
    #[default]
    GoBack,
    /// What it changed goes, and nothing else; with another one marked both, and all between.
    TakeBack,
}

/// The commits to pick from, and what going back would do.
#[derive(Clone, Debug)]
pub struct RollBack {
    /// The commits; the one under the cursor is the one to go back to.
    pub history: History,
    /// Put the cursor here once the commits are loaded.
    pub wanted: Option<Wanted>,
    /// What becomes of it.
    pub way: Way,
    /// What follows.
    pub proposal: Proposal,
}
