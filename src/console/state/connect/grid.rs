//! The rows of a result that are kept: a window over all that came.
//!
//! Guarantees: at most [`KEPT_ROWS`] rows and [`KEPT_BYTES`] of text are held, and always the newest row; what was let go
//! is counted.
//!
//! Cells are kept as they are, because they are copied; who draws them cleans them.
//!
//! Why a window and not all rows, or a file: a person looks at some thousand rows at most, and copies of a customer's data
//! on the disk of whoever is on call are worse than running a statement again.

use crate::sql::{Begun, Head, Row};
use std::{collections::VecDeque, time::Duration};

/// How many rows are kept: more than one reads, and less than a fleet's memory.
pub const KEPT_ROWS: usize = 10_000;
/// How much text is kept, for rows that are wide.
pub const KEPT_BYTES: usize = 8 << 20;
/// What a cell costs beside its text.
const CELL: usize = std::mem::size_of::<Option<String>>();
/// How close to the last row the cursor comes before more are asked for: some pages ahead, so that one does not wait.
const AHEAD: usize = 200;

/// How far a result has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Rows come.
    #[default]
    Reading,
    /// There are more, which come when one goes on.
    Paused,
    /// These are all, with what was let go.
    Whole,
    /// There were more: they were read and let go, because something else waited.
    Cut,
    /// An error, or its reader, ended it: the statement was not carried out whole.
    Broken,
}

/// A result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Which of the statements that were sent gave it, from 0.
    pub statement: usize,
    /// Its columns; empty where it gives no rows.
    pub heads: Vec<Head>,
    rows: VecDeque<Row>,
    /// How many rows before the first one that is kept were let go.
    pub gone: u64,
    bytes: usize,
    /// The widest cell of each column so far, in columns of the screen.
    pub widths: Vec<usize>,
    /// How far it has come.
    pub end: End,
    /// Rows that the statement changed.
    pub affected: u64,
    /// How long it has taken.
    pub took: Duration,
}

impl Grid {
    /// A result that begins.
    pub fn of(statement: usize, begun: Begun) -> Self {
        let widths = vec![0; begun.heads.len()];
        Self { statement, heads: begun.heads, widths, affected: begun.affected, ..Self::default() }
    }

    /// The rows that are kept.
    pub fn rows(&self) -> &VecDeque<Row> {
        &self.rows
    }

    /// How many rows have come, those that were let go among them.
    pub fn came(&self) -> u64 {
        self.gone + self.rows.len() as u64
    }

    /// Every row, where all are kept whole: of a longer cell `longest` bytes are kept.
    pub fn all(&self, longest: usize) -> Option<Vec<Row>> {
        let whole = |row: &Row| row.iter().flatten().all(|cell| cell.len() <= longest);
        let all = self.gone == 0 && self.end == End::Whole && self.rows.iter().all(whole);
        all.then(|| self.rows.iter().cloned().collect())
    }

    /// Takes rows in; gives how many were let go for them.
    pub fn add(&mut self, rows: Vec<Row>) -> usize {
        let mut gone = 0;
        for row in rows {
            for (width, cell) in self.widths.iter_mut().zip(&row) {
                *width = (*width).max(cell.as_deref().map_or(4, width_of));
            }
            self.bytes += size(&row);
            self.rows.push_back(row);
            while self.rows.len() > 1 && (self.rows.len() > KEPT_ROWS || self.bytes > KEPT_BYTES) {
                let Some(first) = self.rows.pop_front() else { break };
                self.bytes -= size(&first);
                gone += 1;
            }
        }
        self.gone += gone as u64;
        gone
    }

    /// Whether rows are to be asked for, with the cursor there.
    pub fn wants_more(&self, cursor: usize) -> bool {
        self.end == End::Paused && cursor + AHEAD >= self.rows.len()
    }
}

/// Wide enough to tell columns apart; only the beginning of a long cell is measured.
fn width_of(cell: &str) -> usize {
    const MEASURED: usize = 80;
    crate::console::text::width(&cell.chars().take(MEASURED).collect::<String>())
}

fn size(row: &Row) -> usize {
    row.iter().map(|cell| CELL + cell.as_ref().map_or(0, String::len)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(count: usize, from: u64, length: usize) -> Vec<Row> {
        (0..count as u64).map(|at| vec![Some((from + at).to_string()), Some("x".repeat(length))]).collect()
    }

    proptest! {
        #[test]
        fn a_window_is_bounded_and_counts_what_it_lets_go(batches in prop::collection::vec((0_usize..4_000, 0_usize..3_000), 1..8)) {
            let mut grid = Grid::of(0, Begun { heads: vec![Head::default(); 2], affected: 0 });
            let mut all = 0;
            for (count, length) in batches {
                let gone = grid.add(rows(count, all, length));
                all += count as u64;
                prop_assert!(grid.rows.len() <= KEPT_ROWS && (grid.bytes <= KEPT_BYTES || grid.rows.len() == 1));
                prop_assert_eq!(grid.came(), all);
                prop_assert!(gone as u64 <= grid.gone);
                let first = grid.rows.front().and_then(|row| row[0].clone());
                prop_assert_eq!(first, (all > grid.gone).then(|| grid.gone.to_string()));
            }
        }
    }

    #[test]
    fn more_is_asked_for_near_the_end_only_while_there_is_more() {
        let mut grid = Grid { end: End::Paused, ..Grid::default() };
        grid.add(rows(1_000, 0, 1));
        assert!(!grid.wants_more(10) && grid.wants_more(900));
        grid.end = End::Whole;
        assert!(!grid.wants_more(999));
    }
}
