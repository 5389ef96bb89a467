//! How many rows came, went and changed, and how many were there already.

use super::{
    column::How,
    finding::{Figure, Finding, Kind, Sign},
    robust::{SHARE, Sample, distance, median, share},
};
use crate::checks::figures::Record;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The least spread of the logarithm of a number of rows: where every commit changes one row, one of thirty is far, one of
/// ten not.
const CHANCE: f64 = 0.5;

/// What touches less of the table than this is an ordinary import or clean-up.
const LEAST_ROWS: f64 = 0.05;

/// A smaller share of repetitions more than usual is no trouble.
const LEAST_REPEATED: f64 = 0.1;

/// A table that had so few rows is emptied by everyday work.
const EMPTIED: u64 = 10;

/// What commits usually do to the table's rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowsJudge {
    added: VecDeque<u64>,
    removed: VecDeque<u64>,
    modified: VecDeque<u64>,
    repeated: VecDeque<(u64, u64)>,
}

impl RowsJudge {
    /// Looks at a commit.
    pub(super) fn see(&mut self, record: &Record, how: How, findings: &mut Vec<Finding>) {
        let mut signs = Vec::new();
        if record.rows == 0 && record.before >= EMPTIED {
            #[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
            let usual = record.before as f64;
            signs.push(Sign { kind: Kind::Emptied, figure: Figure::Rows, value: 0.0, usual, score: None, about: None });
        } else {
            let all = [
                (Figure::Added, record.added, &mut self.added),
                (Figure::Removed, record.removed, &mut self.removed),
                (Figure::Modified, record.modified, &mut self.modified),
            ];
            for (figure, rows, past) in all {
                signs.extend(number(figure, rows, record, past, how));
            }
            signs.extend(self.repeated(record, how));
        }
        if !signs.is_empty() {
            signs.sort_by_key(|sign| sign.kind);
            findings.push(Finding { commit: record.commit, seen: record.commit, column: None, signs });
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
    fn repeated(&mut self, record: &Record, how: How) -> Option<Sign> {
        let (count, rows) = record.repeated?;
        let past: Vec<Sample> = self.repeated.iter().map(|(count, rows)| share(*count as f64, *rows as f64)).collect();
        let mut shares: Vec<f64> = self.repeated.iter().map(|(count, rows)| *count as f64 / *rows as f64).collect();
        let (usual, value) = (median(&mut shares), count as f64 / rows as f64);
        let found = distance(share(count as f64, rows as f64), &past, SHARE);
        let far = past.len() >= super::LEARN && found.score >= how.threshold && value - usual >= LEAST_REPEATED;
        if far {
            let (kind, figure, score) = (Kind::Repeated, Figure::Repeated, Some(found.score));
            return Some(Sign { kind, figure, value, usual, score, about: None });
        }
        keep(&mut self.repeated, (count, rows), how.window);
        None
    }
}

#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
fn number(figure: Figure, rows: u64, record: &Record, past: &mut VecDeque<u64>, how: How) -> Option<Sign> {
    let of = |rows: u64| Sample { value: (rows as f64).ln_1p(), rows: 1.0 };
    let samples: Vec<Sample> = past.iter().map(|rows| of(*rows)).collect();
    let found = distance(of(rows), &samples, CHANCE);
    let share = rows as f64 / record.before.max(1) as f64;
    let far = past.len() >= super::LEARN && found.score >= how.threshold && share >= LEAST_ROWS;
    // Also what was far: a table that is imported daily from now on is told once or twice, not for ever.
    keep(past, rows, how.window);
    far.then(|| Sign {
        kind: Kind::Rows,
        figure,
        value: rows as f64,
        usual: found.usual.exp_m1(),
        score: Some(found.score),
        about: None,
    })
}

fn keep<T>(past: &mut VecDeque<T>, now: T, window: usize) {
    past.push_back(now);
    if past.len() > window {
        past.pop_front();
    }
}
