//! From a table's records, commit by commit, to what is not as it usually is.
//!
//! Guarantees
//! - Deterministic: the same records and settings give the same findings.
//! - Judging goes on where it stopped: a [`Judge`] that was written down and read back gives what one gives that saw all.
//! - Every departure is measured against the same column's own past, by medians: see `robust`. What departs is kept out of
//!   that past (`stream`).
//!
//! What is asked, a file each: shares of nulls, of the most common value and of categories (`shares`), where values lie and
//! how they are spread (`shape`), single values far outside (`reach`), a slow drift (`drift`), how many rows came, went and
//! were there already (`rows`), and bounds that the rules set (`bounds`).
//!
//! What is judged is what commits *brought*, not the whole table's figures: see `figures`.

mod bounds;
mod column;
mod drift;
mod finding;
mod reach;
mod robust;
mod rows;
mod shape;
mod shares;
mod stream;

pub use bounds::Bound;
pub use finding::{FIGURES, Figure, Finding, Kind, QUANTILES, Sign};

use crate::checks::figures::{Column, Record};
use bounds::Bounds;
use column::{ColumnJudge, How};
use rows::RowsJudge;
use serde::{Deserialize, Serialize};

/// With fewer batches before it, nothing departs from what is usual: a quarter of them may be bad, and the median of the
/// rest still says something.
const LEARN: usize = 20;

/// How a table is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// So many batches are compared with.
    pub window: usize,
    /// So many spreads are too far.
    pub threshold: f64,
    /// What the rules set for this table.
    pub bounds: Vec<Bound>,
}

/// A table, its past, and what was found so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    settings: Settings,
    rows: RowsJudge,
    columns: Vec<ColumnJudge>,
    bounds: Bounds,
    findings: Vec<Finding>,
}

impl Judge {
    /// One that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        let bounds = Bounds::default();
        Self { settings, rows: RowsJudge::default(), columns: Vec::new(), bounds, findings: Vec::new() }
    }

    /// Looks at the next commit. `columns` are those that the record's places mean.
    pub fn see(&mut self, record: &Record, columns: &[Column]) {
        let how = How { window: self.settings.window, threshold: self.settings.threshold };
        self.rows.see(record, how, &mut self.findings);
        self.bounds.see(&self.settings.bounds, record, columns, &mut self.findings);
        // With the last row everything vanishes; that is one thing to tell.
        if record.rows == 0 {
            return;
        }
        for (place, of_column) in &record.columns {
            let Some(column) = columns.get(*place) else { continue };
            let at = self.columns.iter().position(|judge| judge.name() == column.name).unwrap_or_else(|| {
                self.columns.push(ColumnJudge::new(&column.name, column.class));
                self.columns.len() - 1
            });
            self.columns[at].see(of_column, record.commit, how, &mut self.findings);
        }
    }

    /// What was found, in the order in which it was.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
