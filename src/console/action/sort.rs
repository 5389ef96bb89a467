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

/// As it is written: a column, and perhaps asc or desc.
///
/// # Errors
/// What cannot be read, and what can.
pub fn read(text: &str) -> Result<Sort, String> {
    let mut words = text.split_whitespace();
    let word = words.next().unwrap_or_default();
    let column: Column = word.parse().map_err(|()| format!("there is no column '{word}' to sort by"))?;
    match (words.next(), words.next()) {
        (None, _) => Ok(Sort::by(column)),
        (Some("asc"), None) => Ok(Sort { column, descending: false }),
        (Some("desc"), None) => Ok(Sort { column, descending: true }),
        (Some(other), _) => Err(format!("after a column stands asc or desc, not '{other}'")),
    }
}

/// Sorts so, and says so.
pub fn by(state: &mut State, sort: Sort) -> Vec<Effect> {
    state.fleet.set_sort(sort);
    let word = sort.column.word();
    state.say(match (sort.column, sort.descending) {
        (Column::Health, true) => "sorted by health, what needs a person first".to_owned(),
        (_, true) => format!("sorted by {word}, descending"),
        (_, false) => format!("sorted by {word}, ascending"),
    });
    Vec::new()
}
