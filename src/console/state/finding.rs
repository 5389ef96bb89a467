//! A flagged commit: what it changed in the table, with the rows that did it on top.

use super::{Ticket, list::List, loaded::Loaded};
use crate::{
    checks::{
        curves::Flag,
        history::{Changes, Part, Shown, ShownCell},
    },
    hosted_api::problem::Problem,
};
use std::sync::Arc;

/// The screen.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Of which deployment; none: of the control plane itself.
    pub name: Option<String>,
    /// Of which database.
    pub database: String,
    /// The commit, and what it did.
    pub flag: Arc<Flag>,
    /// What it changed in the table.
    pub changes: Loaded<()>,
    /// Rows, those that it is about first, and whether they did it.
    rows: Vec<(bool, Shown)>,
    /// Whether the commit changed more of them.
    pub more: bool,
    /// The cursor.
    pub list: List,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Finding {
    /// Of a flag; what is known of it is there at once.
    pub fn of(name: Option<String>, database: String, flag: Arc<Flag>, ticket: Ticket, now: i64) -> Self {
        let did = did(&flag);
        let rows: Vec<(bool, Shown)> = flag.evidence.rows.iter().map(|row| (did, row.clone())).collect();
        let mut list = List::default();
        list.set_len(rows.len());
        // What a constraint returned is all that there is to see, since it names no table; and so is what was there first.
        let changes = if flag.table.is_empty() || flag.commit.parent.is_none() {
            Loaded { value: Some(()), problem: None, since: None }
        } else {
            Loaded::asked(now)
        };
        Self { name, database, flag, changes, rows, more: false, list, ticket }
    }

    /// What the commit changed is here.
    pub fn set(&mut self, answer: Result<Changes, Problem>) {
        let changes = match answer {
            Ok(changes) => changes,
            Err(problem) => return self.changes.set(Err(problem)),
        };
        let mut rows: Vec<Option<Shown>> = changes.rows.into_iter().map(Some).collect();
        // What was kept stands first, with all its columns where it is among what was read.
        let mut first: Vec<Shown> = Vec::new();
        for known in &self.flag.evidence.rows {
            let read = rows.iter_mut().find(|row| row.as_ref().is_some_and(|row| is_same(known, row)));
            first.push(read.and_then(Option::take).unwrap_or_else(|| known.clone()));
        }
        first.extend(changes.about.iter().filter_map(|place| rows.get_mut(*place)?.take()));
        let did = did(&self.flag);
        let others = rows.into_iter().flatten().map(|row| (false, row));
        self.rows = first.into_iter().map(|row| (did, row)).chain(others).collect();
        self.more = changes.more;
        self.list.set_len(self.rows.len());
        self.changes.set(Ok(()));
    }

    /// The row at this place, and whether it did it.
    pub fn at(&self, place: usize) -> Option<&(bool, Shown)> {
        self.rows.get(place)
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&(bool, Shown)> {
        self.at(self.list.cursor())
    }

    /// How many of the rows did it.
    pub fn guilty(&self) -> usize {
        self.rows.iter().filter(|(did, _)| *did).count()
    }

    /// The columns, with that of the finding right after the first one.
    pub fn columns(&self) -> Vec<&str> {
        let cells = self.rows.iter().map(|(_, row)| &row.cells).max_by_key(|cells| cells.len());
        let mut columns: Vec<&str> = cells.into_iter().flatten().map(|cell| cell.column.as_str()).collect();
        if let Some(at) = columns.iter().position(|column| *column == self.flag.column).filter(|at| *at > 1) {
            let about = columns.remove(at);
            columns.insert(1, about);
        }
        columns
    }
}

/// A cell in words: both sides where they differ.
pub fn said(change: &Shown, cell: &ShownCell) -> String {
    let value = |value: &Option<String>| match value.as_deref() {
        None => "NULL".to_owned(),
        Some("") => "''".to_owned(),
        Some(text) => text.to_owned(),
    };
    match change.change.as_str() {
        "modified" if cell.before != cell.after => format!("{} → {}", value(&cell.before), value(&cell.after)),
        "removed" => value(&cell.before),
        _ => value(&cell.after),
    }
}

/// Whether each row that it is about did it by itself.
fn did(flag: &Flag) -> bool {
    flag.evidence.part == Part::Each
}

/// Whether a row is the one that was kept; only the watched columns were.
fn is_same(kept: &Shown, row: &Shown) -> bool {
    let fits = |cell: &ShownCell| row.cells.contains(cell);
    kept.change == row.change && kept.cells.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{history::Evidence, report::CommitReport};

    fn row(cells: &[(&str, &str)]) -> Shown {
        let cell = |(column, after): &(&str, &str)| ShownCell {
            column: (*column).to_owned(),
            before: None,
            after: Some((*after).to_owned()),
        };
        Shown { change: "added".into(), cells: cells.iter().map(cell).collect() }
    }

    fn finding(rows: Vec<Shown>) -> Finding {
        let flag = Flag {
            place: 4,
            commit: CommitReport::default(),
            until: CommitReport::default(),
            table: "orders".into(),
            column: "amount".into(),
            kind: "outlier",
            what: String::new(),
            evidence: Evidence { of: rows.len(), rows, counted: true, part: Part::Each },
            sign: None,
            columns: Vec::new(),
            diff: None,
        };
        Finding::of(None, "shop".into(), Arc::new(flag), Ticket(1), 0)
    }

    #[test]
    fn the_rows_that_did_it_come_first_wherever_they_are_in_the_diff() {
        let mut finding =
            finding(vec![row(&[("id", "7"), ("amount", "900")]), row(&[("id", "99"), ("amount", "800")])]);
        assert_eq!(finding.list.len(), 2, "what was kept is shown at once");
        let full = |id: &str, amount: &str| row(&[("id", id), ("note", "x"), ("amount", amount)]);
        let rows = vec![full("1", "3"), full("7", "900"), full("8", "4"), full("9", "850")];
        finding.set(Ok(Changes { rows, more: true, about: vec![1, 3] }));
        let order: Vec<(bool, &str)> = (0..5)
            .filter_map(|place| finding.at(place))
            .map(|(did, row)| (*did, row.cells[0].after.as_deref().unwrap_or_default()))
            .collect();
        // Nine was not among those that were kept, and did it all the same.
        assert_eq!(order, [(true, "7"), (true, "99"), (true, "9"), (false, "1"), (false, "8")]);
        assert_eq!(finding.guilty(), 3);
        assert_eq!(finding.columns(), ["id", "amount", "note"]);
    }

    #[test]
    fn rows_that_did_it_together_are_not_marked() {
        let mut finding = finding(vec![row(&[("id", "7")])]);
        Arc::make_mut(&mut finding.flag).evidence.part = Part::Farthest;
        let rows = vec![row(&[("id", "1")]), row(&[("id", "5")]), row(&[("id", "7")])];
        finding.set(Ok(Changes { rows, more: false, about: vec![2, 1, 0] }));
        let order: Vec<&str> = (0..3)
            .filter_map(|place| finding.at(place))
            .map(|(_, row)| row.cells[0].after.as_deref().unwrap_or_default())
            .collect();
        assert_eq!((order, finding.guilty()), (vec!["7", "5", "1"], 0));
    }

    #[test]
    fn what_was_kept_stays_when_the_rest_cannot_be_read() {
        let mut finding = finding(vec![row(&[("id", "7")])]);
        finding.set(Err(Problem::invalid("sql", "it is away")));
        assert!(finding.changes.problem.is_some() && finding.selected().is_some());
    }
}
