//! Every deployment's certificate.

use crate::console::{
    action::screens,
    effect::Effect,
    state::{Screen, State, certificates::Certificates, recall::Listing},
};

/// Opens the list.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut list = Certificates::default();
    list.chosen.set_text(state.recall.last(Listing::Certificates));
    list.set(state.fleet.rows(), state.now + state.ahead);
    screens::push(state, Screen::Certificates(Box::new(list)));
    Vec::new()
}

/// The fleet is new.
pub fn refresh(state: &mut State) {
    let now = state.now + state.ahead;
    for screen in &mut state.screens {
        if let Screen::Certificates(list) = screen {
            list.set(state.fleet.rows(), now);
        }
    }
}
