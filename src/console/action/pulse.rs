//! The fleet's pulse.

use crate::console::{
    action::screens,
    effect::Effect,
    state::{Screen, State, pulse::Pulse},
};

/// Opens it.
pub fn open(state: &mut State) -> Vec<Effect> {
    let pulse = Pulse::of(&state.fleet, state.now + state.ahead);
    screens::push(state, Screen::Pulse(pulse));
    Vec::new()
}

/// The fleet is new.
pub fn refresh(state: &mut State) {
    let now = state.now + state.ahead;
    state.course.note(&state.fleet, now);
    arrange(state);
}

/// Time has passed: what was news a while ago is none any more.
pub fn arrange(state: &mut State) {
    let now = state.now + state.ahead;
    for screen in &mut state.screens {
        if let Screen::Pulse(pulse) = screen {
            pulse.set(&state.fleet, now);
        }
    }
}
