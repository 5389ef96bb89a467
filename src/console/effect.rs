//! Everything that the console can do to the world, as data; see `runner` for how it is done.

use crate::console::state::Ticket;
use doltops_proto::hosted_api::{ChangeRequest, change::Change};
use std::time::Duration;

/// Something to do outside. What it gives comes back as a message with its ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask how the control plane is.
    Status,
    /// Ask what a change would do, after a pause in which a newer wish may replace this one.
    Plan { ticket: Ticket, change: Change, after: Duration },
    /// Make a change that was confirmed.
    Change { ticket: Ticket, request: Box<ChangeRequest> },
    /// Ask for commits, newest first.
    History { ticket: Ticket, name: Option<String>, limit: u32, before: Option<String> },
    /// Ask for samples since a time (Unix milliseconds).
    Metrics { ticket: Ticket, name: String, since: i64 },
    /// Ask for the processor and the queries of several since a time (Unix milliseconds).
    Curves { ticket: Ticket, names: Vec<String>, since: i64 },
    /// Follow a log from its last lines on.
    Logs { ticket: Ticket, name: String, lines: u32 },
    /// Follow the events from the last ones on.
    Events { ticket: Ticket, name: Option<String>, last: u32 },
    /// Ask what belongs to no deployment.
    Orphans { ticket: Ticket },
    /// Remove one of those, whose id was typed.
    RemoveOrphan { ticket: Ticket, id: String, confirm: String },
    /// Open a SQL connection, which stays until it is cancelled.
    SqlOpen { ticket: Ticket, name: String, read_only: bool },
    /// Run statements on it.
    SqlRun { ticket: Ticket, sql: String },
    /// End what this ticket names, and expect no more of it.
    Cancel(Ticket),
    /// Put a text on the terminal's clipboard.
    Copy(String),
    /// Draw everything anew.
    Redraw,
}

impl Effect {
    /// Whether it can change something outside; see `update` for read-only mode. A new effect must answer here.
    pub fn changes(&self) -> bool {
        match self {
            Effect::Change { .. } | Effect::RemoveOrphan { .. } => true,
            // What runs on a connection is limited by the user that it was opened as.
            Effect::SqlOpen { read_only, .. } => !read_only,
            Effect::Status
            | Effect::Plan { .. }
            | Effect::History { .. }
            | Effect::Metrics { .. }
            | Effect::Curves { .. }
            | Effect::Logs { .. }
            | Effect::Events { .. }
            | Effect::Orphans { .. }
            | Effect::SqlRun { .. }
            | Effect::Cancel(_)
            | Effect::Copy(_)
            | Effect::Redraw => false,
        }
    }
}
