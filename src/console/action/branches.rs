//! The list of change requests.

use crate::{
    console::{
        action::{branch::desk, screens},
        effect::Effect,
        state::{Screen, State, Ticket, branches::Branches, recall::Listing},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::ListBranchesResponse;

/// How often it is read anew while one looks (milliseconds): edits of a branch do not move main, and nothing tells of
/// them.
const EVERY: i64 = 5_000;

/// Opens the list.
pub fn open(state: &mut State) -> Vec<Effect> {
    let (ticket, main) = (state.ticket(), state.fleet.commit.clone());
    let mut list = Branches::asked(ticket, main, state.now);
    list.chosen.set_text(state.recall.last(Listing::Branches));
    screens::push(state, Screen::Branches(Box::new(list)));
    vec![Effect::Branches { ticket, closed: false }]
}

/// Shows those that are over as well, or leaves them out again.
pub fn closed(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let Some(Screen::Branches(list)) = state.screens.last_mut() else { return Vec::new() };
    list.closed = !list.closed;
    vec![ask(list, now)]
}

/// The list has come, or not.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<ListBranchesResponse, Problem>) -> Vec<Effect> {
    if desk::known(state, ticket, &answer) {
        return Vec::new();
    }
    let theirs = state.now + state.ahead;
    for screen in &mut state.screens {
        if let Screen::Branches(list) = screen
            && list.ticket == ticket
        {
            list.set(answer, theirs);
            break;
        }
    }
    Vec::new()
}

/// Time has passed, or main has moved: reads the list anew while it is on top.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let (now, main) = (state.now, state.fleet.commit.clone());
    match state.screens.last_mut() {
        Some(Screen::Branches(list))
            if list.branches.since.is_none() && (list.main != main || now - list.asked >= EVERY) =>
        {
            list.main = main;
            vec![ask(list, now)]
        }
        _ => Vec::new(),
    }
}

/// Something was said about one of them: the list is read anew wherever it stands.
pub fn reload(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let lists = state.screens.iter_mut().filter_map(|screen| match screen {
        Screen::Branches(list) => Some(ask(list, now)),
        _ => None,
    });
    lists.collect()
}

/// Whether one of that name is in the list on the screen.
pub fn is_known(state: &State, name: &str) -> bool {
    let lists = state.screens.iter().filter_map(|screen| match screen {
        Screen::Branches(list) => list.branches.value.as_ref(),
        _ => None,
    });
    lists.flatten().any(|branch| branch.name == name)
}

fn ask(list: &mut Branches, now: i64) -> Effect {
    list.asked = now;
    list.branches.since = Some(now);
    Effect::Branches { ticket: list.ticket, closed: list.closed }
}
