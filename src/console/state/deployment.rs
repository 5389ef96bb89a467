//! One deployment: what the fleet's row does not hold.

use crate::{
    console::state::{Ticket, loaded::Loaded},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{Commit, LogLine};
use std::collections::VecDeque;

/// How many of its last commits are shown.
pub const CHANGES: u32 = 20;
/// How many lines of its log are asked for and kept: more than any panel is high.
pub const TAIL: usize = 100;

/// Its last changes and the end of its log.
#[derive(Clone, Debug)]
pub struct Details {
    /// Which.
    pub name: String,
    /// The last commits that changed it, newest first.
    pub changes: Loaded<Vec<Commit>>,
    /// The fleet's row named this commit when they were asked for.
    pub commit: String,
    /// The end of the log, oldest first, at most [`TAIL`] lines.
    pub tail: VecDeque<LogLine>,
    /// Why no more lines come.
    pub tail_ended: Option<Problem>,
    /// Names the answer with the commits.
    pub history: Ticket,
    /// Names the stream of the log.
    pub log: Ticket,
}

impl Details {
    /// Takes lines that came.
    pub fn add(&mut self, lines: Vec<LogLine>) {
        self.tail.extend(lines);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
    }
}
