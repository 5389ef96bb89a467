//! Everything that can happen to the console.

use crate::{
    checks::history::{Changes, Progress},
    console::{
        Hosting,
        state::{Ticket, checks::Checked, connect::past::Entry, look::Wanted},
        told::Told,
    },
    doctor::Report,
    hosted_api::problem::Problem,
    model::Moment,
    sql::{Begun, Row, catalog::Catalog, forward::Live},
};
use crossterm::event::KeyEvent;
use doltops_proto::hosted_api as api;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

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
    Fleet(Told),
    /// The control plane does not answer; it is tried again.
    FleetLost(Problem),
    /// The incidents that are open.
    Incidents(api::IncidentsResponse),
    /// No newer ones come for now; the stream is tried again.
    IncidentsLost(Problem),
    /// How the control plane is.
    Status(Result<api::StatusResponse, Problem>),
    /// Which commit a moment of the past is, with when that was made (Unix milliseconds).
    Resolved(Result<(Moment, String, i64), Problem>),
    /// What earlier consoles have run.
    Past(Vec<Entry>),
    /// The user's own client has ended well, or could not be started.
    Client(Result<(), Problem>),
    /// The answer to a request.
    Answer(Ticket, Answer),
    /// Whoever drives the terminal wants to know when all that came before is done.
    IdleAsked,
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
    /// What differs between two commits.
    Diff(Result<api::DiffResponse, Problem>),
    /// Which commit gave each value.
    Blame(Result<api::BlameResponse, Problem>),
    /// Samples.
    Metrics(Result<api::MetricsResponse, Problem>),
    /// What belongs to no deployment.
    Orphans(Result<api::ListOrphansResponse, Problem>),
    /// What this machine lacks.
    Examined(Report),
    /// One of those was removed, or not.
    OrphanRemoved(Result<(), Problem>),
    /// Incidents, those that are over as well.
    Incidents(Result<api::IncidentsResponse, Problem>),
    /// What happened around an incident.
    Timeline(Box<Result<api::TimelineResponse, Problem>>),
    /// An incident was opened or changed, or not.
    IncidentChanged(Box<Result<api::Incident, Problem>>),
    /// The change requests.
    Branches(Result<api::ListBranchesResponse, Problem>),
    /// One of them as it is now, or why no newer word comes.
    Branch(Box<Result<api::Branch, Problem>>),
    /// One was opened, or something was said about it, or not.
    BranchChanged(Box<Result<api::Branch, Problem>>),
    /// A file was written, and where, or not.
    Written(Result<String, Problem>),
    /// Lines of a log; more may come.
    Log(Vec<api::LogLine>),
    /// No more lines come for now; the stream is tried again.
    LogEnded(Problem),
    /// Lines of a log were saved to this file, or not: where it is and how many, and what was typed.
    Saved(String, Result<(PathBuf, usize), Problem>),
    /// Events; more may come.
    Events(Vec<api::Event>),
    /// No more events come for now; the stream is tried again.
    EventsEnded(Problem),
    /// A SQL connection was opened, or not.
    SqlOpened(Result<(), Problem>),
    /// A part of what statements give.
    Sql(Part),
    /// Statements have ended, or wait for one who reads on; which of them failed and why, if one did.
    SqlDone(Option<(usize, Problem)>),
    /// How far an export has come, or how it ended.
    SqlExport(Exported),
    /// A forwarded port listens, or not.
    Forwarding(Result<SocketAddr, Problem>),
    /// What is open through it now; why the last connection ended, where that was nobody's wish.
    Forwarded(Vec<Live>, Option<Problem>),
    /// The names that the database knows.
    SqlCatalog(Arc<Catalog>),
    /// Something of a check.
    Check(Checking),
    /// What a flagged commit changed.
    CheckRows(Result<Changes, Problem>),
}

/// How a check goes on.
#[derive(Clone, Debug)]
pub enum Checking {
    /// There are several databases: one is to be chosen.
    Databases(Vec<String>),
    /// It is of this one.
    Of(String),
    /// How far it is.
    Progress(Progress),
    /// It is done, or has failed.
    Done(Result<Box<Checked>, Problem>),
}

/// A part of what statements give, in the order in which it comes.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A result of this statement begins.
    Begun(usize, Begun),
    /// Its next rows, as they are; who shows them cleans them.
    Rows(Vec<Row>),
    /// More would come; they are fetched when they are asked for.
    Paused,
    /// The result has ended, after that long; true when rows after these were let go.
    Ended(Duration, bool),
    /// It was not read to its end: the connection was opened anew for the next statement.
    GivenUp,
    /// This statement was carried out.
    CarriedOut(usize),
}

/// How an export is.
#[derive(Clone, Debug, PartialEq)]
pub enum Exported {
    /// So many rows are written.
    Rows(u64),
    /// All of them are, so many.
    Whole(u64),
    /// There is a file of that name.
    Exists(Problem),
    /// It could not be written, or the statement failed.
    Failed(Problem),
}
