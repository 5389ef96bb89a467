//! Help: every key where one is, to be scrolled through.

use crate::console::{
    effect::Effect,
    state::{State, list::List, overlay::Overlay},
};

/// Opens it.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut list = List::default();
    list.set_len(crate::console::view::help::lines(state.place()).len());
    state.overlay = Some(Overlay::Help(list));
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let Some(Overlay::Help(list)) = &mut state.overlay else { return Vec::new() };
    match key {
        "up" | "k" => list.move_by(-1),
        "down" | "j" => list.move_by(1),
        "pageup" => list.move_by_pages(-1),
        "pagedown" | "space" => list.move_by_pages(1),
        _ => state.overlay = None,
    }
    Vec::new()
}
