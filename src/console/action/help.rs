//! Help: every key where one is, to be scrolled through.

use crate::console::{
    command::Command,
    effect::Effect,
    state::{State, list::List, overlay::Overlay},
};

/// Opens it.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut list = List::default();
    list.set_len(crate::console::view::help::lines(state).len());
    state.overlay = Some(Overlay::Help(list));
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let Some(Overlay::Help(list)) = &mut state.overlay else { return Vec::new() };
    let asks = |command| state.keymap.is(command, key);
    match () {
        () if asks(Command::Up) => list.move_by(-1),
        () if asks(Command::Down) => list.move_by(1),
        () if asks(Command::PageUp) => list.move_by_pages(-1),
        () if asks(Command::PageDown) => list.move_by_pages(1),
        () => state.overlay = None,
    }
    Vec::new()
}
