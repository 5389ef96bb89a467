//! Of the rows that a commit changed, those that a finding is about.
//!
//! Some findings have rows that did it, each by itself: those that came without a value, those that are gone. Others no
//! row did alone: a mean that lies elsewhere is made by all that came. What is shown says which, and of how many it is a
//! sample, so that five rows are never taken for the culprits of thirty.

use crate::checks::{
    figures::{Cell, Change, Column, hash},
    judge::{Figure, Finding, Kind, Sign},
};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, collections::HashMap};

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

/// What rows have to do with a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Each of them did it.
    Each,
    /// They did it together; those that are farthest from what is usual stand first.
    Farthest,
    /// They did it together.
    #[default]
    Together,
}

/// The rows that a finding is about: a few of them, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The first few.
    pub rows: Vec<Shown>,
    /// How many there are.
    #[serde(rename = "rows_of")]
    pub of: usize,
    /// Whether the diff was read to its end; otherwise there may be more.
    #[serde(rename = "rows_counted")]
    pub counted: bool,
    /// What they have to do with it.
    #[serde(rename = "rows_part")]
    pub part: Part,
}

impl Evidence {
    /// Whether there are rows that are not among those that are shown.
    pub fn has_more(&self) -> bool {
        self.rows.len() < self.of || !self.counted
    }
}

/// The rows that a finding is about, at most five. `counted`: these are all changes.
pub fn pick(finding: &Finding, columns: &[Column], changes: Vec<Change>, counted: bool) -> Evidence {
    let Some(sign) = finding.signs.first() else { return Evidence::default() };
    let (places, part) = about(sign, finding.column.as_deref(), columns, &changes);
    let of = places.len();
    let mut changes: Vec<Option<Change>> = changes.into_iter().map(Some).collect();
    let first = places.into_iter().take(ROWS).filter_map(|place| changes.get_mut(place)?.take());
    Evidence { rows: first.map(|change| shown(columns, change)).collect(), of, counted, part }
}

/// The places of the rows that a sign is about, those that tell most first.
pub fn places(sign: &Sign, column: &str, columns: &[Column], rows: &[Shown]) -> Vec<usize> {
    let cells = |row: &Shown, side: fn(&ShownCell) -> &Cell| {
        let of =
            |column: &Column| row.cells.iter().find(|cell| cell.column == column.name).and_then(|it| side(it).clone());
        columns.iter().map(of).collect::<Vec<_>>()
    };
    let change = |row: &Shown| Change {
        before: (row.change != "added").then(|| cells(row, |cell| &cell.before)),
        after: (row.change != "removed").then(|| cells(row, |cell| &cell.after)),
    };
    let changes: Vec<Change> = rows.iter().map(change).collect();
    about(sign, Some(column).filter(|name| !name.is_empty()), columns, &changes).0
}

fn about(sign: &Sign, column: Option<&str>, columns: &[Column], changes: &[Change]) -> (Vec<usize>, Part) {
    let place = column.and_then(|name| columns.iter().position(|column| column.name == name));
    match (sign.kind, place) {
        (Kind::Repeated, _) => (repeated(columns, changes), Part::Together),
        (_, Some(place)) => of_column(sign, columns, place, changes),
        (_, None) => (those(changes, |change| of_table(sign.figure, change)), Part::Each),
    }
}

fn those(changes: &[Change], fits: impl Fn(&Change) -> bool) -> Vec<usize> {
    changes.iter().enumerate().filter(|(_, change)| fits(change)).map(|(place, _)| place).collect()
}

fn of_table(figure: Figure, change: &Change) -> bool {
    match figure {
        Figure::Added => change.before.is_none(),
        Figure::Removed | Figure::Rows => change.after.is_none(),
        Figure::Modified => change.before.is_some() && change.after.is_some(),
        _ => true,
    }
}

/// The rows that came, those that came more than once first. Which of the others were there already the diff cannot tell.
fn repeated(columns: &[Column], changes: &[Change]) -> Vec<usize> {
    let content = |cells: &[Cell]| {
        let parts = columns.iter().zip(cells).filter(|(column, _)| column.repeats).map(|(_, cell)| cell);
        hash(format!("{:?}", parts.collect::<Vec<_>>()).as_bytes())
    };
    let mut came = those(changes, |change| change.before.is_none());
    let key = |place: &usize| changes.get(*place).and_then(|change| change.after.as_deref()).map(content);
    let mut counts: HashMap<u64, u32> = HashMap::new();
    came.iter().filter_map(key).for_each(|content| *counts.entry(content).or_default() += 1);
    came.sort_by_key(|place| key(place).and_then(|content| counts.get(&content)) < Some(&2));
    came
}

