//! The palette: any command by the letters of its name, and what it is to act on after it.
//!
//! Tab takes the offer under the cursor into the line, Enter runs it. Above the first offer lie the lines that were run
//! before; Ctrl+R looks for one of them.

mod offer;

use crate::console::{
    action::invoke,
    effect::Effect,
    state::{
        State,
        overlay::Overlay,
        palette::{Does, Palette},
    },
};
use crossterm::event::{Event, KeyEvent};
use tui_input::{Input, InputRequest, backend::crossterm::EventHandler};

/// Opens it: what was run last, then every command.
pub fn open(state: &mut State) -> Vec<Effect> {
    state.overlay = Some(Overlay::Palette(Palette::default()));
    offer(state);
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return Vec::new() };
    match name {
        "esc" if palette.searching => search(state),
        "esc" => state.overlay = None,
        "up" if palette.list.cursor() > 0 => palette.list.move_by(-1),
        "up" | "ctrl-p" => recall(state, true),
        "down" if palette.recalled > 0 && palette.list.cursor() == 0 => recall(state, false),
        "ctrl-n" => recall(state, false),
        "down" => palette.list.move_by(1),
        "pageup" => palette.list.move_by_pages(-1),
        "pagedown" => palette.list.move_by_pages(1),
        "tab" => take(state),
        "backtab" => palette.list.move_by(-1),
        "ctrl-r" if palette.searching => palette.list.move_by(1),
        "ctrl-r" => search(state),
        "enter" => return choose(state),
        _ => {
            palette.input.handle_event(&Event::Key(*key));
            palette.recalled = 0;
            offer(state);
        }
    }
    Vec::new()
}

/// A text was pasted into it.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return Vec::new() };
    for c in crate::console::text::clean(text.trim()).chars() {
        palette.input.handle(InputRequest::InsertChar(c));
    }
    offer(state);
    Vec::new()
}

/// What is offered for the line as it is now.
fn offer(state: &mut State) {
    let Some(Overlay::Palette(palette)) = &state.overlay else { return };
    let line = palette.input.value();
    let offers = if palette.searching { offer::earlier(state, line) } else { offer::offers(state, line) };
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return };
    palette.list.set_len(offers.len());
    palette.list.set_cursor(0);
    palette.offers = offers;
}

/// Looks for a line that was run before, or for commands again.
fn search(state: &mut State) {
    if let Some(Overlay::Palette(palette)) = &mut state.overlay {
        palette.searching = !palette.searching;
    }
    offer(state);
}

/// A line that was run before, or after that; below the newest stands what was typed.
fn recall(state: &mut State, older: bool) {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return };
    if palette.recalled == 0 {
        palette.draft = palette.input.value().to_owned();
    }
    let ago = if older { palette.recalled + 1 } else { palette.recalled.saturating_sub(1) };
    let line = if ago == 0 { Some(palette.draft.as_str()) } else { state.past.ago(ago) };
    if let Some(line) = line {
        palette.input = Input::new(line.to_owned());
        palette.recalled = ago;
        offer(state);
    }
}

/// The offer under the cursor becomes the line, to be completed.
fn take(state: &mut State) {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return };
    let Some(chosen) = palette.offers.get(palette.list.cursor()) else { return };
    let more = match &chosen.does {
        Does::Run(command, None) => invoke::argument(*command).is_some(),
        _ => false,
    };
    let line = format!("{}{}", chosen.line, if more { " " } else { "" });
    palette.input = Input::new(line);
    palette.searching = false;
    palette.recalled = 0;
    offer(state);
}

/// Runs the offer under the cursor.
pub fn choose(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &state.overlay else { return Vec::new() };
    let Some(chosen) = palette.offers.get(palette.list.cursor()).cloned() else {
        let line = palette.input.value().trim().to_owned();
        state.warn(format!("there is no command '{line}'"));
        return Vec::new();
    };
    state.overlay = None;
    state.past.remember(&chosen.line);
    invoke::invoke(state, &chosen.does)
}
