//! What commands do: one file each, or one for a few that share a screen.
//!
//! Every action takes the state and gives effects; [`allowed`] says when a command can be asked for, and why not.

pub mod activity;
pub mod announce;
pub mod blame;
pub mod branch;
pub mod branches;
pub mod certificates;
pub mod checks;
pub mod columns;
pub mod commands;
pub mod compare;
pub mod confirm;
pub mod connect;
pub mod copy;
pub mod crashes;
pub mod create;
pub mod curves;
pub mod delete;
pub mod deployment;
pub mod doctor;
pub mod events;
pub mod field;
pub mod form;
pub mod forwards;
pub mod help;
pub mod history;
pub mod incident;
pub mod incidents;
pub mod invoke;
pub mod line;
pub mod logs;
pub mod look;
pub mod marks;
pub mod metrics;
pub mod mouse;
pub mod moves;
pub mod open;
pub mod orphans;
pub mod palette;
pub mod panes;
pub mod prompt;
pub mod propose;
pub mod pulse;
pub mod question;
pub mod quit;
pub mod report;
pub mod resize;
pub mod roll_back;
pub mod screens;
pub mod settings;
pub mod several;
pub mod sort;
pub mod then;
pub mod time;
pub mod verb;
pub mod whole;

use crate::console::{
    command::{Command, Entry, entry},
    effect::Effect,
    keymap::Keymap,
    state::{
        Screen, State, clone_of,
        form::{Kind, Verb},
        incident::Act,
        question::Ask,
    },
};
use doltops_proto::hosted_api::Deployment;

