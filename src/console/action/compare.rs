//! Two commits side by side: marking one, opening both, and what of them is shown.

use crate::{
    console::{
        action::screens,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            diff::{Diff, Side},
            recall::Listing,
        },
        text,
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::DiffResponse;

/// Marks the commit under the cursor; with another one marked, opens both.
pub fn mark(state: &mut State) -> Vec<Effect> {
    let Some(Screen::History(history)) = state.screens.last_mut() else { return Vec::new() };
    let Some(here) = history.selected().cloned() else {
        state.warn("there is no commit to compare");
        return Vec::new();
    };
    match history.marked.take().map(|marked| *marked) {
        None => {
            let said = format!("{} is marked: d on another commit shows both", text::short(&here.hash));
            history.marked = Some(Box::new(here));
            state.say(said);
            Vec::new()
        }
        Some(marked) if marked.hash == here.hash => {
            state.say("no commit is marked any more");
            Vec::new()
        }
        Some(marked) => {
            let (old, new) =
                if history.is_newer(&marked.hash, &here.hash) { (&here, &marked) } else { (&marked, &here) };
            let (name, old, new) = (history.name.clone(), Side::of(old), Side::of(new));
            open(state, name, old, new)
        }
    }
}

/// Opens two commits, of one deployment or of all.
pub fn open(state: &mut State, name: Option<String>, old: Side, new: Side) -> Vec<Effect> {
    let ticket = state.ticket();
    let (from, to) = (old.hash.clone(), new.hash.clone());
    let mut diff = Diff::asked(name.clone(), old, new, ticket, state.now);
    diff.chosen.set_text(state.recall.last(Listing::Diff));
    screens::push(state, Screen::Diff(Box::new(diff)));
    vec![Effect::Diff { ticket, from, to, name }]
}

/// Shows the books as well, or leaves them out.
pub fn books(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::Diff(diff)) = state.screens.last_mut() {
        diff.books = !diff.books;
        diff.arrange();
    }
    Vec::new()
}

/// What differs has come.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<DiffResponse, Problem>) -> Vec<Effect> {
    for screen in &mut state.screens {
        if let Screen::Diff(diff) = screen
            && diff.ticket == ticket
        {
            diff.add(answer);
            break;
        }
    }
    Vec::new()
}
