//! Shares of what came: nulls, the most common value, categories.

use super::{
    finding::{Figure, Kind, Sign},
    robust::{SHARE, Sample, distance, share},
};
use crate::checks::figures::Batch;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A smaller change of the share of nulls is no change that matters.
const LEAST_NULLS: f64 = 0.05;

/// The most common value must have gained this much: so much lies between "more than usual" and "nearly nothing else".
const LEAST_TOP: f64 = 0.25;

/// So much of all rows must have another category than usual.
const LEAST_MIX: f64 = 0.3;

/// What chance does to the distance between two mixes, for one row: about √(categories / 2π); four of them.
const CHANCE_MIX: f64 = 0.8;

/// Nulls and the most common value.
pub fn signs(now: &Batch, past: &[&Batch], threshold: f64) -> Vec<Sign> {
    let nulls = one(Kind::Nulls, Figure::NullShare, now, past, threshold, LEAST_NULLS, |batch| {
        (Some(batch.nulls), batch.values)
    });
    let constant = one(Kind::Constant, Figure::TopShare, now, past, threshold, LEAST_TOP, |batch| {
        (batch.most.map(u64::from), batch.values - batch.nulls)
    });
    // Fewer repetitions of one value are no harm.
    let constant = constant.filter(|sign| sign.value > sign.usual).map(|sign| Sign { about: most(now), ..sign });
    nulls.into_iter().chain(constant).collect()
}

fn most(batch: &Batch) -> Option<String> {
    batch.categories.iter().flatten().max_by_key(|(_, count)| **count).map(|(value, _)| value.clone())
}

#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
fn one(
    kind: Kind,
    figure: Figure,
    now: &Batch,
    past: &[&Batch],
    threshold: f64,
    least: f64,
    of: impl Fn(&Batch) -> (Option<u64>, u64),
) -> Option<Sign> {
    let counted = |batch: &Batch| match of(batch) {
        (Some(count), rows) if rows > 0 => Some((count as f64, rows as f64)),
        _ => None,
    };
    let (count, rows) = counted(now)?;
    let earlier: Vec<(f64, f64)> = past.iter().filter_map(|batch| counted(batch)).collect();
    let samples: Vec<Sample> = earlier.iter().map(|(count, rows)| share(*count, *rows)).collect();
    let found = distance(share(count, rows), &samples, SHARE);
    let usual = super::robust::median(&mut earlier.iter().map(|(count, rows)| count / rows).collect::<Vec<_>>());
    let value = count / rows;
    (found.score.abs() >= threshold && (value - usual).abs() >= least).then_some(Sign {
        kind,
        figure,
        value,
        usual,
        score: Some(found.score),
        about: None,
    })
}

/// A value that came, and how often; and whether it still does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Category {
    /// Times it came, among so many values, up to the last time.
    came: f64,
    among: f64,
    /// In so many batches.
    batches: u32,
    /// Values without it since.
    absent: f64,
    /// Since this commit.
    since: usize,
    /// The longest absence, in times that it would have come.
    longest: f64,
    /// It came also after the column was learnt: what came in its first batches only is no habit.
    learnt: bool,
    told: bool,
}

/// It must have come so often, in so many batches, before its absence says something.
const KNOWN: (f64, u32) = (20.0, 10);

/// So often it would have come: chance alone leaves it out once in 10^8.
const MISSED: f64 = 18.0;

/// What comes in bursts stays away for long, too: an absence must be so many times the longest one before.
const LONGER: f64 = 3.0;

/// Categories that are followed; a column with more has none.
const FOLLOWED: usize = 256;

/// The past is halved when it is longer than this, in values: shares change.
const MEMORY: f64 = 50_000.0;

/// The categories of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Categories {
    known: BTreeMap<String, Category>,
    /// Batches since it was cleared.
    batches: usize,
    /// How far mixes usually are from the common one.
    distances: Vec<(f64, f64)>,
}

