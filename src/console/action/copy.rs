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
