//! A table's figures, kept up to date by the rows that commits change.

use super::{
    Cell, Change, Column, ColumnRecord, Figures, Numbers, Record, Values,
    arrived::{Arrived, LEAST, Tally},
    hash,
};
use serde::{Deserialize, Serialize};

/// Different values of a column that are counted apart; beyond, they are sampled, good to half a percent. 64 Ki take some
/// two megabytes in memory.
const VALUES: usize = 1 << 16;

/// The same for whole rows: repetitions are only seen among those that are counted, so it is larger. A million rows take
/// some 30 MB in memory and 8 on disk.
const ROWS: usize = 1 << 20;

/// A column with more different values than this has no categories that could vanish.
const CATEGORIES: f64 = 256.0;

/// Rows that had a value before it may be said to have vanished: a value of three rows comes and goes.
const COMMON: u32 = 10;

/// A table's counts, and what waits to be judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    columns: Vec<Column>,
    rows: u64,
    contents: Values,
    counts: Vec<Counts>,
    /// Repetitions among rows that came, and rows that came, which are not judged yet.
    repeated: (u64, u64),
    pools: Vec<Arriving>,
}

/// What comes to a column: in new rows, and into rows that were there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Arriving {
    added: Arrived,
    changed: Arrived,
}

/// A column's counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counts {
    nulls: u64,
    values: Values,
    numbers: Numbers,
}

/// A commit that is being read.
#[derive(Debug)]
pub struct Commit<'t> {
    table: &'t mut Table,
    record: Record,
    arrived: Vec<Arriving>,
    left: Vec<Tally>,
    touched: Vec<bool>,
    repeated: (u64, u64),
}

impl Table {
    /// An empty one.
    pub fn new(columns: Vec<Column>) -> Self {
        let counts = |_: &Column| Counts { nulls: 0, values: Values::new(VALUES), numbers: Numbers::default() };
        Self {
            rows: 0,
            contents: Values::new(ROWS),
            counts: columns.iter().map(counts).collect(),
            repeated: (0, 0),
            pools: columns.iter().map(|_| Arriving::default()).collect(),
            columns,
        }
    }

    /// Its columns, in the order of the cells.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts in a row that was there before the first commit that is judged.
    pub fn put(&mut self, cells: &[Cell]) {
        self.rows += 1;
        self.count(cells);
        if let Some(content) = self.content(cells) {
            self.contents.add(content);
        }
    }

    /// Follows a commit: give it every change, then end it.
    pub fn commit(&mut self, commit: usize) -> Commit<'_> {
        let columns = self.columns.len();
        Commit {
            record: Record { commit, before: self.rows, ..Record::default() },
            arrived: (0..columns).map(|_| Arriving::default()).collect(),
            left: (0..columns).map(|_| Tally::default()).collect(),
            touched: vec![false; columns],
            repeated: (0, 0),
            table: self,
        }
    }

    /// Forgets what waits to be judged: what follows is no part of the same history.
    pub fn settle(&mut self) {
        self.pools.fill_with(Arriving::default);
        self.repeated = (0, 0);
    }

    /// Figures of one column.
    pub fn figures(&self, column: usize) -> Option<Figures> {
        let counts = self.counts.get(column)?;
        Some(Figures {
            nulls: counts.nulls,
            distinct: counts.values.distinct(),
            most: counts.values.most(),
            measures: counts.numbers.measures(),
        })
    }

    fn count(&mut self, cells: &[Cell]) {
        for (place, cell) in cells.iter().enumerate() {
            self.enter(place, cell.as_deref());
        }
    }

    fn enter(&mut self, place: usize, cell: Option<&str>) {
        let (Some(column), Some(counts)) = (self.columns.get(place), self.counts.get_mut(place)) else { return };
        match cell.filter(|_| column.watched) {
            Some(value) => {
                counts.values.add(hash(value.as_bytes()));
                column.class.measure(value).into_iter().for_each(|number| counts.numbers.add(number));
            }
            None => counts.nulls += u64::from(column.watched),
        }
    }

    fn leave(&mut self, place: usize, cell: Option<&str>) {
        let (Some(column), Some(counts)) = (self.columns.get(place), self.counts.get_mut(place)) else { return };
        match cell.filter(|_| column.watched) {
            Some(value) => {
                counts.values.remove(hash(value.as_bytes()));
                column.class.measure(value).into_iter().for_each(|number| counts.numbers.remove(number));
            }
            None => counts.nulls = counts.nulls.saturating_sub(u64::from(column.watched)),
        }
    }

    /// What makes a row a repetition; none where nothing does.
    fn content(&self, cells: &[Cell]) -> Option<super::Hash> {
        let mut bytes = Vec::new();
        let mut any = false;
        for (_, cell) in self.columns.iter().zip(cells).filter(|(column, _)| column.repeats) {
            any = true;
            // Lengths keep ("a", "bc") and ("ab", "c") apart.
            bytes.extend(cell.as_ref().map_or(u64::MAX, |value| value.len() as u64).to_le_bytes());
            bytes.extend(cell.as_deref().unwrap_or_default().as_bytes());
        }
        any.then(|| hash(&bytes))
    }
}

