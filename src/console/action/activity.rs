//! What the reconciler did and will do: of the deployment at hand on its own screens, of the fleet on the others.

use crate::console::{
    action::screens,
    effect::Effect,
    state::{Screen, State, activity::Activity, events::KEPT, recall::Listing},
};

/// Opens that of the deployment whose screen this is, or of the fleet.
pub fn open_here(state: &mut State) -> Vec<Effect> {
    let name = state.screens.last().and_then(Screen::name).map(str::to_owned);
    open(state, name)
}

/// Opens that of a deployment, or of the fleet.
pub fn open(state: &mut State, name: Option<String>) -> Vec<Effect> {
    let ticket = state.ticket();
    let mut activity = Activity::asked(name.clone(), ticket, state.now);
    activity.chosen.set_text(state.recall.last(Listing::Activity));
    activity.arrange(state.fleet.rows());
    screens::push(state, Screen::Activity(Box::new(activity)));
    let last = u32::try_from(KEPT).unwrap_or(u32::MAX);
    vec![Effect::Events { ticket, name, last }]
}

/// The fleet is new.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    for screen in &mut state.screens {
        if let Screen::Activity(activity) = screen {
            activity.arrange(state.fleet.rows());
        }
    }
    Vec::new()
}
