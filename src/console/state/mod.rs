//! The console's whole state as plain data; only `update` changes it.
//!
//! The screens stand on a stack over the fleet, an overlay may stand over all, and [`State::layer`] alone decides which
//! of them a key belongs to.

pub mod connect;
pub mod curves;
pub mod deployment;
pub mod events;
pub mod fleet;
pub mod form;
pub mod history;
pub mod hits;
pub mod list;
pub mod loaded;
pub mod logs;
pub mod look;
pub mod metrics;
pub mod orphans;
pub mod overlay;
pub mod proposal;
pub mod roll_back;

use self::{
    connect::{Connect, Draft, Focus},
    curves::Curves,
    deployment::Details,
    events::Events,
    fleet::Fleet,
    form::Form,
    history::History,
    hits::Hits,
    list::List,
    logs::Logs,
    look::Look,
    metrics::Metrics,
    orphans::Orphans,
    overlay::Overlay,
    proposal::Proposal,
    roll_back::RollBack,
};
use crate::{
    console::{Exit, Hosting, keymap::Keymap},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api as api;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Names a request, so that its answer finds what asked for it, and an answer that nobody waits for is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// The smallest screen that the views are drawn for: below it the columns that matter no longer fit.
pub const SMALLEST: (u16, u16) = (60, 16);

/// How the control plane is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// The first answer is awaited, since then (Unix milliseconds).
    Connecting(i64),
    /// It answers.
    Live,
    /// It does not, since then, and why; what was known stays and is shown as stale.
    Lost(i64, Box<Problem>),
}

/// A line that tells how the last thing ended; the next key takes it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What is said.
    pub text: String,
    /// Whether it is bad news.
    pub bad: bool,
}

/// What stands over the fleet.
#[derive(Clone, Debug)]
pub enum Screen {
    /// One deployment.
    Deployment(Box<Details>),
    /// Its metrics.
    Metrics(Metrics),
    /// Its log.
    Logs(Logs),
    /// Commits and what they changed.
    History(History),
    /// A commit to go back to.
    RollBack(Box<RollBack>),
    /// A change being prepared.
    Form(Box<Form>),
    /// SQL.
    Connect(Box<Connect>),
    /// What the reconciler and people did.
    Events(Events),
    /// What belongs to no deployment.
    Orphans(Box<Orphans>),
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The screen is too small to show more than that.
    TooSmall,
    /// The question before quitting.
    Quit,
    /// The palette.
    Palette,
    /// The help.
    Help,
    /// A row or a line, whole.
    Whole,
    /// The list of themes.
    Themes,
    /// The line that filters or searches.
    Line,
    /// A screen.
    Place(Place),
}

/// The kinds of screens; commands say where they apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The table of deployments.
    Fleet,
    /// One deployment.
    Deployment,
    /// Its metrics.
    Metrics,
    /// Its log.
    Logs,
    /// Commits.
    History,
    /// Picking a commit to go back to.
    RollBack,
    /// A change being prepared.
    Form,
    /// SQL, in its text.
    Connect,
    /// SQL, in the rows that came back.
    Rows,
    /// Events.
    Events,
    /// What belongs to no deployment.
    Orphans,
}

/// Everything that is known and shown.
#[derive(Debug)]
pub struct State {
    /// Unix milliseconds; moved by ticks alone.
    pub now: i64,
    /// In which times are shown.
    pub zone: TimeZone,
    /// Times as dates instead of ages.
    pub absolute_times: bool,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Random once a console: request ids are made from it and the counter, so that `update` needs no randomness.
    pub session: String,
    /// Moved by [`State::ticket`] alone.
    counter: u64,
    /// How it looks.
    pub look: Look,
    /// What stands where, for the mouse.
    pub hits: Hits,
    /// Nothing is changed: neither offered, nor sent.
    pub read_only: bool,
    /// Lines in words instead of a picture, for a screen reader.
    pub screen_reader: bool,
    /// What has changed by itself, for the same; the newest last.
    pub announced: Vec<String>,
    /// Which keys ask for what.
    pub keymap: Keymap,
    /// The keys of a chord that were pressed so far.
    pub pending: Vec<String>,
    /// The deployments.
    pub fleet: Fleet,
    /// What their pictures are drawn from, where metrics are kept apart from the agents.
    pub curves: Curves,
    /// How far the control plane's clock is ahead of ours (milliseconds): ages of its times are by its clock.
    pub ahead: i64,
    /// How the control plane is reached.
    pub link: Link,
    /// Its last status.
    pub status: Option<api::StatusResponse>,
    /// Whether this process hosts it.
    pub hosting: Hosting,
    /// Over the fleet, the last on top.
    pub screens: Vec<Screen>,
    /// What was left in the SQL editors, by deployment.
    pub drafts: BTreeMap<String, Draft>,
    /// Over all screens.
    pub overlay: Option<Overlay>,
    /// The last piece of news.
    pub notice: Option<Notice>,
    /// Set once, at the end.
    pub exit: Option<Exit>,
}

impl State {
    /// An empty fleet that waits for its first answer.
    pub fn new(now: i64, zone: TimeZone, session: String, hosting: Hosting) -> Self {
        Self {
            now,
            zone,
            absolute_times: false,
            size: (80, 24),
            session,
            counter: 0,
            look: Look::default(),
            hits: Hits::default(),
            read_only: false,
            screen_reader: false,
            announced: Vec::new(),
            keymap: Keymap::default(),
            pending: Vec::new(),
            fleet: Fleet::default(),
            curves: Curves::default(),
            ahead: 0,
            link: Link::Connecting(now),
            status: None,
            hosting,
            screens: Vec::new(),
            drafts: BTreeMap::new(),
            overlay: None,
            notice: None,
            exit: None,
        }
    }

