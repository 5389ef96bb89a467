//! Roll back: pick a commit, see what goes back and the plan, confirm.

use crate::console::{
    action::{history, propose, screens},
    effect::Effect,
    state::{
        Screen, State,
        history::{History, changes_desired},
        proposal::Proposal,
        roll_back::RollBack,
    },
};
use doltops_proto::hosted_api::change::{self, Change};
use std::time::Duration;

/// Opens it for the deployment at hand, or for all; from a history, at the commit under its cursor.
pub fn open(state: &mut State, all: bool) -> Vec<Effect> {
    let (name, wanted) = match state.screens.last() {
        Some(Screen::History(history)) => (history.name.clone(), history.selected().map(|commit| commit.hash.clone())),
        _ => (state.target().map(|row| row.name.clone()), None),
    };
    let name = name.filter(|_| !all);
    let ticket = state.ticket();
    let roll_back = RollBack {
        history: History::asked(name.clone(), ticket, state.now),
        wanted,
        proposal: Proposal::Incomplete("choose a commit".to_owned()),
    };
    screens::push(state, Screen::RollBack(Box::new(roll_back)));
    vec![history::page(ticket, name, None)]
}

/// The commits have come: the cursor goes to the one that is wanted, else to the one before the last change of what
/// people ask for. Going back to a later one would change nothing.
pub fn arrived(roll_back: &mut RollBack) {
    let commits = roll_back.history.commits.value.as_deref().unwrap_or_default();
    let wanted = roll_back.wanted.take().and_then(|hash| commits.iter().position(|commit| commit.hash == hash));
    let last_change = commits.iter().position(changes_desired).unwrap_or(0);
    roll_back.history.list.set_cursor(wanted.unwrap_or(last_change + 1));
}

/// Asks what going back to the commit under the cursor would do.
pub fn follow(state: &mut State, after: Duration) -> Vec<Effect> {
    let Some(Screen::RollBack(roll_back)) = state.screens.last() else { return Vec::new() };
    let wish = match roll_back.history.selected() {
        Some(commit) => Ok(Change::RollBack(change::RollBack {
            name: roll_back.history.name.clone().unwrap_or_default(),
            all: roll_back.history.name.is_none(),
            to: commit.hash.clone(),
            confirm: String::new(),
        })),
        None => Err("there is no commit to go back to".to_owned()),
    };
    propose::propose(state, wish, after)
}