/// Carries out a command, or says why it cannot be.
pub fn run(state: &mut State, command: Command) -> Vec<Effect> {
    if let Err(why) = allowed(state, command) {
        state.warn(why);
        return Vec::new();
    }
    match command {
        Command::Create => form::open(state, Kind::Create),
        Command::Resize => form::open(state, Kind::Resize),
        Command::Settings => form::open(state, Kind::Settings),
        Command::Delete => form::open(state, Kind::Delete),
        Command::Power => verb::power(state),
        Command::Restart => form::open(state, Kind::Verb(Verb::Restart)),
        Command::Pause => form::open(state, Kind::Verb(Verb::Pause)),
        Command::Resume => form::open(state, Kind::Verb(Verb::Resume)),
        Command::Protect => form::open(state, Kind::Verb(Verb::Protect)),
        Command::Unprotect => form::open(state, Kind::Verb(Verb::Unprotect)),
        Command::Undo => form::open(state, Kind::Undo),
        Command::RollBack => roll_back::open(state, false),
        Command::RollBackAll => roll_back::open(state, true),
        Command::OtherWay => roll_back::turn(state),
        Command::Connect => connect::open(state),
        Command::Client => connect::own_client(state),
        Command::Forward => forwards::ask(state),
        Command::Forwards => forwards::show(state),
        Command::EndForward => forwards::end(state),
        Command::CopyForward => forwards::copy_line(state),
        Command::Open => deployment::open(state),
        Command::Logs => logs::open(state),
        Command::Metrics => metrics::open(state),
        Command::History => history::open(state, false),
        Command::HistoryAll => history::open(state, true),
        Command::Compare => compare::mark(state),
        Command::Books => compare::books(state),
        Command::Blame => blame::open(state),
        Command::OpenCommit => blame::commit(state),
        Command::Checks => checks::open_here(state),
        Command::OwnChecks => checks::open(state, None, None),
        Command::OpenFlagged => checks::enter(state),
        Command::NextFlag | Command::PreviousFlag => checks::step(state, command),
        Command::Activity => activity::open_here(state),
        Command::Commands => commands::open(state),
        Command::CopyCall => commands::copy(state),
        Command::Events => events::open_here(state),
        Command::Copy => copy::connect_line(state),
        Command::CopyClone => copy::clone_line(state),
        Command::CopyLocator => open::copy(state),
        Command::ViewBefore => open::step(state, true),
        Command::ViewAfter => open::step(state, false),
        Command::Split => panes::split(state),
        Command::SwitchPane => panes::switch(state),
        Command::Filter | Command::Search => line::open(state),
        Command::NextMatch => logs::find(state, true),
        Command::PreviousMatch => logs::find(state, false),
        Command::Follow => logs::follow(state),
        Command::Wrap | Command::Stamps | Command::Level | Command::MoreAround | Command::LessAround => {
            logs::look(state, command)
        }
        Command::Only => question::open(state, Ask::Only),
        Command::Beside => question::open(state, Ask::Beside),
        Command::GoToTime => question::open(state, Ask::Time),
        Command::Save => question::open(state, Ask::File),
        Command::Span
        | Command::SpanBack
        | Command::CrossLeft
        | Command::CrossRight
        | Command::CrossFarLeft
        | Command::CrossFarRight
        | Command::ZoomIn
        | Command::ZoomOut
        | Command::NextChart
        | Command::PreviousChart
        | Command::Full
        | Command::NextMoment
        | Command::PreviousMoment
        | Command::Chart(_) => metrics::run(state, command),
        Command::Mark | Command::MarkShown | Command::InvertMarks => marks::run(state, command),
        Command::Sort => sort::next(state),
        Command::Reverse => sort::reverse(state),
        Command::Columns => columns::open(state),
        Command::Times => screens::times(state),
        Command::Up
        | Command::Down
        | Command::PageUp
        | Command::PageDown
        | Command::Onward
        | Command::First
        | Command::Last => moves::run(state, command),
        Command::PlanUp | Command::PlanDown => form::scroll(state, command == Command::PlanDown),
        Command::DiffUp | Command::DiffDown => history::scroll(state, command == Command::DiffDown),
        Command::Whole => whole::open(state),
        Command::Pulse => pulse::open(state),
        Command::Orphans => orphans::open(state),
        Command::Certificates => certificates::open(state),
        Command::Doctor | Command::Examine => doctor::open(state),
        Command::Branches => branches::open(state),
        Command::OpenBranch => branch::open(state),
        Command::SwitchBranch => branch::desk::switch(state),
        Command::ClosedBranches => branches::closed(state),
        Command::NewBranch => branch::say::new(state),
        Command::Ours | Command::Theirs => branch::say::decide(state, command == Command::Ours),
        Command::Approve | Command::Comment | Command::OwnValue | Command::BySql | Command::Discard => {
            branch::say::begin(state, command)
        }
        Command::Merge => branch::merge(state),
        Command::OtherPart => branch::turn(state),
        Command::PartUp | Command::PartDown => branch::scroll(state, command == Command::PartDown),
        Command::RemoveOrphan => orphans::remove(state),
        Command::Confirm if matches!(state.screens.last(), Some(Screen::Orphans(_))) => orphans::confirm(state),
        Command::Confirm if matches!(state.screens.last(), Some(Screen::Report(_))) => report::confirm(state),
        Command::Confirm => confirm::confirm(state),
        Command::Incidents => incidents::open(state),
        Command::OpenIncident => incident::open(state),
        Command::ResolvedIncidents => incidents::resolved(state),
        Command::NewIncident => report::open(state),
        Command::Acknowledge => incident::begin(state, Act::Acknowledge),
        Command::Note => incident::begin(state, Act::Note),
        Command::HandOver => incident::begin(state, Act::HandOver),
        Command::Resolve => incident::begin(state, Act::Resolve),
        Command::Export => incident::begin(state, Act::Export),
        Command::UndoSuspect => roll_back::suspect(state),
        Command::Runbook => incident::runbook(state),
        Command::NextField | Command::PreviousField | Command::NextChoice | Command::PreviousChoice
            if matches!(state.screens.last(), Some(Screen::Report(_))) =>
        {
            report::step(state, command)
        }
        Command::NextField | Command::PreviousField | Command::NextChoice | Command::PreviousChoice => {
            form::step(state, command)
        }
        Command::Run
        | Command::RunEnded
        | Command::ColumnLeft
        | Command::ColumnRight
        | Command::SwitchHalf
        | Command::ReadOnly
        | Command::NextResult
        | Command::Explain
        | Command::Complete
        | Command::SearchPast
        | Command::Cell
        | Command::CopyCell
        | Command::CopyRow
        | Command::Again
        | Command::ExportRows
        | Command::Empty
        | Command::Older
        | Command::Newer => connect::run(state, command),
        Command::At => then::open(state),
        Command::Now => then::back(state),
        Command::Palette => palette::open(state),
        Command::Help => help::open(state),
        Command::Theme => look::open(state),
        Command::Redraw => vec![Effect::Redraw],
        Command::Back => screens::back(state),
        Command::Quit => quit::ask(state),
    }
}

