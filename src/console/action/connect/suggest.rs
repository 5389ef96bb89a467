//! What can be written at the cursor: offered as one types, taken by Tab.
//!
//! Enter takes an offer only after an arrow has chosen one: who types on and ends a line must never get another word.

use super::{top, waiting};
use crate::{
    console::{
        effect::Effect,
        state::{
            State, Ticket,
            connect::{Connect, Suggest},
        },
    },
    sql::{catalog::Catalog, complete},
};
use std::sync::Arc;

/// A longer text is pasted, not written: nothing is offered in it, so that a key stays quick.
const LONGEST: usize = 64 << 10;

/// The names have come.
pub fn learn(state: &mut State, ticket: Ticket, catalog: Arc<Catalog>) -> Vec<Effect> {
    if let Some(connect) = waiting(state, ticket) {
        connect.catalog = catalog;
    }
    Vec::new()
}

/// Ctrl+Space.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let Some(connect) = top(state) else { return Vec::new() };
    offer(connect, true);
    if connect.suggest.is_none() {
        state.warn("nothing is known that could stand here");
    }
    Vec::new()
}

/// After a key has changed the text: characters open the list, whatever moves the cursor closes it.
pub fn refresh(connect: &mut Connect, key: &str) {
    let writes = key.chars().count() == 1 || key == "backspace" && connect.suggest.is_some();
    connect.suggest = None;
    if writes {
        offer(connect, false);
    }
}

fn offer(connect: &mut Connect, asked: bool) {
    let (text, place) = (connect.text(), connect.place());
    if text.len() > LONGEST {
        return;
    }
    let database = connect.standing.database.clone();
    let found = complete::at(&text, place, &connect.catalog, database.as_deref(), asked);
    connect.suggest = found.map(|offer| Suggest {
        typed: text[offer.range].chars().count(),
        candidates: offer.candidates,
        chosen: 0,
        touched: false,
    });
}

/// A key while something is offered; false when it is not about that.
pub fn press(connect: &mut Connect, key: &str) -> bool {
    let Some(suggest) = &mut connect.suggest else { return false };
    let last = suggest.candidates.len().saturating_sub(1);
    match key {
        "down" => suggest.chosen = if suggest.touched { (suggest.chosen + 1).min(last) } else { 1.min(last) },
        "up" if suggest.touched => suggest.chosen = suggest.chosen.saturating_sub(1),
        "tab" => return take(connect),
        "enter" if suggest.touched => return take(connect),
        _ => return false,
    }
    suggest.touched = true;
    true
}

fn take(connect: &mut Connect) -> bool {
    let Some(suggest) = connect.suggest.take() else { return false };
    let Some(candidate) = suggest.candidates.get(suggest.chosen) else { return false };
    connect.editor.cancel_selection();
    for _ in 0..suggest.typed {
        connect.editor.delete_char();
    }
    connect.editor.insert_str(&candidate.text);
    connect.mark = None;
    true
}