impl Commit<'_> {
    /// One row that the commit changed.
    pub fn change(&mut self, change: &Change) {
        match (&change.before, &change.after) {
            (None, Some(after)) => {
                self.record.added += 1;
                self.table.rows += 1;
                self.came(after);
                for (place, cell) in after.iter().enumerate() {
                    self.cell(place, None, Some(cell));
                }
            }
            (Some(before), None) => {
                self.record.removed += 1;
                self.table.rows = self.table.rows.saturating_sub(1);
                self.went(before);
                for (place, cell) in before.iter().enumerate() {
                    self.cell(place, Some(cell), None);
                }
            }
            (Some(before), Some(after)) => {
                self.record.modified += 1;
                self.went(before);
                if let Some(content) = self.table.content(after) {
                    self.table.contents.add(content);
                }
                for (place, (old, new)) in before.iter().zip(after).enumerate() {
                    if old != new {
                        self.cell(place, Some(old), Some(new));
                    }
                }
            }
            (None, None) => {}
        }
    }

    fn came(&mut self, cells: &[Cell]) {
        if let Some(content) = self.table.content(cells)
            && self.table.contents.samples(content)
        {
            let before = self.table.contents.add(content);
            self.repeated = (self.repeated.0 + u64::from(before > 0), self.repeated.1 + 1);
        }
    }

    fn went(&mut self, cells: &[Cell]) {
        if let Some(content) = self.table.content(cells) {
            self.table.contents.remove(content);
        }
    }

    fn cell(&mut self, place: usize, old: Option<&Cell>, new: Option<&Cell>) {
        let Some(column) = self.table.columns.get(place).filter(|column| column.watched) else { return };
        let class = column.class;
        self.touched[place] = true;
        if let Some(old) = old {
            old.iter().for_each(|value| self.left[place].add(value, 1));
            self.table.leave(place, old.as_deref());
        }
        if let Some(new) = new {
            let arrived = &mut self.arrived[place];
            let stream = if old.is_some() { &mut arrived.changed } else { &mut arrived.added };
            stream.add(class, new.as_deref());
            self.table.enter(place, new.as_deref());
        }
    }

    /// What the commit made of the table.
    pub fn end(self) -> Record {
        let Self { table, mut record, arrived, left, touched, repeated } = self;
        record.rows = table.rows;
        record.repeated = enough(&mut table.repeated, repeated);
        let columns = arrived.into_iter().zip(left).enumerate().filter(|(place, _)| touched[*place]);
        for (place, (arrived, left)) in columns {
            let (Some(figures), Some(counts)) = (table.figures(place), table.counts.get(place)) else { continue };
            let vanished = vanished(&counts.values, &left, &arrived);
            let reach = farther(arrived.added.reach(), arrived.changed.reach());
            let Some(pool) = table.pools.get_mut(place) else { continue };
            let (added, changed) = (
                arrived.added.end(&mut pool.added, record.commit),
                arrived.changed.end(&mut pool.changed, record.commit),
            );
            record.columns.push((place, ColumnRecord { figures, reach, added, changed, vanished }));
        }
        record
    }
}

/// What is enough to be judged of repetitions, with those that wait.
fn enough(pool: &mut (u64, u64), now: (u64, u64)) -> Option<(u64, u64)> {
    if now.1 == 0 {
        return None;
    }
    *pool = (pool.0 + now.0, pool.1 + now.1);
    (pool.1 >= LEAST).then(|| std::mem::take(pool))
}

