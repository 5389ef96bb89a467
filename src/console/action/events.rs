//! Events: of the deployment at hand on its own screens, of all on the fleet's.

use crate::console::{
    action::screens,
    effect::Effect,
    state::{Screen, State, chosen::Chosen, events::Events, recall::Listing},
};
use std::collections::VecDeque;

/// How many are asked for to begin with.
const FIRST: u32 = 200;

/// Opens those of the deployment whose screen this is, or all.
pub fn open_here(state: &mut State) -> Vec<Effect> {
    let name = state.screens.last().and_then(Screen::name).map(str::to_owned);
    open(state, name)
}

/// Opens those of a deployment, or all.
pub fn open(state: &mut State, name: Option<String>) -> Vec<Effect> {
    let ticket = state.ticket();
    let mut chosen = Chosen::default();
    chosen.set_text(state.recall.last(Listing::Events));
    let events =
        Events { name: name.clone(), lines: VecDeque::new(), chosen, ended: None, since: Some(state.now), ticket };
    screens::push(state, Screen::Events(events));
    vec![Effect::Events { ticket, name, last: FIRST }]
}
