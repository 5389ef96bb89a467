//! The last key: sends the change whose plan is on the screen, and only that.

use crate::console::{
    action::{delete, propose},
    effect::Effect,
    state::{Screen, State, proposal::Proposal},
};
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
