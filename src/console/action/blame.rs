//! Which commit gave each value of the deployment at hand, and going to that commit.

use crate::{
    console::{
        action::{history, screens},
        effect::Effect,
        state::{Screen, State, Ticket, blame::Blame},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::BlameResponse;

/// Opens it for the deployment at hand.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let ticket = state.ticket();
    screens::push(state, Screen::Blame(Box::new(Blame::asked(name.clone(), ticket, state.now))));
    vec![Effect::Blame { ticket, name, before: None }]
}

/// Opens the history at the commit of the value under the cursor.
pub fn commit(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Blame(blame)) = state.screens.last() else { return Vec::new() };
    let Some(commit) = blame.selected().map(|cell| cell.commit.clone()).filter(|commit| !commit.is_empty()) else {
        state.warn("it is not known yet which commit gave this value");
        return Vec::new();
    };
    let mut effects = history::open(state, false);
    effects.extend(history::seek(state, commit));
    effects
}

/// An answer has come: the next one is asked for while a value has no commit.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<BlameResponse, Problem>) -> Vec<Effect> {
    let now = state.now;
    for screen in &mut state.screens {
        if let Screen::Blame(blame) = screen
            && blame.ticket == ticket
        {
            let next = blame.add(answer, now);
            let name = blame.name.clone();
            return next.map(|before| Effect::Blame { ticket, name, before: Some(before) }).into_iter().collect();
        }
    }
    Vec::new()
}
