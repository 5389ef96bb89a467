//! Putting screens on and taking them off, and how things are shown.

use crate::console::{
    action::{self, checks, connect, incident, line, orphans, then},
    effect::Effect,
    state::{Screen, State},
};

/// Puts a screen on top.
pub fn push(state: &mut State, screen: Screen) {
    state.overlay = None;
    state.screens.push(screen);
}

/// Takes the screen on top off, and ends what it asked for. What was written for a database is kept for the next visit.
pub fn pop(state: &mut State) -> Vec<Effect> {
    let screen = state.screens.pop();
    if let Some(Screen::Connect(connect)) = &screen {
        state.drafts.insert(connect.name.clone(), connect.text());
    }
    screen.iter().flat_map(Screen::tickets).map(Effect::Cancel).collect()
}

/// Back by one: an editor from its rows, a list from its filter, or the screen before.
pub fn back(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::Logs(logs)) = state.screens.last_mut()
        && action::logs::show_all(logs)
    {
        return Vec::new();
    }
    if let Some(Screen::Metrics(metrics)) = state.screens.last_mut()
        && metrics.back()
    {
        return Vec::new();
    }
    if matches!(state.screens.last(), Some(Screen::Connect(_)))
        && let Some(effects) = connect::back(state)
    {
        return effects;
    }
    if let Some(Screen::Incident(story)) = state.screens.last_mut()
        && incident::leave(story)
    {
        return Vec::new();
    }
    if let Some(Screen::Orphans(orphans)) = state.screens.last_mut()
        && orphans::leave(orphans)
    {
        return Vec::new();
    }
    // The filter first: what is marked is seen before it is let go.
    if line::clear(state) || (state.screens.is_empty() && state.fleet.clear_marks()) {
        return Vec::new();
    }
    if let Some(effects) = checks::back(state) {
        return effects;
    }
    if state.screens.is_empty() && (state.then.is_some() || state.branch.is_some()) {
        then::back(state)
    } else {
        pop(state)
    }
}

/// Times as dates, or as ages again.
pub fn times(state: &mut State) -> Vec<Effect> {
    state.absolute_times = !state.absolute_times;
    Vec::new()
}
