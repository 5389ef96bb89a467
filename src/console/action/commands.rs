//! The command log: opening it, and copying a line.

use crate::console::{
    action::screens,
    effect::Effect,
    state::{Screen, State, commands::Commands},
};

/// Opens it, at its newest line.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut commands = Commands::default();
    commands.arrange(&state.log);
    screens::push(state, Screen::Commands(commands));
    Vec::new()
}

/// The log may have changed.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::Commands(commands)) = state.screens.last_mut() {
        commands.arrange(&state.log);
    }
    Vec::new()
}

/// Puts the command under the cursor on the clipboard.
pub fn copy(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Commands(commands)) = state.screens.last() else { return Vec::new() };
    let Some(line) = commands.at(commands.chosen.list.cursor(), &state.log).map(|entry| entry.line.clone()) else {
        state.warn("nothing was asked for yet");
        return Vec::new();
    };
    state.say(format!("sent to the clipboard: {line}"));
    vec![Effect::Copy(line)]
}
