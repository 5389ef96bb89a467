//! Puts a connection line on the clipboard.

use crate::console::{effect::Effect, state::State};

/// The line for `mysql`.
pub fn connect_line(state: &mut State) -> Vec<Effect> {
    let line = state.target().map(|row| row.connect_command.clone());
    copy(state, line)
}

/// The line for `dolt clone`.
pub fn clone_line(state: &mut State) -> Vec<Effect> {
    let line = state.target().map(|row| row.clone_command.clone());
    copy(state, line)
}

fn copy(state: &mut State, line: Option<String>) -> Vec<Effect> {
    let Some(line) = line.filter(|line| !line.is_empty()) else { return Vec::new() };
    state.say(format!("sent to the clipboard: {line}"));
    vec![Effect::Copy(line)]
}

/// What terminals take at once; a longer text most of them drop without a word.
const LONGEST: usize = 74_994;

/// A text that is too long, or too much somebody's own, to be repeated in a notice.
pub fn put(state: &mut State, text: String, what: &str) -> Vec<Effect> {
    if text.len() > LONGEST {
        state.warn(format!("{what} is longer than terminals take ({LONGEST} bytes): export it"));
        return Vec::new();
    }
    state.say(format!("sent to the clipboard: {what}, {} characters", text.chars().count()));
    vec![Effect::Copy(text)]
}
