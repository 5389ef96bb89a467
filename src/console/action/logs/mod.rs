//! Logs: following, choosing lines, stepping through matches, going to a time, saving.

mod look;
mod save;

pub use look::{look, set_level, show_all};
pub use save::{file_name, save, saved};

use crate::console::{
    action::{screens, time},
    command::Command,
    effect::Effect,
    state::{
        Screen, State, Ticket,
        logs::{FIRST, Logs, MOST, Source, pattern::Pattern},
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
        logs.begin_again(Some(moment), &[ticket], state.now);
        since = moment - BEFORE;
    }
    screens::push(state, Screen::Logs(logs));
    vec![Effect::Logs { ticket, name, lines: FIRST, since }]
}

/// The log on top.
fn on_top(state: &mut State) -> Option<&mut Logs> {
    match state.screens.last_mut() {
        Some(Screen::Logs(logs)) => Some(logs),
        _ => None,
    }
}

/// Stays on the newest line, or stops that.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let Some(logs) = on_top(state) else { return Vec::new() };
    logs.moved();
    // What was left out for want of room is asked for again, from the end.
    if !logs.follow && logs.ring().left_out() > 0 {
        return again(state, None);
    }
    logs.set_follow(!logs.follow);
    Vec::new()
}

/// Moves to the next or previous line that matches.
pub fn find(state: &mut State, forward: bool) -> Vec<Effect> {
    let Some(logs) = on_top(state) else { return Vec::new() };
    let Some(searched) = logs.search().map(|search| search.as_str().to_owned()) else {
        let way = state.keymap.way(Command::Search);
        state.warn(format!("nothing is searched for: {way} asks for a text"));
        return Vec::new();
    };
    if !logs.find(forward) {
        let text = format!("no line {} holds '{searched}'", if forward { "below" } else { "above" });
        state.warn(text);
    }
    Vec::new()
}

/// Shows only lines that hold a text; none shows all again.
pub fn only(state: &mut State, typed: &str) -> Vec<Effect> {
    if let Some(logs) = on_top(state) {
        let least = logs.filter().0;
        logs.set_filter(least, Pattern::new(typed));
    }
    Vec::new()
}

/// Goes to a time: to the line, or, where the log that is here begins later, by asking from there on.
///
/// # Errors
/// When what was typed is no time.
pub fn go_to(state: &mut State, typed: &str) -> Result<Vec<Effect>, String> {
    let time = time::parse(typed, state.now + state.ahead, &state.zone)?;
    let Some(logs) = on_top(state) else { return Ok(Vec::new()) };
    let reaches = logs.ring().get(0).is_some_and(|line| line.at <= time);
    if reaches && logs.ring().left_out() == 0 {
        logs.moved();
        logs.go_to(time);
        return Ok(Vec::new());
    }
    Ok(again(state, Some(time)))
}

/// Asks for everything anew, from a time on or from the end; what the streams before still send is not taken.
fn again(state: &mut State, from: Option<i64>) -> Vec<Effect> {
    let count = on_top(state).map_or(0, |logs| logs.sources.len());
    let tickets: Vec<Ticket> = (0..count).map(|_| state.ticket()).collect();
    let now = state.now;
    let Some(logs) = on_top(state) else { return Vec::new() };
    let mut effects: Vec<Effect> = logs.sources.iter().map(|source| Effect::Cancel(source.ticket)).collect();
    logs.begin_again(from, &tickets, now);
    let since = from.unwrap_or(0);
    let asked =
        |source: &Source| Effect::Logs { ticket: source.ticket, name: source.name.clone(), lines: FIRST, since };
    effects.extend(logs.sources.iter().map(asked));
    effects
}

/// Puts another deployment's log beside those that are there, or takes it away.
///
/// # Errors
/// When it is the only one, or there is no room.
pub fn beside(state: &mut State, name: &str) -> Result<Vec<Effect>, String> {
    let (ticket, now) = (state.ticket(), state.now);
    let Some(logs) = on_top(state) else { return Ok(Vec::new()) };
    if logs.sources.iter().any(|source| source.name == name) {
        let ended = logs.part(name).ok_or_else(|| format!("the log of {name} is the only one here"))?;
        return Ok(vec![Effect::Cancel(ended)]);
    }
    if !logs.join(name.to_owned(), ticket, now) {
        return Err(format!("{MOST} logs are side by side: the name of one takes it away"));
    }
    Ok(vec![Effect::Logs { ticket, name: name.to_owned(), lines: FIRST, since: 0 }])
}