impl Categories {
    /// Forgets them.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether the batch has another mix than usual.
    pub fn mix(&self, now: &Batch, threshold: f64) -> Option<Sign> {
        let (value, rows) = self.distance(now)?;
        let past: Vec<Sample> =
            self.distances.iter().map(|(value, rows)| Sample { value: *value, rows: *rows }).collect();
        if past.len() < super::LEARN {
            return None;
        }
        let found = distance(Sample { value, rows }, &past, CHANCE_MIX);
        (found.score >= threshold && value - found.usual >= LEAST_MIX).then_some(Sign {
            kind: Kind::Shares,
            figure: Figure::TopShare,
            value,
            usual: found.usual,
            score: Some(found.score),
            about: None,
        })
    }

    /// The share of rows whose category would have to change for the usual mix.
    fn distance(&self, now: &Batch) -> Option<(f64, f64)> {
        let counts = now.categories.as_ref()?;
        let rows: f64 = counts.values().map(|count| f64::from(*count)).sum();
        if rows == 0.0 || self.known.is_empty() {
            return None;
        }
        let usual = |name: &String| self.known.get(name).map_or(0.0, Category::share);
        let all: f64 = self.known.values().map(Category::share).sum::<f64>().max(f64::MIN_POSITIVE);
        let gained = counts.iter().map(|(name, count)| (f64::from(*count) / rows - usual(name) / all).max(0.0));
        Some((gained.sum(), rows))
    }

    /// Takes a batch in; gives the values that are missing, and since when.
    pub fn see(&mut self, now: &Batch, commit: usize, window: usize) -> Vec<(Sign, usize)> {
        let Some(counts) = &now.categories else {
            self.clear();
            return Vec::new();
        };
        if let Some(distance) = self.distance(now) {
            self.distances.push(distance);
            let over = self.distances.len().saturating_sub(window);
            self.distances.drain(..over);
        }
        self.batches += 1;
        let learnt = self.batches > super::LEARN;
        let rows: f64 = counts.values().map(|count| f64::from(*count)).sum();
        for (name, count) in counts {
            let category = self.known.entry(name.clone()).or_default();
            category.came(f64::from(*count), rows);
            category.learnt |= learnt;
        }
        if self.known.len() > FOLLOWED {
            self.clear();
        }
        let absent = self.known.iter_mut().filter(|(name, _)| !counts.contains_key(*name));
        absent.filter_map(|(name, category)| category.stayed_away(name, rows, commit)).collect()
    }
}

impl Category {
    fn share(&self) -> f64 {
        if self.among > 0.0 { self.came / self.among } else { 0.0 }
    }

    fn came(&mut self, count: f64, rows: f64) {
        self.longest = self.longest.max(self.share() * self.absent);
        self.came += count;
        self.among += self.absent + rows;
        self.batches += 1;
        (self.absent, self.told) = (0.0, false);
        if self.among > MEMORY {
            (self.came, self.among) = (self.came / 2.0, self.among / 2.0);
        }
    }

    fn stayed_away(&mut self, name: &str, rows: f64, commit: usize) -> Option<(Sign, usize)> {
        if self.absent == 0.0 {
            self.since = commit;
        }
        self.absent += rows;
        let missed = self.share() * self.absent;
        let known = self.learnt && self.came >= KNOWN.0 && self.batches >= KNOWN.1;
        if self.told || !known || missed < MISSED.max(LONGER * self.longest) {
            return None;
        }
        self.told = true;
        let sign = Sign {
            kind: Kind::Vanished,
            figure: Figure::TopShare,
            value: 0.0,
            usual: self.share(),
            score: None,
            about: Some(name.to_owned()),
        };
        Some((sign, self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(value: &str) -> Batch {
        Batch { values: 20, categories: Some([(value.to_owned(), 20)].into()), ..Batch::default() }
    }

    /// Whether it is said that `a`, which came in so many batches, does not come any more.
    fn told_after(batches: usize) -> bool {
        let mut categories = Categories::default();
        let values = std::iter::repeat_n("a", batches).chain(std::iter::repeat_n("b", 20));
        values.enumerate().any(|(at, value)| !categories.see(&batch(value), at, 100).is_empty())
    }

    #[test]
    fn nothing_vanishes_while_a_column_is_learnt() {
        assert!(!told_after(14), "it came only while the column was learnt");
        assert!(!told_after(super::super::LEARN));
        assert!(told_after(super::super::LEARN + 1));
    }
}
