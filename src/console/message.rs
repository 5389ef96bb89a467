//! Everything that can happen to the console.

use crate::{
    console::{
        Hosting,
        state::{Ticket, look::Wanted},
    },
    hosted_api::problem::Problem,
    sql::ResultSet,
};
use crossterm::event::KeyEvent;
use doltops_proto::hosted_api as api;

/// Something happened. Time passes by [`Message::Tick`] alone, so that `update` reads no clock.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// The settings want this theme now, or cannot be read.
    Look(Result<Wanted, String>),
    /// The terminal has told whether its background is light.
    Background { light: bool },
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// It is now (Unix milliseconds).
    Tick(i64),
    /// Who hosts the control plane, or who is attached, has changed.
    Hosting(Hosting),
    /// The whole fleet as it is.
    Fleet(api::WatchResponse),
    /// The control plane does not answer; it is tried again.
    FleetLost(Problem),
    /// How the control plane is.
    Status(Result<api::StatusResponse, Problem>),
    /// The answer to a request.
    Answer(Ticket, Answer),
    /// The terminal has gone.
    TerminalLost,
    /// The process was asked to end.
    Terminated,
}

/// What the mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub what: Pointed,
    /// The column, from 0.
    pub column: u16,
    /// The row, from 0.
    pub row: u16,
}

/// What a mouse can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointed {
    /// The left button was pressed.
    Press,
    /// It was pressed again at the same place.
    Double,
    /// The wheel was turned away from the person.
    WheelUp,
    /// The wheel was turned towards the person.
    WheelDown,
}

/// An answer, or a part of one.
#[derive(Clone, Debug)]
pub enum Answer {
    /// What a change would do.
    Plan(Result<api::PlanResponse, Problem>),
    /// A change was made, or not.
    Changed(Result<api::ChangeResponse, Problem>),
    /// Commits.
    History(Result<api::HistoryResponse, Problem>),
    /// Samples.
    Metrics(Result<api::MetricsResponse, Problem>),
    /// What belongs to no deployment.
    Orphans(Result<api::ListOrphansResponse, Problem>),
    /// One of those was removed, or not.
    OrphanRemoved(Result<(), Problem>),
    /// Lines of a log; more may come.
    Log(Vec<api::LogLine>),
    /// No more lines come for now; the stream is tried again.
    LogEnded(Problem),
    /// Events; more may come.
    Events(Vec<api::Event>),
    /// No more events come for now; the stream is tried again.
    EventsEnded(Problem),
    /// A SQL connection was opened, or not.
    SqlOpened(Result<(), Problem>),
    /// Statements have ended: what they gave, and why the next one failed, if one did.
    SqlDone(Vec<ResultSet>, Option<Problem>),
}
