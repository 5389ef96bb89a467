//! Two views side by side: opening the second, moving the keys between them, closing one.

use crate::console::{
    action::{deployment, screens},
    command::Command,
    effect::Effect,
    state::{
        State, Ticket,
        panes::{Beside, SPLIT_FROM},
    },
};

/// Opens a second view at the right, which takes the keys; or closes the one that does not have them.
///
/// Beside the fleet that is the deployment under its cursor, beside anything else the fleet.
pub fn split(state: &mut State) -> Vec<Effect> {
    if state.beside.is_some() {
        return close_other(state);
    }
    if state.size.0 < SPLIT_FROM {
        let columns = state.size.0;
        state.warn(format!("two views side by side need {SPLIT_FROM} columns; this terminal has {columns}"));
        return Vec::new();
    }
    let screens = std::mem::take(&mut state.screens);
    let trail = std::mem::take(&mut state.trail);
    let of_fleet = screens.is_empty();
    state.beside = Some(Beside { screens, trail, at_left: true });
    if of_fleet { deployment::open(state) } else { Vec::new() }
}

fn close_other(state: &mut State) -> Vec<Effect> {
    state.swap_panes();
    let mut effects = Vec::new();
    while !state.screens.is_empty() {
        effects.extend(screens::pop(state));
    }
    state.swap_panes();
    state.beside = None;
    effects
}

/// Moves the keys to the other view.
pub fn switch(state: &mut State) -> Vec<Effect> {
    match &state.beside {
        Some(_) => state.swap_panes(),
        None => {
            let way = state.keymap.way(Command::Split);
            state.warn(format!("there is one view only: {way} opens a second one beside it"));
        }
    }
    Vec::new()
}

/// Does something in the pane that awaits this answer.
pub fn where_awaited<T>(state: &mut State, ticket: Ticket, act: impl FnOnce(&mut State) -> T) -> T {
    if !state.beside_awaits(ticket) {
        return act(state);
    }
    state.swap_panes();
    let done = act(state);
    state.swap_panes();
    done
}

/// Does something in both panes.
pub fn both(state: &mut State, act: impl Fn(&mut State) -> Vec<Effect>) -> Vec<Effect> {
    let mut effects = act(state);
    if state.beside.is_some() {
        state.swap_panes();
        effects.extend(act(state));
        state.swap_panes();
    }
    effects
}