/// Whether a command can be asked for now.
///
/// # Errors
/// Why not, and what to do about it.
pub fn allowed(state: &State, command: Command) -> Result<(), String> {
    if let Some(why) = then::not_now(state, command) {
        return Err(why);
    }
    // Before what is said of a branch of it: main has it as little.
    if state.clone_of.is_some() && clone_of::needs_more(command) {
        return Err(clone_of::why_not(entry(command).name));
    }
    branch::desk::fits(state, command)?;
    if !offered(state, entry(command)) {
        if let Some(why) = then::not_of_then(state, "what changes something") {
            return Err(why);
        }
        return Err("read-only mode changes nothing: start without --read-only to change things".to_owned());
    }
    if entry(command).changes && !state.fleet.acts.is_empty() {
        return Err(format!(
            "this daemon stands by: {} acts; ask there, or wait until this one takes over",
            state.fleet.acts
        ));
    }
    match command {
        Command::Now if state.then.is_none() && state.branch.is_none() => Err("this is now".to_owned()),
        Command::Create | Command::Undo | Command::RollBackAll | Command::NewIncident | Command::NewBranch => {
            may_change(state)
        }
        Command::Ours
        | Command::Theirs
        | Command::OwnValue
        | Command::BySql
        | Command::Approve
        | Command::Comment
        | Command::Merge
        | Command::Discard => {
            may_change(state)?;
            branch::fits(state, command)
        }
        Command::OpenBranch => branch::at_hand(state).map(drop).ok_or("there is no change request".to_owned()),
        Command::SwitchBranch => branch::desk::may_switch(state),
        Command::Acknowledge | Command::Note | Command::HandOver | Command::Resolve | Command::UndoSuspect => {
            may_change(state)?;
            incident::fits(state, command)
        }
        Command::Export | Command::Runbook => incident::fits(state, command),
        Command::OpenIncident => match state.screens.last() {
            Some(Screen::Incidents(list)) if list.selected().is_none() => Err("there is no incident".to_owned()),
            _ => Ok(()),
        },
        Command::RemoveOrphan => may_remove(state),
        Command::Confirm if matches!(state.screens.last(), Some(Screen::Orphans(_))) => may_remove(state),
        Command::Resize
        | Command::Settings
        | Command::Restart
        | Command::Pause
        | Command::Resume
        | Command::Protect
        | Command::Unprotect
        | Command::Power
        | Command::Delete => {
            may_change(state)?;
            if several::applies(state) {
                return several::split(state, command).map(drop);
            }
            fits(of_one(state, several::one(state))?, command, &state.keymap)
        }
        Command::RollBack => {
            may_change(state)?;
            several::alone(state, command)?;
            let of_all = matches!(state.screens.last(), Some(Screen::History(history)) if history.name.is_none());
            if of_all { Ok(()) } else { one(state).map(|_| ()) }
        }
        Command::OwnChecks => checks::own(state),
        Command::Connect | Command::Client | Command::Forward | Command::Checks => {
            several::alone(state, command)?;
            serves(one(state)?, &state.keymap)
        }
        Command::Open | Command::Logs | Command::Metrics | Command::History | Command::Blame => one(state).map(|_| ()),
        Command::Copy | Command::CopyClone => {
            several::alone(state, command)?;
            let row = one(state)?;
            if command == Command::Copy {
                shown(&row.connect_command, "it has no address yet")
            } else {
                shown(&row.clone_command, "it serves no clones; its own client can dump it")
            }
        }
        _ => Ok(()),
    }
}

/// Whether the console offers a command at all; what it offers may still not be [`allowed`] now.
pub fn offered(state: &State, entry: &Entry) -> bool {
    let is_missing = state.clone_of.is_some() && clone_of::needs_more(entry.command);
    let is_forbidden = state.read_only && entry.changes;
    !is_missing && !is_forbidden
}

fn may_change(state: &State) -> Result<(), String> {
    match &state.status {
        Some(status) if status.role == "viewer" => {
            Err("your role is viewer, which changes nothing: ask an admin for the operator role".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether what is under the cursor among the orphans can be removed.
fn may_remove(state: &State) -> Result<(), String> {
    if let Some(status) = state.status.as_ref().filter(|status| status.role != "admin") {
        return Err(format!("your role is {}; orphans are removed by admins", status.role));
    }
    match state.screens.last() {
        Some(Screen::Orphans(orphans)) if orphans.removing.is_some() || orphans.selected().is_some() => Ok(()),
        _ => Err("there is nothing to remove".to_owned()),
    }
}

fn one(state: &State) -> Result<&Deployment, String> {
    of_one(state, state.target())
}

fn of_one<'a>(state: &'a State, row: Option<&'a Deployment>) -> Result<&'a Deployment, String> {
    let gone = || match state.screens.last().and_then(Screen::name) {
        Some(name) => format!("{name} is gone"),
        None if state.fleet.rows().is_empty() => {
            format!("there is no deployment yet: {} creates one", state.keymap.way(Command::Create))
        }
        None => "no deployment is selected".to_owned(),
    };
    row.ok_or_else(gone)
}

/// Whether a change fits how the deployment is.
///
/// # Errors
/// Why not; the deployment is named.
pub fn fits(row: &Deployment, command: Command, keymap: &Keymap) -> Result<(), String> {
    let name = &row.name;
    let desired = row.desired.clone().unwrap_or_default();
    match command {
        _ if desired.deleting => Err(format!("{name} is being deleted")),
        Command::Delete if desired.protected => {
            Err(format!("{name} is protected: unprotect it first ({})", keymap.way(Command::Unprotect)))
        }
        Command::Restart if desired.power == "stopped" => Err(stopped(name, keymap)),
        Command::Pause if desired.paused => Err(format!("{name} is paused already")),
        Command::Resume if !desired.paused => Err(format!("{name} is not paused")),
        Command::Protect if desired.protected => Err(format!("{name} is protected already")),
        Command::Unprotect if !desired.protected => Err(format!("{name} is not protected")),
        _ => Ok(()),
    }
}

fn stopped(name: &str, keymap: &Keymap) -> String {
    format!("{name} is stopped: {} starts it", keymap.way(Command::Power))
}

fn serves(row: &Deployment, keymap: &Keymap) -> Result<(), String> {
    match row.health.as_str() {
        "stopped" => Err(stopped(&row.name, keymap)),
        "starting" => Err(format!("{} is still starting", row.name)),
        _ => Ok(()),
    }
}

fn shown(line: &str, why_not: &str) -> Result<(), String> {
    if line.is_empty() { Err(why_not.to_owned()) } else { Ok(()) }
}