    /// A ticket that was never given.
    pub fn ticket(&mut self) -> Ticket {
        self.counter += 1;
        Ticket(self.counter)
    }

    /// An id for a request to change something; a repeat of the request uses it again.
    pub fn request_id(&mut self) -> String {
        self.counter += 1;
        format!("console-{}-{}", self.session, self.counter)
    }

    /// Where keys go now.
    pub fn layer(&self) -> Layer {
        let small = self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1;
        match &self.overlay {
            Some(Overlay::Quit(_)) => Layer::Quit,
            _ if small => Layer::TooSmall,
            Some(Overlay::Palette(_)) => Layer::Palette,
            Some(Overlay::Help(_)) => Layer::Help,
            Some(Overlay::Line(_)) => Layer::Line,
            Some(Overlay::Themes(_)) => Layer::Themes,
            Some(Overlay::Whole(_)) => Layer::Whole,
            None => Layer::Place(self.place()),
        }
    }

    /// The kind of the screen on top.
    pub fn place(&self) -> Place {
        match self.screens.last() {
            None => Place::Fleet,
            Some(Screen::Deployment(_)) => Place::Deployment,
            Some(Screen::Metrics(_)) => Place::Metrics,
            Some(Screen::Logs(_)) => Place::Logs,
            Some(Screen::History(_)) => Place::History,
            Some(Screen::RollBack(_)) => Place::RollBack,
            Some(Screen::Form(_)) => Place::Form,
            Some(Screen::Connect(connect)) if connect.focus == Focus::Results => Place::Rows,
            Some(Screen::Connect(_)) => Place::Connect,
            Some(Screen::Events(_)) => Place::Events,
            Some(Screen::Orphans(_)) => Place::Orphans,
        }
    }

    /// Whether metrics are kept apart from the agents: pictures are drawn from there then.
    pub fn reads_kept_metrics(&self) -> bool {
        self.status.as_ref().is_some_and(|status| !matches!(status.metrics.as_str(), "" | "agent"))
    }

    /// What the pictures of a row are drawn from, oldest first.
    pub fn samples<'a>(&'a self, row: &'a api::Deployment) -> &'a [api::Sample] {
        if self.reads_kept_metrics() { self.curves.of(&row.name) } else { &row.samples }
    }

    /// The deployment that a command acts on: that of the screen, else the row under the cursor.
    pub fn target(&self) -> Option<&api::Deployment> {
        match self.screens.last() {
            None => self.fleet.selected(),
            Some(screen) => screen.name().and_then(|name| self.fleet.find(name)),
        }
    }

    /// The list that arrows move on the screen on top.
    pub fn list(&mut self) -> Option<&mut List> {
        match self.screens.last_mut() {
            None => Some(&mut self.fleet.list),
            Some(Screen::Logs(logs)) => Some(&mut logs.list),
            Some(Screen::History(history)) => Some(&mut history.list),
            Some(Screen::RollBack(roll_back)) => Some(&mut roll_back.history.list),
            Some(Screen::Events(events)) => Some(&mut events.list),
            Some(Screen::Orphans(orphans)) => Some(&mut orphans.list),
            Some(Screen::Connect(connect)) => Some(&mut connect.list),
            Some(Screen::Deployment(_) | Screen::Metrics(_) | Screen::Form(_)) => None,
        }
    }

    /// The change that is being prepared on the screen on top.
    pub fn proposal(&self) -> Option<&Proposal> {
        match self.screens.last()? {
            Screen::Form(form) => Some(&form.proposal),
            Screen::RollBack(roll_back) => Some(&roll_back.proposal),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn proposal_mut(&mut self) -> Option<&mut Proposal> {
        match self.screens.last_mut()? {
            Screen::Form(form) => Some(&mut form.proposal),
            Screen::RollBack(roll_back) => Some(&mut roll_back.proposal),
            _ => None,
        }
    }

    /// Tells the person something good or neutral.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: false });
    }

    /// Tells the person that something did not go.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: true });
    }
}

impl Screen {
    /// The deployment that it is about, where it is about one that exists.
    pub fn name(&self) -> Option<&str> {
        match self {
            Screen::Deployment(details) => Some(&details.name),
            Screen::Metrics(metrics) => Some(&metrics.name),
            Screen::Logs(logs) => Some(&logs.name),
            Screen::Connect(connect) => Some(&connect.name),
            Screen::History(history) => history.name.as_deref(),
            Screen::RollBack(roll_back) => roll_back.history.name.as_deref(),
            Screen::Events(events) => events.name.as_deref(),
            Screen::Form(form) => form.target.as_deref(),
            Screen::Orphans(_) => None,
        }
    }

    /// The requests that end with it.
    pub fn tickets(&self) -> Vec<Ticket> {
        match self {
            Screen::Deployment(details) => vec![details.history, details.log],
            Screen::Metrics(metrics) => vec![metrics.ticket],
            Screen::Logs(logs) => vec![logs.ticket],
            Screen::History(history) => vec![history.ticket],
            Screen::RollBack(roll_back) => {
                roll_back.proposal.preview().into_iter().chain([roll_back.history.ticket]).collect()
            }
            Screen::Form(form) => form.proposal.preview().into_iter().collect(),
            Screen::Connect(connect) => vec![connect.ticket],
            Screen::Events(events) => vec![events.ticket],
            // A removal that was sent is never taken back.
            Screen::Orphans(orphans) => vec![orphans.ticket],
        }
    }
}
