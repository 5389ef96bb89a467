//! What was run: recalled one by one, or searched.

use super::{refuse, top};
use crate::console::{
    effect::Effect,
    state::{
        State,
        overlay::{Overlay, PastSearch},
    },
    text,
};
use crossterm::event::{Event, KeyEvent};
use tui_input::{InputRequest, backend::crossterm::EventHandler};

/// Ctrl+P and Ctrl+N: what was run on this deployment before, and after.
pub fn recall(state: &mut State, older: bool) -> Vec<Effect> {
    let Some(connect) = top(state) else { return Vec::new() };
    let (name, at) = (connect.name.clone(), connect.recalled);
    let next = match (at, older) {
        (None, true) => Some(0),
        (Some(at), true) => Some(at + 1),
        (Some(0) | None, false) => None,
        (Some(at), false) => Some(at - 1),
    };
    let found = next.map(|next| state.statements.of(&name).nth(next).map(|entry| entry.sql.clone()));
    match found {
        Some(None) => return refuse(state, "there is no older statement"),
        None if at.is_none() => return refuse(state, "there is no newer statement"),
        _ => {}
    }
    if let Some(connect) = top(state) {
        connect.set_text(&found.flatten().unwrap_or_default());
        connect.recalled = next;
    }
    Vec::new()
}

/// Ctrl+R.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut search = PastSearch::default();
    search.list.set_len(state.statements.search("").len());
    state.overlay = Some(Overlay::Past(search));
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let Some(Overlay::Past(search)) = &mut state.overlay else { return Vec::new() };
    match name {
        "esc" => state.overlay = None,
        "up" | "ctrl-p" | "backtab" => search.list.move_by(-1),
        // As in a shell: the same key again goes further back.
        "down" | "ctrl-n" | "tab" | "ctrl-r" => search.list.move_by(1),
        "pageup" => search.list.move_by_pages(-1),
        "pagedown" => search.list.move_by_pages(1),
        "enter" => take(state),
        _ => {
            search.input.handle_event(&Event::Key(*key));
            find(state);
        }
    }
    Vec::new()
}

/// A text was pasted into it.
pub fn paste(state: &mut State, pasted: &str) -> Vec<Effect> {
    if let Some(Overlay::Past(search)) = &mut state.overlay {
        for c in text::clean(pasted.trim()).chars() {
            search.input.handle(InputRequest::InsertChar(c));
        }
    }
    find(state);
    Vec::new()
}

fn find(state: &mut State) {
    let Some(Overlay::Past(search)) = &mut state.overlay else { return };
    search.list.set_len(state.statements.search(search.input.value()).len());
    search.list.set_cursor(0);
}

/// Into the editor, to be looked at before it runs.
fn take(state: &mut State) {
    let Some(Overlay::Past(search)) = state.overlay.take() else { return };
    let found = state.statements.search(search.input.value()).get(search.list.cursor()).map(|entry| entry.sql.clone());
    if let (Some(sql), Some(connect)) = (found, top(state)) {
        connect.set_text(&sql);
        connect.recalled = None;
    }
}
