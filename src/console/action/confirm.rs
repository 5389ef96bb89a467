//! The last key: sends the change whose plan is on the screen, and only that.

use crate::console::{
    action::{delete, propose},
    effect::Effect,
    state::{Screen, State, proposal::Proposal},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

/// Sends it, or says why not.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    match ready(state) {
        Ok(()) => send(state),
        Err(why) => again(state).unwrap_or_else(|| {
            state.warn(why);
            Vec::new()
        }),
    }
}

/// Whether the last key would send the change.
///
/// # Errors
/// What is missing, in words.
pub fn ready(state: &State) -> Result<(), String> {
    if let Some(Screen::Form(form)) = state.screens.last() {
        delete::typed(form)?;
        if let Some(field) = form.fields.iter().find(|field| field.error.is_some()) {
            return Err(format!("{}: {}", field.label, field.error.as_deref().unwrap_or_default()));
        }
    }
    state.proposal().ok_or("there is nothing to confirm".to_owned())?.ready().map(|_| ())
}

fn send(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let since = state.now;
    let Some(proposal) = state.proposal_mut() else { return Vec::new() };
    let Proposal::Shown(shown) = proposal.clone() else { return Vec::new() };
    let request = Box::new(shown.request());
    *proposal = Proposal::Sending { ticket, shown, since };
    vec![Effect::Change { ticket, request }]
}

/// A refused plan is asked for once more: what forbade it may be gone.
fn again(state: &mut State) -> Option<Vec<Effect>> {
    let Some(Proposal::Refused { change, .. }) = state.proposal() else { return None };
    let change = change.clone();
    Some(propose::propose(state, Ok(change), Duration::ZERO))
}

/// A key that the word before a loss of data takes; false where none is asked for, or the key moves.
pub fn typed(proposal: &mut Proposal, key: &KeyEvent, name: &str) -> bool {
    let Proposal::Shown(shown) = proposal else { return false };
    // A little more than the word: a slip of the hand is seen, and nobody writes a text here.
    let Some(room) = shown.word().map(|word| 2 * word.chars().count()) else { return false };
    match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            if shown.confirm.chars().count() < room {
                shown.confirm.push(c);
            }
        }
        KeyCode::Backspace => drop(shown.confirm.pop()),
        _ if name == "ctrl-u" || name == "ctrl-w" => shown.confirm.clear(),
        _ => return false,
    }
    true
}
