//! Roll back: pick a commit, see what goes back and the plan, confirm.

use crate::console::{
    action::{confirm, history, propose, screens},
    effect::Effect,
    state::{
        Screen, State,
        history::{History, changes_desired},
        proposal::Proposal,
        roll_back::{RollBack, Way},
    },
    text,
};
use crossterm::event::KeyEvent;
use doltops_proto::hosted_api::{
    Commit,
    change::{self, Change},
};
use std::time::Duration;

/// Opens it for the deployment at hand, or for all; from a history, at the commit under its cursor.
pub fn open(state: &mut State, all: bool) -> Vec<Effect> {
    let (name, wanted, marked) = match state.screens.last() {
        Some(Screen::History(history)) => {
            let wanted = history.selected().map(|commit| commit.hash.clone());
            (history.name.clone(), wanted, history.marked.clone())
        }
        _ => (state.target().map(|row| row.name.clone()), None, None),
    };
    let way = if marked.is_some() { Way::TakeBack } else { Way::GoBack };
    let mut history = History::asked(name.filter(|_| !all), state.ticket(), state.now);
    history.marked = marked;
    show(state, RollBack { history, wanted, suspect: None, way, proposal: incomplete() })
}

fn incomplete() -> Proposal {
    Proposal::Incomplete("choose a commit".to_owned())
}

/// Going back to the commit, or taking back what it changed: the other one.
pub fn turn(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::RollBack(roll_back)) = state.screens.last_mut() {
        roll_back.turn();
    }
    follow(state, Duration::ZERO)
}

/// Opens it for the deployment that the suspect of an incident changed: that commit alone is taken back, and what others
/// changed since stays.
pub fn suspect(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Incident(story)) = state.screens.last() else { return Vec::new() };
    let Some((name, commit)) = story.suspect().map(|entry| (entry.deployment.clone(), entry.commit.clone())) else {
        return Vec::new();
    };
    let history = History::asked(Some(name), state.ticket(), state.now);
    let (wanted, suspect, way) = (Some(commit.clone()), Some(commit), Way::TakeBack);
    show(state, RollBack { history, wanted, suspect, way, proposal: incomplete() })
}

fn show(state: &mut State, roll_back: RollBack) -> Vec<Effect> {
    let (ticket, name) = (roll_back.history.ticket, roll_back.history.name.clone());
    screens::push(state, Screen::RollBack(Box::new(roll_back)));
    vec![history::page(ticket, name, None)]
}

/// Commits have come: the cursor goes to the one that is wanted, else to the one before the last change of what people
/// ask for. Going back to a later one would change nothing.
///
/// While the one that is wanted has not come nothing is proposed: another commit is not what was asked for.
pub fn arrived(state: &mut State, first: bool) -> Vec<Effect> {
    let Some(Screen::RollBack(roll_back)) = state.screens.last_mut() else { return Vec::new() };
    let commits = roll_back.history.commits.value.as_deref().unwrap_or_default();
    let place = |hash: &String| commits.iter().position(|commit| commit.hash == *hash);
    match roll_back.wanted.as_ref().map(place) {
        Some(Some(place)) => roll_back.history.chosen.list.set_cursor(place),
        Some(None) => {
            let loaded = commits.len();
            roll_back.history.chosen.list.set_cursor(usize::MAX);
            if loaded < history::SEARCHED && roll_back.history.next_page().is_some() {
                return history::older(state);
            }
            let hash = roll_back.wanted.take().unwrap_or_default();
            state.warn(format!("{} is not among the newest {loaded} commits", text::short(&hash)));
            return follow(state, Duration::ZERO);
        }
        None if first => {
            let last_change = commits.iter().position(changes_desired).unwrap_or(0);
            roll_back.history.chosen.list.set_cursor(last_change + 1);
        }
        None => {}
    }
    roll_back.wanted = None;
    follow(state, Duration::ZERO)
}

/// A key that the word before a loss of data takes; false where none is asked for, or the key moves.
pub fn typed(roll_back: &mut RollBack, key: &KeyEvent, name: &str) -> bool {
    confirm::typed(&mut roll_back.proposal, key, name)
}

/// Asks what going back to the commit under the cursor would do.
pub fn follow(state: &mut State, after: Duration) -> Vec<Effect> {
    let Some(Screen::RollBack(roll_back)) = state.screens.last() else { return Vec::new() };
    let wish = match roll_back.history.selected() {
        Some(commit) if roll_back.way == Way::TakeBack => taken_back(&roll_back.history, commit),
        Some(commit) => Ok(Change::RollBack(change::RollBack {
            name: roll_back.history.name.clone().unwrap_or_default(),
            all: roll_back.history.name.is_none(),
            to: commit.hash.clone(),
            // Planning needs none; what is typed is sent with the change.
            confirm: String::new(),
        })),
        None => Err("there is no commit to go back to".to_owned()),
    };
    propose::propose(state, wish, after)
}

/// What the commit under the cursor changed goes; with another one marked, from the older of the two to the newer.
fn taken_back(history: &History, here: &Commit) -> Result<Change, String> {
    let name = history.name.clone().unwrap_or_default();
    let (older, newer) = match history.marked.as_deref().filter(|marked| marked.hash != here.hash) {
        None => (None, here),
        Some(marked) if history.is_newer(&marked.hash, &here.hash) => (Some(here), marked),
        Some(marked) => (Some(marked), here),
    };
    let after = older.map(|older| older.parent.clone());
    if after.as_deref() == Some("") {
        return Err("nothing came before the older one of them".to_owned());
    }
    Ok(Change::Revert(change::Revert {
        commit: newer.hash.clone(),
        after: after.unwrap_or_default(),
        name,
        confirm: String::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::Ticket;
    use doltops_proto::hosted_api::HistoryResponse;

    #[test]
    fn a_marked_range_has_both_its_ends() {
        let commit =
            |hash: &str, parent: &str| Commit { hash: hash.into(), parent: parent.into(), ..Commit::default() };
        let all = vec![commit("c", "b"), commit("b", "a"), commit("a", "")];
        let mut history = History::asked(Some("orders".into()), Ticket(1), 0);
        history.add(Ok(HistoryResponse { commits: all.clone() }), 0);
        let range = |history: &History, here: usize| match taken_back(history, &all[here]) {
            Ok(Change::Revert(it)) => Ok(format!("{}..{} of {}", it.after, it.commit, it.name)),
            Ok(other) => panic!("{other:?}"),
            Err(why) => Err(why),
        };
        assert_eq!(range(&history, 1).as_deref(), Ok("..b of orders"));
        history.marked = Some(Box::new(all[0].clone()));
        assert_eq!(range(&history, 1).as_deref(), Ok("a..c of orders"), "whichever was marked");
        history.marked = Some(Box::new(all[1].clone()));
        assert_eq!(range(&history, 0).as_deref(), Ok("a..c of orders"));
        assert!(range(&history, 2).is_err(), "nothing came before the first commit");
    }
}
