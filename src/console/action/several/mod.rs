//! A change of the marked deployments: one plan, one confirmation, one commit.
//!
//! Guarantees
//! - What it acts on is settled when its form opens, and named there; marks that are set or lost later change nothing.
//! - A deployment that the change cannot be made to (it is stopped already, protected, …) is left out by name, before
//!   the plan is asked for. The control plane takes the rest as a whole or not at all.
//! - With one mark it is the change of that one deployment, with the questions of that.
//!
//! Not here: the marks (`state::fleet`), and the word that is typed before a deletion (`state::proposal`).

pub mod resize;
pub mod settings;

use crate::{
    console::{
        action::{
            self,
            form::Wrong,
            verb::{self, stopped},
        },
        command::{Command, entry},
        state::{
            Place, State,
            form::{Form, Kind, Several, Verb},
        },
        text,
    },
    hosted_api::decide::MOST_AT_ONCE,
};
use doltops_proto::hosted_api::{
    self as api, Deployment,
    change::{self, Change},
};

/// Whether a change acts on marked deployments instead of the one at hand.
pub fn applies(state: &State) -> bool {
    state.place() == Place::Fleet && state.fleet.marks().len() > 1
}

/// The one deployment that a change acts on: the marked one, else the one at hand.
pub fn one(state: &State) -> Option<&Deployment> {
    let marked = (state.place() == Place::Fleet).then(|| state.fleet.marked().next()).flatten();
    marked.or_else(|| state.target())
}

/// Whether a command that acts on one deployment alone can be asked for: where some are marked it would not be clear on
/// which.
///
/// # Errors
/// That some are marked, and what takes the marks away.
pub fn alone(state: &State, command: Command) -> Result<(), String> {
    if state.place() != Place::Fleet || state.fleet.marks().is_empty() {
        return Ok(());
    }
    let back = state.keymap.way(Command::Back);
    Err(format!("{} acts on one deployment: {back} takes the marks away", entry(command).name))
}

/// What of the marked deployments a command acts on.
///
/// # Errors
/// When there are too many, or it fits none.
pub fn split(state: &State, command: Command) -> Result<Several, String> {
    let marked = state.fleet.marks().len();
    if marked > MOST_AT_ONCE {
        return Err(format!("{marked} are marked, and at most {MOST_AT_ONCE} are changed at once"));
    }
    let to_stop = verb(state) == Verb::Stop;
    let mut several = Several::default();
    for row in state.fleet.marked() {
        let fits = action::fits(row, command, &state.keymap);
        let idle = command == Command::Power && to_stop && stopped(row);
        match fits.and_then(|()| if idle { Err(format!("{} is stopped already", row.name)) } else { Ok(()) }) {
            Ok(()) => several.names.push(row.name.clone()),
            Err(why) => several.left_out.push(why),
        }
    }
    if several.names.is_empty() { Err(several.left_out.join("; ")) } else { Ok(several) }
}

/// The same for a form that opens; none where it is about one deployment.
pub fn of_form(state: &State, kind: Kind) -> Option<Several> {
    let command = match kind {
        Kind::Resize => Command::Resize,
        Kind::Settings => Command::Settings,
        Kind::Delete => Command::Delete,
        Kind::Verb(Verb::Stop | Verb::Start) => Command::Power,
        Kind::Verb(Verb::Restart) => Command::Restart,
        Kind::Verb(Verb::Pause) => Command::Pause,
        Kind::Verb(Verb::Resume) => Command::Resume,
        Kind::Verb(Verb::Protect) => Command::Protect,
        Kind::Verb(Verb::Unprotect) => Command::Unprotect,
        Kind::Create | Kind::Undo | Kind::Merge => return None,
    };
    applies(state).then(|| split(state, command).ok()).flatten()
}

/// Stops those that should run; starts them where none should.
pub fn verb(state: &State) -> Verb {
    let mut marked = state.fleet.marked();
    let runs = |row: &Deployment| !stopped(row) && !row.desired.as_ref().is_some_and(|desired| desired.deleting);
    if marked.any(runs) { Verb::Stop } else { Verb::Start }
}

/// Those of them that are still there.
fn rows<'a>(state: &'a State, several: &'a Several) -> impl Iterator<Item = &'a Deployment> {
    several.names.iter().filter_map(|name| state.fleet.find(name))
}

/// What the form asks for: a change each, in one.
///
/// # Errors
/// Names the field.
pub fn change(state: &State, form: &Form, several: &Several) -> Result<Change, Wrong> {
    let changes = match form.kind {
        Kind::Resize => resize::changes(state, form, several)?,
        Kind::Settings => settings::changes(state, form, several)?,
        Kind::Verb(verb) => several.names.iter().map(|name| verb::of(verb, name.clone())).collect(),
        _ => several.names.iter().map(|name| delete(name)).collect(),
    };
    let changes = changes.into_iter().map(|change| api::Change { change: Some(change) }).collect();
    // What must be typed is put in when it is sent.
    Ok(Change::Batch(change::Batch { changes, confirm: String::new() }))
}

fn delete(name: &str) -> Change {
    Change::Delete(change::Delete { name: name.to_owned(), confirm: name.to_owned() })
}

/// `stop 3 deployments`.
pub fn in_words(batch: &change::Batch) -> String {
    let what =
        batch.changes.first().and_then(|change| change.change.as_ref()).map_or("change", |change| match change {
            Change::Set(_) => "change the settings of",
            other => action::propose::described(other).1,
        });
    format!("{what} {}", text::plural(batch.changes.len(), "deployment"))
}
