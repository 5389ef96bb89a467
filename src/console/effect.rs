//! Everything that the console can do to the world, as data; see `runner` for how it is done.

use crate::{
    checks::curves::Flag,
    console::state::{Ticket, connect::past::Entry, logs::ring::Line},
    model::Moment,
    sql::{Head, Row},
};
use doltops_proto::hosted_api::{
    ChangeBranchRequest, ChangeIncidentRequest, ChangeRequest, CreateBranchRequest, change::Change,
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

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
    /// Ask what differs between two commits.
    Diff { ticket: Ticket, from: String, to: String, name: Option<String> },
    /// Ask which commit gave each value of a deployment, from a commit on downwards where one is named.
    Blame { ticket: Ticket, name: String, before: Option<String> },
    /// Check a database's history, or ask which databases there are where none is named; of the control plane itself where
    /// no deployment is.
    Check { ticket: Ticket, name: Option<String>, database: Option<String> },
    /// Ask what a flagged commit changed in a table.
    CheckRows { ticket: Ticket, name: Option<String>, database: String, flag: Arc<Flag>, from: String },
    /// Ask for samples since a time (Unix milliseconds).
    Metrics { ticket: Ticket, name: String, since: i64 },
    /// Ask for the processor and the queries of several since a time (Unix milliseconds).
    Curves { ticket: Ticket, names: Vec<String>, since: i64 },
    /// Follow a log from its last lines on, or from a time on (Unix milliseconds) where that is not 0.
    Logs { ticket: Ticket, name: String, lines: u32, since: i64 },
    /// Write lines of logs to a file; `names` are those of their sources.
    SaveLog { ticket: Ticket, path: String, replace: bool, lines: Vec<Line>, names: BTreeMap<u8, String> },
    /// Follow the events from the last ones on.
    Events { ticket: Ticket, name: Option<String>, last: u32 },
    /// Ask what belongs to no deployment.
    Orphans { ticket: Ticket },
    /// Look at what this machine lacks.
    Examine { ticket: Ticket },
    /// Remove one of those, whose id was typed.
    RemoveOrphan { ticket: Ticket, id: String, confirm: String },
    /// Ask for incidents, those that are over as well.
    Incidents { ticket: Ticket },
    /// Ask what happened around an incident.
    Timeline { ticket: Ticket, id: String },
    /// Open or change an incident.
    ChangeIncident { ticket: Ticket, request: Box<ChangeIncidentRequest> },
    /// Ask for the change requests, those that are over as well.
    Branches { ticket: Ticket, closed: bool },
    /// Follow one.
    Branch { ticket: Ticket, name: String },
    /// Open one.
    OpenBranch { ticket: Ticket, request: CreateBranchRequest },
    /// Say something about one: an approval, a comment, a decision about a conflict, its end.
    ChangeBranch { ticket: Ticket, request: Box<ChangeBranchRequest> },
    /// Write a new file; one that is there stays as it is.
    Write { ticket: Ticket, path: String, text: String },
    /// Open a SQL connection, which stays until it is cancelled.
    SqlOpen { ticket: Ticket, name: String, read_only: bool },
    /// Run statements on it, one after the other.
    SqlRun { ticket: Ticket, statements: Vec<String> },
    /// Fetch more rows of the result that is not at its end.
    SqlMore { ticket: Ticket },
    /// Write a result to a file.
    SqlExport { ticket: Ticket, export: Export },
    /// Forward a port of this machine, a free one where none is named, until it is cancelled.
    Forward { ticket: Ticket, name: String, port: Option<u16> },
    /// End a connection through it.
    ForwardEnd { ticket: Ticket, id: u64 },
    /// Give the terminal to the user's own client, and take it back when that ends.
    Client { name: String, read_only: bool, program: Option<PathBuf> },
    /// Ask which commit a moment of the past is.
    Resolve(Moment),
    /// Read what earlier consoles have run.
    Past,
    /// Write down what was run.
    Remember(Entry),
    /// End what this ticket names, and expect no more of it.
    Cancel(Ticket),
    /// Put a text on the terminal's clipboard.
    Copy(String),
    /// Draw everything anew.
    Redraw,
    /// Ring the terminal's bell.
    Bell,
}

/// A result that is to be written to a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The file.
    pub path: PathBuf,
    /// A file of that name is replaced.
    pub replace: bool,
    /// What is written.
    pub source: Source,
}

/// Where the rows of an export come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The statement is run again, because not all of its rows are kept.
    Again(String),
    /// They are all here.
    Kept(Vec<Head>, Vec<Row>),
}

impl Effect {
    /// Whether it can change something outside; see `update` for read-only mode. A new effect must answer here.
    pub fn changes(&self) -> bool {
        match self {
            Effect::Change { .. }
            | Effect::RemoveOrphan { .. }
            | Effect::ChangeIncident { .. }
            | Effect::OpenBranch { .. }
            | Effect::ChangeBranch { .. } => true,
            // What runs on a connection is limited by the user that it was opened as.
            Effect::SqlOpen { read_only, .. } | Effect::Client { read_only, .. } => !read_only,
            Effect::Status
            | Effect::Resolve(_)
            | Effect::Plan { .. }
            | Effect::History { .. }
            | Effect::Diff { .. }
            | Effect::Blame { .. }
            // It reads as a user who can do no more.
            | Effect::Check { .. }
            | Effect::CheckRows { .. }
            | Effect::Metrics { .. }
            | Effect::Curves { .. }
            | Effect::Logs { .. }
            | Effect::Events { .. }
            | Effect::Orphans { .. }
            // It asks and tries, and makes nothing.
            | Effect::Examine { .. }
            | Effect::Incidents { .. }
            | Effect::Timeline { .. }
            | Effect::Branches { .. }
            | Effect::Branch { .. }
            | Effect::SqlRun { .. }
            | Effect::SqlMore { .. }
            // A port gives nobody a login.
            | Effect::Forward { .. }
            | Effect::ForwardEnd { .. }
            // Files of this machine are the person's own.
            | Effect::SaveLog { .. }
            | Effect::Write { .. }
            | Effect::SqlExport { .. }
            | Effect::Past
            | Effect::Remember(_)
            | Effect::Cancel(_)
            | Effect::Copy(_)
            | Effect::Redraw
            | Effect::Bell => false,
        }
    }
}
