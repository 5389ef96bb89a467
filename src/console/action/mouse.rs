//! What a click and the wheel do: no more than keys do, and never the last key of a change.

use crate::console::{
    action::{self, look, moves, palette, panes, sort, whole},
    command::{COMMANDS, Command},
    effect::Effect,
    message::{Mouse, Pointed},
    state::{
        Layer, Place, Screen, State,
        columns::{Column, Sort},
        connect::Focus,
        hits::Target,
        overlay::Overlay,
    },
};

/// How many lines a notch of the wheel moves, as in most programs.
const NOTCH: isize = 3;

/// The mouse did something.
pub fn pointed(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    state.pending.clear();
    if state.layer() == Layer::TooSmall {
        return Vec::new();
    }
    match mouse.what {
        Pointed::WheelUp => scroll(state, -NOTCH),
        Pointed::WheelDown => scroll(state, NOTCH),
        Pointed::Press | Pointed::Double => {
            state.notice = None;
            let Some((target, below)) = state.hits.at(mouse.column, mouse.row) else { return Vec::new() };
            match target {
                Target::Rows(first) => row(state, first + usize::from(below), mouse.what == Pointed::Double),
                Target::Heading(column) if state.overlay.is_none() => sort(state, column),
                Target::Heading(_) => Vec::new(),
                Target::Beside => panes::switch(state),
                Target::Hint(command) => action::run(state, command),
            }
        }
    }
}

fn scroll(state: &mut State, lines: isize) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Help(list)) => list.move_by(lines),
        Some(Overlay::Palette(palette)) => palette.list.move_by(lines),
        Some(Overlay::Themes(_)) => return look::preview(state, |list| list.move_by(lines.signum())),
        Some(Overlay::Whole(_)) => whole::scroll(state, lines),
        Some(Overlay::Columns(picker)) => picker.list.move_by(lines),
        Some(Overlay::Past(search)) => search.list.move_by(lines),
        Some(Overlay::Line(_) | Overlay::Question(_) | Overlay::Prompt(_) | Overlay::Quit(_)) => {}
        None => return moves::by(state, lines),
    }
    Vec::new()
}

/// A click puts the cursor there; a second one does what Enter does.
fn row(state: &mut State, index: usize, twice: bool) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Palette(palette)) => {
            palette.list.set_cursor(index);
            return if twice { palette::choose(state) } else { Vec::new() };
        }
        Some(Overlay::Themes(_)) => return look::preview(state, |list| list.set_cursor(index)),
        Some(Overlay::Columns(picker)) => picker.list.set_cursor(index),
        Some(Overlay::Past(search)) => search.list.set_cursor(index),
        Some(_) => {}
        None => return on_screen(state, index, twice),
    }
    Vec::new()
}

fn on_screen(state: &mut State, index: usize, twice: bool) -> Vec<Effect> {
    if let Some(Screen::Connect(connect)) = state.screens.last_mut() {
        connect.focus = Focus::Results;
    }
    if state.list().is_none_or(|list| index >= list.len()) {
        return Vec::new();
    }
    let mut effects = moves::to(state, index);
    if let Some(command) = opening(state.place()).filter(|_| twice) {
        effects.extend(action::run(state, command));
    }
    effects
}

/// What opens a row in this place: what the registry has on Enter there, unless it changes something.
fn opening(place: Place) -> Option<Command> {
    let opens = |entry: &&crate::console::command::Entry| {
        entry.places.contains(&place) && entry.keys.contains(&"enter") && !entry.changes
    };
    COMMANDS.iter().find(opens).map(|entry| entry.command)
}

fn sort(state: &mut State, column: Column) -> Vec<Effect> {
    // A second click on the same heading turns the order round, as in most tables.
    match state.fleet.sort().column == column {
        true => sort::reverse(state),
        false => sort::by(state, Sort::by(column)),
    }
}
