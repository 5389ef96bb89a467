//! Putting screens on and taking them off, and how things are shown.

use crate::console::{
    action::{self, incident, orphans},
    command::Command,
    effect::Effect,
    state::{Screen, State, connect::Focus},
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
        state.drafts.insert(connect.name.clone(), connect.draft());
    }
    screen.iter().flat_map(Screen::tickets).map(Effect::Cancel).collect()
}

/// Back by one: an editor from its rows, a fleet from its filter, or the screen before.
pub fn back(state: &mut State) -> Vec<Effect> {
    if state.screens.is_empty() && !state.fleet.filter().is_empty() {
        state.fleet.set_filter(String::new());
        return Vec::new();
    }
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
    if let Some(Screen::Connect(connect)) = state.screens.last_mut()
        && connect.focus == Focus::Results
    {
        connect.focus = Focus::Editor;
        return Vec::new();
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
    pop(state)
}

/// Another order, or another way to write times.
pub fn look(state: &mut State, command: Command) -> Vec<Effect> {
    if command == Command::Sort {
        let sort = state.fleet.sort().next();
        state.fleet.set_sort(sort);
        state.say(format!("sorted by {}", sort.as_str()));
    } else {
        state.absolute_times = !state.absolute_times;
    }
    Vec::new()
}
