//! Orphans: what belongs to no deployment, and removing one by typing its id.

use crate::{
    console::{
        action::screens,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            chosen::Chosen,
            loaded::Loaded,
            orphans::{Orphans, Removing},
            recall::Listing,
        },
    },
    hosted_api::problem::Problem,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use doltops_proto::hosted_api::ListOrphansResponse;

/// The longest text that is typed: no id of a cloud's is longer.
const LONGEST: usize = 64;

/// Opens them.
pub fn open(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let (orphans, mut chosen) = (Loaded::asked(state.now), Chosen::default());
    chosen.set_text(state.recall.last(Listing::Orphans));
    screens::push(state, Screen::Orphans(Box::new(Orphans { orphans, as_of: 0, chosen, removing: None, ticket })));
    vec![Effect::Orphans { ticket }]
}

/// They have come.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<ListOrphansResponse, Problem>) -> Vec<Effect> {
    let now = state.now + state.ahead;
    if let Some(orphans) = find(state, |orphans| orphans.ticket == ticket) {
        if answer.is_ok() {
            orphans.as_of = now;
        }
        let under = orphans.selected().map(|orphan| orphan.id.clone());
        orphans.orphans.set(answer.map(|answer| answer.orphans));
        orphans.choose();
        let known = orphans.orphans.value.as_deref().unwrap_or_default();
        if let Some(row) = known.iter().position(|orphan| Some(&orphan.id) == under.as_ref()) {
            orphans.chosen.show(row);
        }
    }
    Vec::new()
}

/// Asks for the word before the one under the cursor is removed.
pub fn remove(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::Orphans(orphans)) = state.screens.last_mut()
        && orphans.removing.is_none()
        && let Some(orphan) = orphans.selected().cloned()
    {
        orphans.removing = Some(Removing { orphan, typed: String::new(), sent: None, problem: None });
    }
    Vec::new()
}

/// A key that the word takes; false where none is asked for.
pub fn typed(orphans: &mut Orphans, key: &KeyEvent, name: &str) -> bool {
    let Some(removing) = orphans.removing.as_mut().filter(|removing| removing.sent.is_none()) else { return false };
    match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            if removing.typed.chars().count() < LONGEST {
                removing.typed.push(c);
            }
        }
        KeyCode::Backspace => drop(removing.typed.pop()),
        _ if name == "ctrl-u" || name == "ctrl-w" => removing.typed.clear(),
        _ => return false,
    }
    true
}

/// Sends the removal, or says why not.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let Some(Screen::Orphans(orphans)) = state.screens.last_mut() else { return Vec::new() };
    let Some(removing) = &mut orphans.removing else { return remove(state) };
    if let Err(why) = removing.ready() {
        state.warn(why);
        return Vec::new();
    }
    removing.sent = Some(ticket);
    removing.problem = None;
    let (id, confirm) = (removing.orphan.id.clone(), removing.typed.clone());
    vec![Effect::RemoveOrphan { ticket, id, confirm }]
}

/// It was removed, or not.
pub fn removed(state: &mut State, ticket: Ticket, answer: Result<(), Problem>) -> Vec<Effect> {
    let awaits = |orphans: &Orphans| orphans.removing.as_ref().is_some_and(|removing| removing.sent == Some(ticket));
    let now = state.now;
    let Some(orphans) = find(state, awaits) else {
        // Its screen was left meanwhile; the person is told all the same.
        match answer {
            Ok(()) => state.say("the orphan was removed"),
            Err(problem) => state.warn(problem.to_string()),
        }
        return Vec::new();
    };
    match answer {
        Ok(()) => {
            let gone = orphans.removing.take().map(|removing| removing.orphan.id).unwrap_or_default();
            orphans.orphans.since = Some(now);
            let again = Effect::Orphans { ticket: orphans.ticket };
            state.say(format!("{gone} was removed"));
            // The title counts them.
            vec![again, Effect::Status]
        }
        Err(problem) => {
            if let Some(removing) = &mut orphans.removing {
                removing.sent = None;
                removing.problem = Some(problem);
            }
            Vec::new()
        }
    }
}

/// Nothing is removed after all; false where nothing was about to be.
pub fn leave(orphans: &mut Orphans) -> bool {
    orphans.removing.take().is_some()
}

fn find(state: &mut State, is: impl Fn(&Orphans) -> bool) -> Option<&mut Orphans> {
    state.screens.iter_mut().find_map(|screen| match screen {
        Screen::Orphans(orphans) if is(orphans) => Some(orphans.as_mut()),
        _ => None,
    })
}
