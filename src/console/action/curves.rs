//! The pictures of what is in view, where metrics are kept apart from the agents; and of what was in the past.

use crate::console::{
    effect::Effect,
    state::{Link, Screen, State, curves::Wanted},
};

/// What the pictures of rows span.
const QUARTER: i64 = 15 * 60_000;

/// Asks for what is in view, where that is due.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    if !state.reads_kept_metrics() || state.link != Link::Live {
        return Vec::new();
    }
    let Some(wanted) = in_view(state) else { return Vec::new() };
    // In the past time stands still; how often is asked goes by the clock on the wall.
    let now = state.then.as_ref().map_or(state.now, |then| then.clock);
    if !state.curves.is_due(&wanted, now) {
        return Vec::new();
    }
    let ticket = state.ticket();
    let given_up = state.curves.ask(ticket, wanted.clone(), now).map(Effect::Cancel);
    // By the control plane's clock: that is what it compares with.
    let since = state.now + state.ahead - QUARTER;
    let ask = match wanted {
        Wanted::Rows(names) => Effect::Curves { ticket, names, since },
        Wanted::One(name) => Effect::Metrics { ticket, name, since },
    };
    given_up.into_iter().chain([ask]).collect()
}

/// What is in view and has pictures; none where nothing has.
fn in_view(state: &State) -> Option<Wanted> {
    match state.screens.last() {
        None => {
            let names: Vec<String> = state
                .fleet
                .list
                .in_view()
                .filter_map(|place| state.fleet.row(place))
                .map(|row| row.name.clone())
                .collect();
            Some(names).filter(|names| !names.is_empty()).map(Wanted::Rows)
        }
        Some(Screen::Deployment(details)) => Some(Wanted::One(details.name.clone())),
        Some(_) => None,
    }
}
