//! What a screen reader is told of what changed by itself: how deployments are, and who answers.

use crate::console::state::{Link, State};
use std::collections::BTreeMap;

/// How many changes are kept on the screen: what was said before them has been read, or is in the events.
const KEPT: usize = 4;

/// How everything was before a message.
pub struct Before {
    health: BTreeMap<String, String>,
    live: bool,
    known: bool,
}

/// Notes how everything is; `None` where nobody is told.
pub fn before(state: &State) -> Option<Before> {
    state.screen_reader.then(|| Before {
        health: state.fleet.rows().iter().map(|row| (row.name.clone(), row.health.clone())).collect(),
        live: state.link == Link::Live,
        known: state.fleet.known,
    })
}

/// Tells what is different now.
pub fn changes(state: &mut State, before: Option<Before>) {
    let Some(before) = before else { return };
    let mut told = Vec::new();
    match (&state.link, before.live) {
        (Link::Lost(_, problem), true) => told.push(format!("no answer: {}", problem.what)),
        (Link::Live, false) => told.push("connected".to_owned()),
        _ => {}
    }
    // The first answer is no change.
    if before.known {
        for row in state.fleet.rows() {
            match before.health.get(&row.name) {
                None => told.push(format!("{}: new, {}", row.name, row.health)),
                Some(was) if *was != row.health => told.push(format!("{}: {was} → {}", row.name, row.health)),
                Some(_) => {}
            }
        }
        let gone = before.health.keys().filter(|name| state.fleet.find(name).is_none());
        told.extend(gone.map(|name| format!("{name}: gone")));
    }
    state.announced.extend(told);
    let old = state.announced.len().saturating_sub(KEPT);
    state.announced.drain(..old);
}
