//! What the reconciler and people did, as it happens.

use crate::{
    console::state::{Ticket, list::List},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::Event;
use std::collections::VecDeque;

/// How many are kept: a day of a busy fleet, in under a megabyte.
pub const KEPT: usize = 2_000;

/// The events of one deployment, or all.
#[derive(Clone, Debug)]
pub struct Events {
    /// Of which deployment; none for all.
    pub name: Option<String>,
    /// Oldest first, at most [`KEPT`].
    pub lines: VecDeque<Event>,
    /// The cursor; on the last line it follows.
    pub list: List,
    /// Why no more come.
    pub ended: Option<Problem>,
    /// Since when the first is awaited; none once one came.
    pub since: Option<i64>,
    /// Names the stream.
    pub ticket: Ticket,
}

impl Events {
    /// Takes what came.
    pub fn add(&mut self, events: Vec<Event>) {
        let follows = self.list.at_end();
        self.since = None;
        self.lines.extend(events);
        let gone = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..gone);
        self.list.drop_first(gone);
        self.list.set_len(self.lines.len());
        if follows {
            self.list.set_cursor(self.lines.len());
        }
    }
}
