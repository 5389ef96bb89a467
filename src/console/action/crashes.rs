//! A database that ended unasked and runs again: told at the foot, once.
//!
//! Nothing else would tell it: between two looks it may have ended, started and served, so that its health never changed.
//! Its row says so for [`SHOWN`] afterwards, and the event stays.

use crate::console::{command::Command, state::State};
use doltops_proto::hosted_api::Deployment;
use std::collections::BTreeMap;

/// How long a row says so: who comes back from a coffee still sees it (milliseconds).
const SHOWN: i64 = 15 * 60_000;

/// When this one ended unasked, if it is to run and that is so new that its row says so at `now`, by the control plane's clock.
pub fn lately(row: &Deployment, now: i64) -> Option<i64> {
    let is_new = |crashed: &i64| *crashed != 0 && now - crashed < SHOWN;
    Some(row.crashed_ms).filter(is_new).filter(|_| row.health != "stopped")
}

/// When each of them ended last, before newer rows come; `None` while none are known: what was before one looked is no
/// news.
pub fn before(state: &State) -> Option<BTreeMap<String, i64>> {
    let ended = state.fleet.rows().iter().filter(|row| row.crashed_ms != 0);
    state.fleet.known.then(|| ended.map(|row| (row.name.clone(), row.crashed_ms)).collect())
}

/// Tells of those that have ended since.
pub fn tell(state: &mut State, before: Option<BTreeMap<String, i64>>) {
    let Some(before) = before else { return };
    let is_new = |row: &&Deployment| row.crashed_ms > before.get(&row.name).copied().unwrap_or(0);
    let mut ended = state.fleet.rows().iter().filter(is_new);
    let Some(first) = ended.next().map(|row| row.name.clone()) else { return };
    let more = match ended.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let events = state.keymap.way(Command::Events);
    let said = format!("{first}{more}: the database ended unasked and is started again ({events}: events)");
    if state.screen_reader {
        state.announced.push(said.clone());
    }
    state.warn(said);
}
