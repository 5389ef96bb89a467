//! Logs: following, and stepping through what was searched for.

use crate::console::{
    action::screens,
    effect::Effect,
    state::{
        Screen, State,
        logs::{FIRST, Logs},
    },
};

/// How much of the log before a moment is read with it (milliseconds): what led to it is rarely older.
const BEFORE: i64 = 10 * 60_000;

/// Opens the log of the deployment at hand.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let ticket = state.ticket();
    let mut logs = Logs::asked(name.clone(), ticket, state.now);
    let mut since = 0;
    // From an incident: the lines around what is under the cursor.
    if let Some(Screen::Incident(story)) = state.screens.last() {
        let moment = story.selected().map_or(story.incident.opened_ms, |entry| entry.time_ms);
        logs.look_at(moment);
        since = moment - BEFORE;
    }
    screens::push(state, Screen::Logs(logs));
    vec![Effect::Logs { ticket, name, lines: FIRST, since }]
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
        state.warn("nothing is searched for: / asks for a text");
    } else if !logs.find(forward) {
        let text = format!("no line {} holds '{}'", if forward { "below" } else { "above" }, logs.search);
        state.warn(text);
    }
    Vec::new()
}
