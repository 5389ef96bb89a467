//! The console's whole state as plain data; only `update` changes it.
//!
//! The screens stand on a stack over the fleet, an overlay may stand over all, and [`State::layer`] alone decides which
//! of them a key belongs to.

pub mod activity;
pub mod blame;
pub mod branch;
pub mod branches;
pub mod certificates;
pub mod checks;
pub mod chosen;
pub mod clone_of;
pub mod columns;
pub mod commands;
pub mod connect;
pub mod curves;
pub mod deployment;
pub mod diff;
pub mod doctor;
pub mod events;
pub mod finding;
pub mod fleet;
pub mod form;
pub mod forwards;
pub mod history;
pub mod hits;
pub mod incident;
pub mod incidents;
pub mod list;
pub mod loaded;
pub mod logs;
pub mod look;
pub mod metrics;
pub mod on_branch;
pub mod orphans;
pub mod overlay;
pub mod palette;
pub mod panes;
pub mod past;
mod place;
pub mod prompt;
pub mod proposal;
pub mod pulse;
pub mod question;
pub mod recall;
pub mod report;
pub mod roll_back;
mod screen;
pub mod scroll;
pub mod then;
pub mod trail;
pub mod typed;

use self::{
    branch::Said,
    clone_of::CloneOf,
    commands::Log,
    connect::past::Past as Statements,
    curves::Curves,
    fleet::Fleet,
    forwards::Forwards,
    hits::Hits,
    incidents::Board,
    list::List,
    look::Look,
    overlay::Overlay,
    panes::Beside,
    past::Past,
    proposal::Proposal,
    pulse::Course,
    recall::Recall,
    then::{Leap, Then},
    trail::Trail,
};
pub use self::{
    place::{Layer, Place},
    screen::Screen,
};
use crate::{
    console::{Exit, Hosting, keymap::Keymap, locator::Locator},
    hosted_api::problem::Problem,
    model::BranchName,
    sql::Settings,
};
use doltops_proto::hosted_api as api;
use jiff::tz::TimeZone;
use std::{borrow::Cow, collections::BTreeMap};

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
    /// Of what a clone is shown; none: it is the control plane.
    pub clone_of: Option<CloneOf>,
    /// The moment of the past that is shown; none: it is now.
    pub then: Option<Then>,
    /// The branch that is shown; none: it is main.
    pub branch: Option<BranchName>,
    /// The branch that is to be shown as soon as it is known that there is one.
    pub switching: Option<(Ticket, BranchName)>,
    /// Where to go from here: another moment has a state of its own.
    pub leap: Option<Leap>,
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
    /// The last key asked for nothing.
    pub astray: bool,
    /// Word is wanted when the console is idle.
    pub idle_asked: bool,
    /// The deployments.
    pub fleet: Fleet,
    /// What is wrong now.
    pub incidents: Board,
    /// What their pictures are drawn from, where metrics are kept apart from the agents.
    pub curves: Curves,
    /// How the fleet has been over the last hour.
    pub course: Course,
    /// How far the control plane's clock is ahead of ours (milliseconds): ages of its times are by its clock.
    pub ahead: i64,
    /// How the control plane is reached.
    pub link: Link,
    /// Its last status.
    pub status: Option<api::StatusResponse>,
    /// Whether this process hosts it.
    pub hosting: Hosting,
    /// Over the fleet, the last on top; of the pane that has the keys.
    pub screens: Vec<Screen>,
    /// The other pane, where there are two.
    pub beside: Option<Beside>,
    /// The lines that were run in the palette.
    pub past: Past,
    /// The filters that were typed.
    pub recall: Recall,
    /// The views that were seen.
    pub trail: Trail,
    /// The view to open once the fleet is known.
    pub opening: Option<Locator>,
    /// What was left in the SQL editors, by deployment.
    pub drafts: BTreeMap<String, String>,
    /// The statements that were run.
    pub statements: Statements,
    /// Ports that lead to databases; they stay while one goes about.
    pub forwards: Forwards,
    /// What was said about change requests and is not answered yet.
    pub said: Said,
    /// What was settled about SQL.
    pub settings: Settings,
    /// The calls that were made in one's name.
    pub log: Log,
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
            clone_of: None,
            then: None,
            branch: None,
            switching: None,
            leap: None,
            read_only: false,
            screen_reader: false,
            announced: Vec::new(),
            keymap: Keymap::default(),
            pending: Vec::new(),
            astray: false,
            idle_asked: false,
            fleet: Fleet::default(),
            incidents: Board::default(),
            curves: Curves::default(),
            course: Course::default(),
            ahead: 0,
            link: Link::Connecting(now),
            status: None,
            hosting,
            screens: Vec::new(),
            beside: None,
            past: Past::default(),
            recall: Recall::default(),
            trail: Trail::default(),
            opening: None,
            drafts: BTreeMap::new(),
            statements: Statements::default(),
            forwards: Forwards::default(),
            said: Said::default(),
            settings: Settings::default(),
            log: Log::default(),
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
            Some(Overlay::Question(_)) => Layer::Question,
            Some(Overlay::Whole(_)) => Layer::Whole,
            Some(Overlay::Columns(_)) => Layer::Columns,
            Some(Overlay::Prompt(_)) => Layer::Prompt,
            Some(Overlay::Past(_)) => Layer::Past,
            None => Layer::Place(self.place()),
        }
    }

    /// The kind of the screen on top.
    pub fn place(&self) -> Place {
        self.screens.last().map_or(Place::Fleet, Screen::place)
    }

    /// Whether metrics are asked for: where they are kept apart from the agents, and of the past, which no heartbeat tells.
    /// Pictures are drawn from those then. A clone has none of any time.
    pub fn reads_kept_metrics(&self) -> bool {
        self.clone_of.is_none() && (self.then.is_some() || self.keeps_metrics_apart())
    }

    /// Whether metrics are kept apart from the agents, so that an agent stands in where it is asked.
    pub fn keeps_metrics_apart(&self) -> bool {
        self.status.as_ref().is_some_and(|status| !matches!(status.metrics.as_str(), "" | "agent"))
    }

    /// What the pictures of a row are drawn from, oldest first.
    pub fn samples(&self, row: &api::Deployment) -> Cow<'_, [api::Sample]> {
        if self.reads_kept_metrics() { self.curves.of(&row.name).into() } else { self.fleet.samples(row).into() }
    }

    /// The deployment that a command acts on: that of the screen, else the row under the cursor.
    pub fn target(&self) -> Option<&api::Deployment> {
        match self.screens.last() {
            None => self.fleet.selected(),
            Some(Screen::Certificates(list)) => list.selected().and_then(|served| self.fleet.find(&served.name)),
            Some(Screen::Pulse(pulse)) => pulse.selected().and_then(|name| self.fleet.find(name)),
            Some(Screen::Activity(activity)) => {
                let row = activity.row(activity.chosen.list.cursor());
                row.and_then(|row| self.fleet.find(&row.deployment))
            }
            // Its name would change with the cursor: the title leaves it out.
            Some(Screen::Incident(story)) => story.deployment().and_then(|name| self.fleet.find(name)),
            Some(screen) => screen.name().and_then(|name| self.fleet.find(name)),
        }
    }

    /// The list that arrows move on the screen on top.
    pub fn list(&mut self) -> Option<&mut List> {
        match self.screens.last_mut() {
            None => Some(&mut self.fleet.list),
            Some(Screen::Logs(logs)) => Some(&mut logs.list),
            Some(Screen::History(history)) => Some(&mut history.chosen.list),
            Some(Screen::Diff(diff)) => Some(&mut diff.chosen.list),
            Some(Screen::Blame(blame)) => Some(&mut blame.list),
            Some(Screen::Doctor(doctor)) => Some(&mut doctor.list),
            Some(Screen::Activity(activity)) => Some(&mut activity.chosen.list),
            Some(Screen::Commands(commands)) => Some(&mut commands.chosen.list),
            Some(Screen::RollBack(roll_back)) => Some(&mut roll_back.history.chosen.list),
            Some(Screen::Events(events)) => Some(&mut events.chosen.list),
            Some(Screen::Orphans(orphans)) => Some(&mut orphans.chosen.list),
            Some(Screen::Certificates(list)) => Some(&mut list.chosen.list),
            Some(Screen::Branches(list)) => Some(&mut list.chosen.list),
            Some(Screen::Branch(branch)) => Some(&mut branch.list),
            Some(Screen::Checks(checks)) => Some(checks.cursor()),
            Some(Screen::Finding(finding)) => Some(&mut finding.list),
            Some(Screen::Pulse(pulse)) => Some(&mut pulse.list),
            Some(Screen::Incidents(incidents)) => Some(&mut incidents.list),
            Some(Screen::Incident(story)) => Some(&mut story.list),
            Some(Screen::Connect(connect)) => Some(&mut connect.list),
            Some(Screen::Forwards) => Some(&mut self.forwards.list),
            Some(Screen::Deployment(_) | Screen::Metrics(_) | Screen::Form(_) | Screen::Report(_)) => None,
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
