//! Of the rows that a commit changed, those that a finding is about.

use crate::checks::{
    figures::{Cell, Change, Column, hash},
    judge::{Figure, Finding, Kind, Sign},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Rows of a finding that are shown: enough to see what they have in common.
const ROWS: usize = 5;

/// A row of a diff: each column with what it was and what it is; a side that is not there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What the commit did to it: added, removed, modified.
    pub change: String,
    /// The columns in their order.
    pub cells: Vec<ShownCell>,
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCell {
    /// The column.
    pub column: String,
    /// What it was; nothing in a row that is new.
    pub before: Cell,
    /// What it is; nothing in a row that is gone.
    pub after: Cell,
}

/// The rows that a finding is about, at most five.
pub fn pick(finding: &Finding, columns: &[Column], changes: Vec<Change>) -> Vec<Shown> {
    let place = finding.column.as_ref().and_then(|name| columns.iter().position(|column| column.name == *name));
    let Some(sign) = finding.signs.first() else { return Vec::new() };
    let fits: Vec<Change> = match (sign.kind, place) {
        (Kind::Repeated, _) => repeated(columns, changes),
        (_, Some(place)) => of_column(sign, columns, place, changes),
        (_, None) => changes.into_iter().filter(|change| of_table(sign.figure, change)).collect(),
    };
    fits.into_iter().take(ROWS).map(|change| shown(columns, change)).collect()
}

fn of_table(figure: Figure, change: &Change) -> bool {
    match figure {
        Figure::Added => change.before.is_none(),
        Figure::Removed | Figure::Rows => change.after.is_none(),
        Figure::Modified => change.before.is_some() && change.after.is_some(),
        _ => true,
    }
}

/// Rows that came more than once, or else all that came.
fn repeated(columns: &[Column], changes: Vec<Change>) -> Vec<Change> {
    let content = |cells: &[Cell]| {
        let parts = columns.iter().zip(cells).filter(|(column, _)| column.repeats).map(|(_, cell)| cell);
        hash(format!("{:?}", parts.collect::<Vec<_>>()).as_bytes())
    };
    let came: Vec<Change> = changes.into_iter().filter(|change| change.before.is_none()).collect();
    let mut counts: HashMap<u64, u32> = HashMap::new();
    came.iter().flat_map(|change| &change.after).for_each(|cells| *counts.entry(content(cells)).or_default() += 1);
    let twice = |change: &Change| change.after.as_ref().is_some_and(|cells| counts.get(&content(cells)) > Some(&1));
    if came.iter().any(twice) { came.into_iter().filter(twice).collect() } else { came }
}

fn of_column(sign: &Sign, columns: &[Column], place: usize, changes: Vec<Change>) -> Vec<Change> {
    let Some(column) = columns.get(place) else { return Vec::new() };
    let before = |change: &Change| change.before.as_ref().and_then(|cells| cells.get(place).cloned().flatten());
    let after = |change: &Change| change.after.as_ref().and_then(|cells| cells.get(place).cloned().flatten());
    let touched =
        |change: &Change| change.before.is_none() || change.after.is_none() || before(change) != after(change);
    let mut changes: Vec<Change> = changes.into_iter().filter(touched).collect();
    match (sign.kind, &sign.about) {
        (Kind::Nulls, _) if sign.value > sign.usual => {
            changes.retain(|change| change.after.is_some() && after(change).is_none());
        }
        (Kind::Vanished, Some(value)) => changes.retain(|change| before(change).as_ref() == Some(value)),
        (Kind::Constant, Some(value)) => changes.retain(|change| after(change).as_ref() == Some(value)),
        _ => {
            let measure = |change: &Change| after(change).and_then(|value| column.class.measure(&value));
            changes.retain(|change| change.after.is_some());
            // The farthest from what is usual first.
            let distance = |change: &Change| match (measure(change), sign.figure) {
                (Some(value), Figure::Min) => -value,
                (Some(value), Figure::Max) => value,
                (Some(value), _) if sign.kind == Kind::Spread => (value - sign.usual).abs(),
                (Some(value), _) => (value - sign.usual) * (sign.value - sign.usual).signum(),
                (None, _) => f64::NEG_INFINITY,
            };
            changes.sort_by(|one, other| distance(other).total_cmp(&distance(one)));
        }
    }
    changes
}

fn shown(columns: &[Column], change: Change) -> Shown {
    let word = match (&change.before, &change.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "modified",
    };
    let mut before = change.before.unwrap_or_default().into_iter();
    let mut after = change.after.unwrap_or_default().into_iter();
    let cells = columns.iter().map(|column| ShownCell {
        column: column.name.clone(),
        before: before.next().flatten(),
        after: after.next().flatten(),
    });
    Shown { change: word.to_owned(), cells: cells.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::figures::Class;

    fn columns() -> Vec<Column> {
        let column = |name: &str, class| Column { name: name.to_owned(), class, watched: true, repeats: name != "id" };
        vec![column("id", Class::Number), column("amount", Class::Number), column("status", Class::Text)]
    }

    fn row(id: u32, amount: Option<&str>, status: &str) -> Vec<Cell> {
        vec![Some(id.to_string()), amount.map(str::to_owned), Some(status.to_owned())]
    }

    fn finding(column: Option<&str>, kind: Kind, figure: Figure, about: Option<&str>) -> Finding {
        let sign = Sign { kind, figure, value: 9.0, usual: 1.0, score: None, about: about.map(str::to_owned) };
        Finding { commit: 0, seen: 0, column: column.map(str::to_owned), signs: vec![sign] }
    }

    fn ids(shown: &[Shown]) -> Vec<&str> {
        shown.iter().map(|row| row.cells[0].after.as_deref().or(row.cells[0].before.as_deref()).unwrap_or("")).collect()
    }

    fn changes() -> Vec<Change> {
        let added = |id, amount, status| Change { before: None, after: Some(row(id, amount, status)) };
        let modified =
            |id, from, to| Change { before: Some(row(id, Some("5"), from)), after: Some(row(id, Some("5"), to)) };
        vec![
            added(1, Some("3"), "new"),
            added(2, None, "new"),
            added(3, Some("900"), "new"),
            added(4, Some("3"), "new"),
            modified(5, "old", "new"),
            Change { before: Some(row(6, Some("1"), "old")), after: None },
        ]
    }

    #[test]
    fn the_rows_that_did_it_are_shown() {
        let of = |finding: Finding| pick(&finding, &columns(), changes());
        assert_eq!(ids(&of(finding(Some("amount"), Kind::Nulls, Figure::NullShare, None))), ["2"]);
        assert_eq!(ids(&of(finding(Some("amount"), Kind::Outlier, Figure::Max, None)))[0], "3");
        assert_eq!(ids(&of(finding(Some("status"), Kind::Vanished, Figure::Rows, Some("old")))), ["5", "6"]);
        assert_eq!(ids(&of(finding(None, Kind::Repeated, Figure::Repeated, None))), ["1", "4"]);
        assert_eq!(ids(&of(finding(None, Kind::Rows, Figure::Removed, None))), ["6"]);
        let shown = of(finding(Some("status"), Kind::Constant, Figure::TopShare, Some("new")));
        assert_eq!((shown.len(), shown[4].change.as_str()), (5, "modified"));
    }
}
