//! What commits brought to one column, until it is enough to be judged.

use super::{Class, Measures, Numbers};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many values make a batch. With fewer, the share of a category of a tenth is often zero, and a median says little;
/// with more, a bad commit of a few rows drowns among its neighbours.
pub const LEAST: u64 = 20;

/// A column with more different values than this in one batch has no categories.
const CATEGORIES: usize = 64;

/// Beyond this many different values in one batch none of them is the most common one.
const TALLIED: usize = 4_096;

/// What came, enough to be judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// How many values, nulls included.
    pub values: u64,
    /// Without a value.
    pub nulls: u64,
    /// How often the most common value came, where it is known.
    pub most: Option<u32>,
    /// Of the values, or of their lengths.
    pub measures: Option<Measures>,
    /// How often each value came, where there are few.
    pub categories: Option<BTreeMap<String, u32>>,
    /// How many commits it is gathered of.
    pub commits: u32,
    /// The first of them, by its place in the history.
    pub since: usize,
}

/// Values that came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Arrived {
    pub(super) values: u64,
    nulls: u64,
    numbers: Numbers,
    /// None: there are too many different ones.
    tally: Tally,
    commits: u32,
    since: usize,
}

/// How often each came, while there are not too many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally(Option<BTreeMap<String, u32>>);

impl Default for Tally {
    fn default() -> Self {
        Self(Some(BTreeMap::new()))
    }
}

impl Tally {
    pub(super) fn add(&mut self, value: &str, times: u32) {
        let Some(counts) = &mut self.0 else { return };
        if let Some(count) = counts.get_mut(value) {
            *count += times;
        } else if counts.len() < TALLIED {
            counts.insert(value.to_owned(), times);
        } else {
            self.0 = None;
        }
    }

    pub(super) fn count(&self, value: &str) -> u32 {
        self.0.as_ref().and_then(|counts| counts.get(value)).copied().unwrap_or_default()
    }

    /// All of them; nothing where there are too many.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, u32)> {
        self.0.iter().flatten().map(|(value, count)| (value, *count))
    }
}

impl Arrived {
    pub(super) fn add(&mut self, class: Class, value: Option<&str>) {
        self.values += 1;
        match value {
            None => self.nulls += 1,
            Some(value) => {
                self.tally.add(value, 1);
                if let Some(number) = class.measure(value) {
                    self.numbers.add(number);
                }
            }
        }
    }

    /// How often this value came.
    pub(super) fn count(&self, value: &str) -> u32 {
        self.tally.count(value)
    }

    /// The least and the greatest of them.
    pub(super) fn reach(&self) -> Option<(f64, f64)> {
        self.numbers.reach()
    }

    /// Ends a commit: what it brought is a batch where it is enough, else it waits in `pool` for the next ones.
    ///
    /// What waited goes with the first that is enough: left to wait on, it would be judged long after, beside rows of
    /// another time.
    pub(super) fn end(self, pool: &mut Self, commit: usize) -> Option<Batch> {
        if self.values == 0 {
            return None;
        }
        if pool.values == 0 {
            pool.since = commit;
        }
        pool.join(self);
        (pool.values >= LEAST).then(|| std::mem::take(pool).batch())
    }

    fn join(&mut self, other: Self) {
        self.values += other.values;
        self.nulls += other.nulls;
        self.commits += 1;
        self.numbers.join(&other.numbers);
        match other.tally.0 {
            Some(counts) => counts.iter().for_each(|(value, count)| self.tally.add(value, *count)),
            None => self.tally.0 = None,
        }
    }

    fn batch(self) -> Batch {
        Batch {
            values: self.values,
            nulls: self.nulls,
            most: self.tally.0.as_ref().and_then(|counts| counts.values().max().copied()),
            measures: self.numbers.measures(),
            categories: self.tally.0.filter(|counts| counts.len() <= CATEGORIES),
            commits: self.commits,
            since: self.since,
        }
    }
}
