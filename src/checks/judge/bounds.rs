//! Bounds that the rules set on figures of the whole table. They are told when they are passed, and again only after they
//! were kept for a while.

use super::finding::{Figure, Finding, Kind, QUANTILES, Sign};
use crate::checks::figures::{Column, ColumnRecord, Record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A bound on a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Of which column; none: of the table.
    pub column: Option<String>,
    /// Which figure.
    pub figure: Figure,
    /// No less than this.
    pub min: Option<f64>,
    /// No more than this.
    pub max: Option<f64>,
}

/// Which bounds are passed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    passed: BTreeSet<usize>,
}

impl Bounds {
    /// Looks at a commit.
    pub(super) fn see(&mut self, bounds: &[Bound], record: &Record, columns: &[Column], findings: &mut Vec<Finding>) {
        for (at, bound) in bounds.iter().enumerate() {
            // A commit that does not touch the column leaves its figures as they were.
            let Some(value) = figure(bound, record, columns) else { continue };
            let broken = bound.min.filter(|min| value < *min).or(bound.max.filter(|max| value > *max));
            let Some(usual) = broken else {
                self.passed.remove(&at);
                continue;
            };
            if self.passed.insert(at) {
                let sign = Sign { kind: Kind::Bound, figure: bound.figure, value, usual, score: None, about: None };
                let (commit, column) = (record.commit, bound.column.clone());
                findings.push(Finding { commit, seen: commit, column, signs: vec![sign] });
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
fn figure(bound: &Bound, record: &Record, columns: &[Column]) -> Option<f64> {
    match bound.figure {
        Figure::Rows => return Some(record.rows as f64),
        Figure::Added => return Some(record.added as f64),
        Figure::Removed => return Some(record.removed as f64),
        Figure::Modified => return Some(record.modified as f64),
        Figure::Repeated => return record.repeated.map(|(count, rows)| count as f64 / rows as f64),
        _ => {}
    }
    let name = bound.column.as_ref()?;
    let (_, of_column) =
        record.columns.iter().find(|(place, _)| columns.get(*place).is_some_and(|column| column.name == *name))?;
    value(of_column, record.rows, bound.figure)
}

/// A figure of a column over the whole table.
#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
pub fn value(record: &ColumnRecord, rows: u64, figure: Figure) -> Option<f64> {
    let figures = &record.figures;
    let some = (rows.saturating_sub(figures.nulls)).max(1) as f64;
    match figure {
        Figure::Nulls => Some(figures.nulls as f64),
        Figure::NullShare => Some(figures.nulls as f64 / rows.max(1) as f64),
        Figure::Distinct => Some(figures.distinct),
        Figure::TopShare => Some(f64::from(figures.most) / some),
        Figure::Min => figures.measures.map(|it| it.min),
        Figure::Max => figures.measures.map(|it| it.max),
        Figure::Mean => figures.measures.map(|it| it.mean),
        Figure::Deviation => figures.measures.map(|it| it.deviation),
        quantile => {
            let at = QUANTILES.iter().position(|it| *it == quantile)?;
            figures.measures.map(|it| it.quantiles[at])
        }
    }
}
