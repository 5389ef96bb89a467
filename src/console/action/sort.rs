//! The order of the fleet's table.

use crate::console::{
    effect::Effect,
    state::{
        State,
        columns::{Column, Sort},
    },
};

/// By the next of the columns that are shown, the way round that is asked for most often.
pub fn next(state: &mut State) -> Vec<Effect> {
    let fleet = &state.fleet;
    let shown = &fleet.columns;
    let place = shown.iter().position(|column| *column == fleet.sort().column);
    let next = place.map_or(0, |place| (place + 1) % shown.len().max(1));
    let column = shown.get(next).copied().unwrap_or(Column::Name);
    by(state, Sort::by(column))
}

/// The other way round.
pub fn reverse(state: &mut State) -> Vec<Effect> {
    let sort = state.fleet.sort();
    by(state, Sort { descending: !sort.descending, ..sort })
}

/// Sorts so, and says so.
fn by(state: &mut State, sort: Sort) -> Vec<Effect> {
    state.fleet.set_sort(sort);
    let word = sort.column.word();
    state.say(match (sort.column, sort.descending) {
        (Column::Health, true) => "sorted by health, what needs a person first".to_owned(),
        (_, true) => format!("sorted by {word}, descending"),
        (_, false) => format!("sorted by {word}, ascending"),
    });
    Vec::new()
}
