//! Choosing the columns of the fleet's table; the table follows as one chooses.

use crate::console::{
    effect::Effect,
    state::{
        State,
        columns::{ALL, Column, USUAL},
        list::List,
        overlay::{Overlay, Picker},
    },
};

/// Opens the picker: those that are shown in their order, then the others.
pub fn open(state: &mut State) -> Vec<Effect> {
    let before = state.fleet.columns.clone();
    let mut list = List::default();
    list.set_len(ALL.len());
    state.overlay = Some(Overlay::Columns(Picker { order: order(&before), list, before }));
    Vec::new()
}

/// All columns, those that are shown first.
fn order(shown: &[Column]) -> Vec<Column> {
    shown.iter().copied().chain(ALL.into_iter().filter(|column| !shown.contains(column))).collect()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let Some(Overlay::Columns(picker)) = &mut state.overlay else { return Vec::new() };
    let shown = &mut state.fleet.columns;
    let at = picker.list.cursor();
    match key {
        "up" | "k" => picker.list.move_by(-1),
        "down" | "j" => picker.list.move_by(1),
        "home" | "g" => picker.list.set_cursor(0),
        "end" | "G" => picker.list.set_cursor(usize::MAX),
        "space" | "x" if picker.order.get(at) == Some(&Column::Name) => {
            state.warn("the name is always shown: without it no row can be told from another");
        }
        "space" | "x" => {
            let Some(column) = picker.order.get(at).copied() else { return Vec::new() };
            if shown.contains(&column) {
                shown.retain(|other| *other != column);
            } else {
                *shown =
                    picker.order.iter().copied().filter(|other| *other == column || shown.contains(other)).collect();
            }
        }
        "K" | "J" => {
            let to = if key == "K" { at.checked_sub(1) } else { Some(at + 1).filter(|to| *to < picker.order.len()) };
            if let Some(to) = to {
                picker.order.swap(at, to);
                picker.list.set_cursor(to);
                *shown = picker.order.iter().copied().filter(|column| shown.contains(column)).collect();
            }
        }
        "d" => {
            *shown = USUAL.to_vec();
            picker.order = order(shown);
        }
        "enter" | "q" => state.overlay = None,
        "esc" => {
            shown.clone_from(&picker.before);
            state.overlay = None;
        }
        _ => {}
    }
    Vec::new()
}
