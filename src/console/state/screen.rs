//! The screens that stand over the fleet, and what each of them waits for.

use super::{
    Place, Ticket,
    activity::Activity,
    blame::Blame,
    branch::Branch,
    branches::Branches,
    certificates::Certificates,
    checks::Checks,
    commands::Commands,
    connect::{Connect, Focus},
    deployment::Details,
    diff::Diff,
    doctor::Doctor,
    events::Events,
    finding::Finding,
    form::Form,
    history::History,
    incident::Story,
    incidents::Incidents,
    logs::Logs,
    metrics::Metrics,
    orphans::Orphans,
    pulse::Pulse,
    report::Report,
    roll_back::RollBack,
};

/// What stands over the fleet.
#[derive(Clone, Debug)]
pub enum Screen {
    /// One deployment.
    Deployment(Box<Details>),
    /// Its metrics.
    Metrics(Box<Metrics>),
    /// Its log.
    Logs(Logs),
    /// Commits and what they changed.
    History(History),
    /// Two commits side by side.
    Diff(Box<Diff>),
    /// Which commit gave each value of a deployment.
    Blame(Box<Blame>),
    /// What the reconciler did and will do.
    Activity(Box<Activity>),
    /// Every call that was made in one's name.
    Commands(Commands),
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
    /// What databases show to clients.
    Certificates(Box<Certificates>),
    /// What this machine lacks.
    Doctor(Box<Doctor>),
    /// Change requests.
    Branches(Box<Branches>),
    /// One change request.
    Branch(Box<Branch>),
    /// Checks over a database's history.
    Checks(Box<Checks>),
    /// A commit that they flagged.
    Finding(Box<Finding>),
    /// Ports that lead to databases.
    Forwards,
    /// The health of the whole fleet.
    Pulse(Pulse),
    /// What is wrong.
    Incidents(Box<Incidents>),
    /// One incident and what happened around it.
    Incident(Box<Story>),
    /// An incident that a person opens.
    Report(Box<Report>),
}

impl Screen {
    /// Its kind.
    pub fn place(&self) -> Place {
        match self {
            Screen::Deployment(_) => Place::Deployment,
            Screen::Metrics(_) => Place::Metrics,
            Screen::Logs(_) => Place::Logs,
            Screen::History(_) => Place::History,
            Screen::Diff(_) => Place::Diff,
            Screen::Blame(_) => Place::Blame,
            Screen::Activity(_) => Place::Activity,
            Screen::Commands(_) => Place::Commands,
            Screen::RollBack(_) => Place::RollBack,
            Screen::Form(_) => Place::Form,
            Screen::Connect(connect) if connect.focus == Focus::Results => Place::Rows,
            Screen::Connect(_) => Place::Connect,
            Screen::Events(_) => Place::Events,
            Screen::Orphans(_) => Place::Orphans,
            Screen::Certificates(_) => Place::Certificates,
            Screen::Doctor(_) => Place::Doctor,
            Screen::Branches(_) => Place::Branches,
            Screen::Branch(_) => Place::Branch,
            Screen::Checks(_) => Place::Checks,
            Screen::Finding(_) => Place::Finding,
            Screen::Forwards => Place::Forwards,
            Screen::Pulse(_) => Place::Pulse,
            Screen::Incidents(_) => Place::Incidents,
            Screen::Incident(_) => Place::Incident,
            Screen::Report(_) => Place::Report,
        }
    }

    /// The deployment that it is about, where it is about one that exists.
    pub fn name(&self) -> Option<&str> {
        match self {
            Screen::Deployment(details) => Some(&details.name),
            Screen::Metrics(metrics) => Some(metrics.name()),
            Screen::Logs(logs) => Some(logs.name()),
            Screen::Connect(connect) => Some(&connect.name),
            Screen::History(history) => history.name.as_deref(),
            Screen::Diff(diff) => diff.name.as_deref(),
            Screen::Blame(blame) => Some(&blame.name),
            Screen::Checks(checks) => checks.name.as_deref(),
            Screen::Finding(finding) => finding.name.as_deref(),
            Screen::Activity(activity) => activity.name.as_deref(),
            Screen::RollBack(roll_back) => roll_back.history.name.as_deref(),
            Screen::Events(events) => events.name.as_deref(),
            Screen::Form(form) => form.target.as_deref(),
            Screen::Orphans(_)
            | Screen::Branches(_)
            | Screen::Branch(_)
            | Screen::Certificates(_)
            | Screen::Doctor(_)
            | Screen::Forwards
            | Screen::Commands(_)
            | Screen::Pulse(_)
            | Screen::Incidents(_)
            | Screen::Incident(_)
            | Screen::Report(_) => None,
        }
    }

    /// Whether the answer to this is for it: what ends with it, and what was sent and cannot be taken back.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        let sent = match self {
            Screen::Form(form) => form.proposal.awaits(ticket),
            Screen::RollBack(roll_back) => roll_back.proposal.awaits(ticket),
            Screen::Orphans(orphans) => orphans.removing.as_ref().is_some_and(|removing| removing.sent == Some(ticket)),
            _ => false,
        };
        sent || self.tickets().contains(&ticket)
    }

    /// The requests that end with it.
    pub fn tickets(&self) -> Vec<Ticket> {
        match self {
            Screen::Deployment(details) => vec![details.history, details.log],
            Screen::Metrics(metrics) => metrics.tickets(),
            Screen::Logs(logs) => logs.sources.iter().map(|source| source.ticket).collect(),
            Screen::History(history) => vec![history.ticket],
            Screen::Diff(diff) => vec![diff.ticket],
            Screen::Blame(blame) => vec![blame.ticket],
            Screen::Checks(checks) => vec![checks.ticket],
            Screen::Finding(finding) => vec![finding.ticket],
            Screen::Activity(activity) => vec![activity.ticket],
            Screen::RollBack(roll_back) => {
                roll_back.proposal.preview().into_iter().chain([roll_back.history.ticket]).collect()
            }
            Screen::Form(form) => form.proposal.preview().into_iter().collect(),
            Screen::Connect(connect) => vec![connect.ticket],
            Screen::Events(events) => vec![events.ticket],
            // A removal that was sent is never taken back.
            Screen::Orphans(orphans) => vec![orphans.ticket],
            Screen::Branches(list) => vec![list.ticket],
            // What was said about it is never taken back.
            Screen::Branch(branch) => vec![branch.ticket],
            // The ports stay.
            Screen::Forwards | Screen::Commands(_) => Vec::new(),
            Screen::Pulse(_) | Screen::Certificates(_) => Vec::new(),
            Screen::Doctor(doctor) => vec![doctor.ticket],
            Screen::Incidents(incidents) => vec![incidents.ticket],
            // What was sent about it is never taken back either.
            Screen::Incident(story) => vec![story.ticket],
            Screen::Report(_) => Vec::new(),
        }
    }
}