/// The rows that say something of a column, and what they have to do with it.
fn of_column(sign: &Sign, columns: &[Column], place: usize, changes: &[Change]) -> (Vec<usize>, Part) {
    let Some(column) = columns.get(place) else { return (Vec::new(), Part::Together) };
    let side = |cells: &Option<Vec<Cell>>| cells.as_ref().and_then(|cells| cells.get(place).cloned().flatten());
    let (before, after) = (|change: &Change| side(&change.before), |change: &Change| side(&change.after));
    let measure = |change: &Change| after(change).and_then(|value| column.class.measure(&value));
    let touched =
        |change: &Change| change.before.is_none() || change.after.is_none() || before(change) != after(change);
    let came = |change: &Change| change.after.is_some() && touched(change);
    let each = |fits: &dyn Fn(&Change) -> bool| (those(changes, |change| touched(change) && fits(change)), Part::Each);
    let beyond = |bound: f64, above: bool| {
        let fits = |value: f64| if above { value > bound } else { value < bound };
        let (mut places, part) = each(&|change| measure(change).is_some_and(fits));
        let sign = if above { -1.0 } else { 1.0 };
        places.sort_by(|one, other| by(changes, *one, *other, |change| measure(change).map(|value| sign * value)));
        (places, part)
    };
    let above = sign.value > sign.usual;
    match (sign.kind, sign.figure, &sign.about) {
        (Kind::Nulls, ..) | (Kind::Bound, Figure::Nulls | Figure::NullShare, _) if above => {
            each(&|change| change.after.is_some() && after(change).is_none())
        }
        (Kind::Vanished, Figure::Rows, Some(value)) => each(&|change| before(change).as_ref() == Some(value)),
        (Kind::Constant, _, Some(value)) => each(&|change| after(change).as_ref() == Some(value)),
        // Where one value lies far out, another may be a little above all before as well: that one did nothing.
        (Kind::Outlier, ..) => beyond(f64::midpoint(sign.value, sign.usual), above),
        (Kind::Bound, Figure::Max, _) if above => beyond(sign.usual, true),
        (Kind::Bound, Figure::Min, _) if !above => beyond(sign.usual, false),
        (Kind::Shifted | Kind::Drift, figure, _) if figure != Figure::NullShare => {
            let mut places = those(changes, came);
            let near = |change: &Change| measure(change).map(|value| if above { -value } else { value });
            places.sort_by(|one, other| by(changes, *one, *other, near));
            (places, Part::Farthest)
        }
        _ => (those(changes, came), Part::Together),
    }
}

/// The order of two rows by a number of theirs; without one last.
fn by(changes: &[Change], one: usize, other: usize, number: impl Fn(&Change) -> Option<f64>) -> Ordering {
    let of = |place: usize| changes.get(place).and_then(&number).unwrap_or(f64::INFINITY);
    of(one).total_cmp(&of(other))
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
        let of = |finding: Finding| pick(&finding, &columns(), changes(), true);
        let each = |finding: Finding| {
            let evidence = of(finding);
            assert_eq!((evidence.of, evidence.part), (evidence.rows.len(), Part::Each));
            ids(&evidence.rows).join(" ")
        };
        assert_eq!(each(finding(Some("amount"), Kind::Nulls, Figure::NullShare, None)), "2");
        assert_eq!(each(finding(Some("amount"), Kind::Outlier, Figure::Max, None)), "3");
        assert_eq!(each(finding(Some("status"), Kind::Vanished, Figure::Rows, Some("old"))), "5 6");
        assert_eq!(each(finding(None, Kind::Rows, Figure::Removed, None)), "6");
        let constant = of(finding(Some("status"), Kind::Constant, Figure::TopShare, Some("new")));
        assert_eq!((constant.rows.len(), constant.rows[4].change.as_str()), (5, "modified"));
    }

    /// No row made the mean: five are a sample of all that came.
    #[test]
    fn what_rows_did_together_is_said_of_all_that_came() {
        let of = |finding: Finding| pick(&finding, &columns(), changes(), true);
        let shifted = of(finding(Some("amount"), Kind::Shifted, Figure::Mean, None));
        assert_eq!((ids(&shifted.rows)[0], shifted.of, shifted.part), ("3", 4, Part::Farthest));
        let again = of(finding(None, Kind::Repeated, Figure::Repeated, None));
        assert_eq!((ids(&again.rows), again.part), (vec!["1", "4", "2", "3"], Part::Together));
    }

    #[test]
    fn a_sample_says_of_how_many_it_is() {
        let many: Vec<Change> = (0..30).map(|id| Change { before: None, after: Some(row(id, None, "new")) }).collect();
        let nulls = finding(Some("amount"), Kind::Nulls, Figure::NullShare, None);
        let evidence = pick(&nulls, &columns(), many.clone(), true);
        assert_eq!((evidence.rows.len(), evidence.of, evidence.has_more()), (5, 30, true));
        assert!(pick(&nulls, &columns(), many[..3].to_vec(), false).has_more(), "the diff goes on");
        assert!(!pick(&nulls, &columns(), many[..3].to_vec(), true).has_more());
        // Rows that are shown with all their columns are told apart the same way.
        let rows: Vec<Shown> = changes().into_iter().map(|change| shown(&columns(), change)).collect();
        assert_eq!(places(&nulls.signs[0], "amount", &columns(), &rows), [1]);
        let removed = finding(None, Kind::Rows, Figure::Removed, None);
        assert_eq!(places(&removed.signs[0], "", &columns(), &rows), [5]);
    }
}