fn farther(one: Option<(f64, f64)>, other: Option<(f64, f64)>) -> Option<(f64, f64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

/// Values that were common before and are in no row after.
fn vanished(values: &Values, left: &Tally, arrived: &Arriving) -> Vec<(String, u32)> {
    if !values.is_exact() || values.distinct() > CATEGORIES {
        return Vec::new();
    }
    let gone = left.iter().filter(|(value, _)| values.count(hash(value.as_bytes())) == 0);
    let had = gone.map(|(value, count)| {
        (value.clone(), count - (arrived.added.count(value) + arrived.changed.count(value)).min(count))
    });
    had.filter(|(_, had)| *had >= COMMON).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Class;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn columns() -> Vec<Column> {
        let column = |name: &str, class| Column { name: name.to_owned(), class, watched: true, repeats: true };
        vec![column("amount", Class::Number), column("status", Class::Text), column("at", Class::Time)]
    }

    fn row() -> impl Strategy<Value = Vec<Cell>> {
        let amount = prop::option::of((-500..500_i32).prop_map(|n| (f64::from(n) / 8.0).to_string()));
        let status = prop::option::of("[ab]{0,2}");
        let at = prop::option::of((1..28_u32).prop_map(|day| format!("2026-01-{day:02} 10:00:00")));
        (amount, status, at).prop_map(|(amount, status, at)| vec![amount, status, at])
    }

    proptest! {
        /// The heart of it: whatever came, went and was changed, only the last state counts.
        #[test]
        fn following_every_commit_is_counting_the_last_state(
            commits in prop::collection::vec(prop::collection::vec((0..30_u32, prop::option::of(row())), 0..25), 1..12),
        ) {
            let mut rows: BTreeMap<u32, Vec<Cell>> = BTreeMap::new();
            let mut followed = Table::new(columns());
            for (at, edits) in commits.into_iter().enumerate() {
                let mut commit = followed.commit(at);
                for (key, after) in edits {
                    let before = match after.clone() {
                        Some(after) => rows.insert(key, after),
                        None => rows.remove(&key),
                    };
                    commit.change(&Change { before, after });
                }
                let record = commit.end();
                prop_assert_eq!(record.rows, rows.len() as u64);
                prop_assert_eq!(record.before + record.added - record.removed, record.rows);
            }
            let mut counted = Table::new(columns());
            rows.values().for_each(|row| counted.put(row));
            followed.settle();
            prop_assert_eq!(followed, counted);
        }
    }

    fn cells(amount: &str, status: &str) -> Vec<Cell> {
        vec![Some(amount.to_owned()), Some(status.to_owned()), None]
    }

    #[test]
    fn a_commit_tells_what_came_what_was_there_and_what_vanished() {
        let mut table = Table::new(columns());
        (0..30).for_each(|n| table.put(&cells(&n.to_string(), if n < 12 { "old" } else { "new" })));
        let mut commit = table.commit(7);
        for n in 0..12 {
            let before = Some(cells(&n.to_string(), "old"));
            commit.change(&Change { before, after: Some(cells(&n.to_string(), "new")) });
        }
        for n in 10..30 {
            commit.change(&Change { before: None, after: Some(cells(&n.to_string(), "new")) });
        }
        let record = commit.end();
        assert_eq!((record.commit, record.rows, record.added, record.modified), (7, 50, 20, 12));
        // Ten and eleven were there as "new" since this very commit.
        assert_eq!(record.repeated, Some((20, 20)));
        let of = |place| &record.columns.iter().find(|(at, _)| *at == place).expect("touched").1;
        assert_eq!(of(1).vanished, [("old".to_owned(), 12)]);
        let batch = of(0).added.as_ref().expect("enough");
        assert_eq!((batch.values, batch.commits, of(0).reach), (20, 1, Some((10.0, 29.0))));
        assert_eq!(of(1).changed.as_ref().and_then(|batch| batch.most), None);
    }

    #[test]
    fn small_commits_are_judged_together() {
        let mut table = Table::new(columns());
        let batches: Vec<Option<u64>> = (0..41)
            .map(|n| {
                let mut commit = table.commit(n);
                commit.change(&Change { before: None, after: Some(cells(&n.to_string(), "new")) });
                commit.end().columns[0].1.added.as_ref().map(|batch| batch.values)
            })
            .collect();
        let full: Vec<usize> = (0..41).filter(|n| batches[*n].is_some()).collect();
        assert_eq!(full, [19, 39]);
    }
}
