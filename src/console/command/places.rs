//! The groups of screens that commands have in common.

use crate::console::state::Place;
use Place::{
    Activity, Blame, Branch, Branches, Certificates, Checks, Commands, Connect, Deployment, Diff, Doctor, Events,
    Finding, Fleet, Form, Forwards, History, Incident, Incidents, Logs, Metrics, Orphans, Pulse, Report, RollBack,
    Rows,
};

/// Where a deployment is at hand.
pub(super) const ON_ONE: &[Place] =
    &[Fleet, Deployment, Metrics, Logs, History, Blame, Activity, Events, Pulse, Certificates];
/// Where times are ages or dates; logs have more ways.
pub(super) const TIMED: &[Place] = &[
    Fleet,
    Deployment,
    Metrics,
    History,
    Diff,
    Blame,
    Activity,
    Commands,
    Events,
    Pulse,
    Incidents,
    Incident,
    Certificates,
    Branches,
];
pub(super) const FLEET_AND_ONE: &[Place] = &[Fleet, Deployment];
/// Where arrows move over lines.
pub const LISTS: &[Place] = &with_the_fleet();
const fn with_the_fleet() -> [Place; READ.len() + 1] {
    let mut all = [Fleet; READ.len() + 1];
    let mut at = 0;
    while at < READ.len() {
        all[at + 1] = READ[at];
        at += 1;
    }
    all
}
/// Where a space turns the page, as in a pager: everywhere but where it marks a row.
pub const READ: &[Place] = &[
    Logs,
    History,
    Diff,
    Blame,
    Activity,
    Commands,
    RollBack,
    Events,
    Rows,
    Orphans,
    Incidents,
    Incident,
    Forwards,
    Pulse,
    Doctor,
    Certificates,
    Branches,
    Branch,
    Checks,
    Finding,
];
/// Where a command of the whole console can be asked for: everywhere but where text is typed.
pub(super) const FREE: &[Place] = &[
    Fleet,
    Deployment,
    Metrics,
    Logs,
    History,
    Diff,
    Blame,
    Activity,
    Commands,
    Events,
    Orphans,
    Incidents,
    Incident,
    Forwards,
    Pulse,
    Doctor,
    Certificates,
    Branches,
    Branch,
    Checks,
    Finding,
];
/// Where help is a key away: everywhere but where a change is being prepared.
pub(super) const HELPED: &[Place] = &[
    Fleet,
    Deployment,
    Metrics,
    Logs,
    History,
    Diff,
    Blame,
    Activity,
    Commands,
    Events,
    Connect,
    Rows,
    Orphans,
    Incidents,
    Incident,
    Forwards,
    Pulse,
    Doctor,
    Certificates,
    Branches,
    Branch,
    Checks,
    Finding,
];
/// Where one may wish to see what is prepared.
pub(super) const BRANCHED: &[Place] = &[Fleet, Deployment, History, Diff, Branches, Branch];
/// Where one may be of another moment, or on a branch.
pub(super) const BACK: &[Place] =
    &[Fleet, Deployment, Metrics, History, Diff, Blame, Incidents, Incident, Commands, Branches, Branch];
/// Where one may wish to see what was before.
pub(super) const THEN: &[Place] = &[Fleet, Deployment, Metrics, History, Diff, Blame, Incidents, Incident];
/// The views that have a locator and no text that takes every key.
pub(super) const VIEWS: &[Place] = &[
    Fleet,
    Deployment,
    Metrics,
    Logs,
    History,
    Diff,
    Blame,
    Activity,
    Commands,
    Events,
    Orphans,
    Rows,
    Incidents,
    Incident,
    Forwards,
    Pulse,
    Doctor,
    Certificates,
    Branches,
    Branch,
    Checks,
];
pub(super) const SQL: &[Place] = &[Connect, Rows];
pub(super) const ALL: &[Place] = &[
    Fleet,
    Deployment,
    Metrics,
    Logs,
    History,
    Diff,
    Blame,
    Activity,
    Commands,
    RollBack,
    Form,
    Connect,
    Rows,
    Events,
    Orphans,
    Incidents,
    Incident,
    Report,
    Forwards,
    Pulse,
    Doctor,
    Certificates,
    Branches,
    Branch,
    Checks,
    Finding,
];
