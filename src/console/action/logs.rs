//! Logs: following, and stepping through what was searched for.

use crate::console::{
    action::screens,
    command::Command,
    effect::Effect,
    state::{
        Screen, State,
        logs::{FIRST, Logs},
    },
};

/// Opens the log of the deployment at hand.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let ticket = state.ticket();
    screens::push(state, Screen::Logs(Logs::asked(name.clone(), ticket, state.now)));
    vec![Effect::Logs { ticket, name, lines: FIRST }]
}

/// Stays on the newest line, or stops that.
pub fn follow(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::Logs(logs)) = state.screens.last_mut() {
        logs.follow = !logs.follow;
        if logs.follow {
            logs.list.set_cursor(logs.lines().len());
        }
    }
    Vec::new()
}

/// Moves to the next or previous line that matches.
pub fn find(state: &mut State, forward: bool) -> Vec<Effect> {
    let Some(Screen::Logs(logs)) = state.screens.last_mut() else { return Vec::new() };
    if logs.search.is_empty() {
        let way = state.keymap.way(Command::Search);
        state.warn(format!("nothing is searched for: {way} asks for a text"));
    } else if !logs.find(forward) {
        let text = format!("no line {} holds '{}'", if forward { "below" } else { "above" }, logs.search);
        state.warn(text);
    }
    Vec::new()
}
