//! The palette: any command by its name, fuzzily, with a deployment's name after it.

use crate::console::{
    action,
    command::{COMMANDS, Command, entry},
    effect::Effect,
    fuzzy::Filter,
    state::{
        State,
        overlay::{Overlay, Palette},
    },
};
use crossterm::event::{Event, KeyEvent};
use tui_input::{InputRequest, backend::crossterm::EventHandler};

/// Opens it with every command.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut palette = Palette::default();
    find(&mut palette, &[], state.read_only);
    state.overlay = Some(Overlay::Palette(palette));
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let names = names(state);
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return Vec::new() };
    match name {
        "esc" => state.overlay = None,
        "up" | "ctrl-p" | "backtab" => palette.list.move_by(-1),
        "down" | "ctrl-n" | "tab" => palette.list.move_by(1),
        "enter" => return choose(state),
        _ => {
            palette.input.handle_event(&Event::Key(*key));
            find(palette, &names, state.read_only);
        }
    }
    Vec::new()
}

/// A text was pasted into it.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let names = names(state);
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return Vec::new() };
    for c in crate::console::text::clean(text.trim()).chars() {
        palette.input.handle(InputRequest::InsertChar(c));
    }
    find(palette, &names, state.read_only);
    Vec::new()
}

fn names(state: &State) -> Vec<String> {
    state.fleet.rows().iter().map(|row| row.name.clone()).collect()
}

/// The typed words, and the deployment where the last of them names one.
fn parts<'a>(typed: &'a str, names: &[String]) -> (&'a str, Option<&'a str>) {
    match typed.trim().rsplit_once(' ') {
        Some((words, last)) if names.iter().any(|name| name == last) => (words, Some(last)),
        _ => (typed.trim(), None),
    }
}

fn find(palette: &mut Palette, names: &[String], read_only: bool) {
    let (words, _) = parts(palette.input.value(), names);
    let mut filter = Filter::new(words);
    let mut found: Vec<(u32, Command)> = COMMANDS
        .iter()
        .filter(|entry| entry.palette && (!read_only || !entry.changes))
        .filter_map(|entry| filter.score(entry.name).map(|score| (score, entry.command)))
        .collect();
    // Stable: what matches equally well stays in the registry's order.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    palette.matches = found.into_iter().map(|(_, command)| command).collect();
    palette.list.set_len(palette.matches.len());
    palette.list.set_cursor(0);
}

/// Runs what the cursor is on.
pub fn choose(state: &mut State) -> Vec<Effect> {
    let names = names(state);
    let Some(Overlay::Palette(palette)) = &state.overlay else { return Vec::new() };
    let Some(command) = palette.matches.get(palette.list.cursor()).copied() else { return Vec::new() };
    let name = parts(palette.input.value(), &names).1.map(str::to_owned);
    let mut effects = Vec::new();
    state.overlay = None;
    if let Some(name) = name {
        while !state.screens.is_empty() {
            effects.extend(action::screens::pop(state));
        }
        state.fleet.set_filter(String::new());
        state.fleet.select(&name);
    } else if !entry(command).places.contains(&state.place()) {
        state.warn(format!("{} does not apply here", entry(command).name));
        return effects;
    }
    effects.extend(action::run(state, command));
    effects
}
