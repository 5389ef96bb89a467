//! The line at the foot of the screen: filters the fleet, or searches a log, as one types.

use crate::console::{
    action::logs,
    effect::Effect,
    state::{
        Screen, State,
        overlay::{Line, Overlay},
    },
};
use crossterm::event::{Event, KeyEvent};
use tui_input::{Input, InputRequest, backend::crossterm::EventHandler};

/// Opens it with what is chosen or searched for now.
pub fn open(state: &mut State) -> Vec<Effect> {
    let before = match state.screens.last() {
        Some(Screen::Logs(logs)) => logs.search().map_or_else(String::new, |search| search.as_str().to_owned()),
        _ => state.fleet.filter().to_owned(),
    };
    state.overlay = Some(Overlay::Line(Line { input: Input::new(before.clone()), before }));
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let Some(Overlay::Line(line)) = &mut state.overlay else { return Vec::new() };
    match name {
        "enter" | "down" | "up" => {
            state.overlay = None;
            let searching = matches!(state.screens.last(), Some(Screen::Logs(logs)) if logs.search().is_some());
            // The nearest match is above: a log is read from its end.
            return if searching { logs::find(state, false) } else { Vec::new() };
        }
        "esc" => {
            let before = line.before.clone();
            state.overlay = None;
            apply(state, before);
        }
        _ => {
            line.input.handle_event(&Event::Key(*key));
            let text = line.input.value().to_owned();
            apply(state, text);
        }
    }
    Vec::new()
}

/// A text was pasted into it.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(Overlay::Line(line)) = &mut state.overlay else { return Vec::new() };
    for c in crate::console::text::clean(text.trim()).chars() {
        line.input.handle(InputRequest::InsertChar(c));
    }
    let text = line.input.value().to_owned();
    apply(state, text);
    Vec::new()
}

fn apply(state: &mut State, text: String) {
    match state.screens.last_mut() {
        Some(Screen::Logs(logs)) => logs.set_search(&text),
        _ => state.fleet.set_filter(text),
    }
}
