//! One way in which values come to a column, in new rows or into rows that were there, and what is usual on it.
//!
//! What departs is kept out of what is usual, so that a bad day does not become the measure of the next. When it lasts, the
//! stream has a new level: it was told once, and from then on the new one is usual.

use super::{
    column::How,
    drift::Drift,
    finding::Sign,
    shape,
    shares::{self, Categories},
};
use crate::checks::figures::{Batch, Class, Measures};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// After so many batches in a row that depart, they are what is usual.
const ADOPT: usize = 10;

/// The past of a stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    past: VecDeque<Batch>,
    away: Vec<Batch>,
    categories: Categories,
    drift: Drift,
}

/// What a batch showed.
#[derive(Debug, Default)]
pub struct Seen {
    /// What departs with this very batch.
    pub now: Vec<Sign>,
    /// What had begun at an earlier commit and is certain now.
    pub before: Vec<(Sign, usize)>,
    /// The column has a new level.
    pub adopted: bool,
}

impl Stream {
    /// What came so far, as far as it is remembered.
    pub fn past(&self) -> impl Iterator<Item = &Batch> {
        self.past.iter()
    }

    /// What was measured of it.
    pub fn measures(&self) -> Vec<Measures> {
        self.past.iter().filter_map(|batch| batch.measures).collect()
    }

    /// Whether enough came to say what is usual.
    pub fn has_learnt(&self) -> bool {
        self.past.len() >= super::LEARN
    }

    /// Whether as much came as is remembered at all.
    pub fn is_full(&self, how: How) -> bool {
        self.past.len() >= how.window
    }

    /// Since how many batches it departs.
    pub fn away(&self) -> usize {
        self.away.len()
    }

    /// Looks at a batch. `other`: what it is compared with where this stream has not learnt yet.
    pub fn see(&mut self, batch: &Batch, class: Class, commit: usize, how: How, other: Option<&Self>) -> Seen {
        let measure = if self.has_learnt() { Some(&*self) } else { other };
        let signs = measure.map(|stream| stream.departures(batch, class, how)).unwrap_or_default();
        if signs.is_empty() {
            return Seen { before: self.keep(batch, class, commit, how), ..Seen::default() };
        }
        self.away.push(batch.clone());
        // It was told when it began.
        let now = if self.away.len() > 1 { Vec::new() } else { signs };
        let adopted = self.away.len() >= ADOPT;
        if adopted {
            self.past = std::mem::take(&mut self.away).into();
            self.categories.clear();
            self.drift.clear();
        }
        Seen { now, before: Vec::new(), adopted }
    }

    fn departures(&self, batch: &Batch, class: Class, how: How) -> Vec<Sign> {
        let past: Vec<&Batch> = self.past.iter().collect();
        let mut signs = shares::signs(batch, &past, how.threshold);
        // A date is no category: those that came do not come again.
        if class != Class::Time {
            signs.extend(self.categories.mix(batch, how.threshold));
        }
        // Time goes on, and the length of a category's name says nothing: no departures.
        let measured = class == Class::Number || (class == Class::Text && batch.categories.is_none());
        if measured {
            signs.extend(shape::signs(batch, &past, how.threshold));
        }
        signs
    }

    /// Takes in what is as usual; gives what became certain by it.
    fn keep(&mut self, batch: &Batch, class: Class, commit: usize, how: How) -> Vec<(Sign, usize)> {
        self.away.clear();
        self.past.push_back(batch.clone());
        if self.past.len() > how.window {
            self.past.pop_front();
        }
        if class == Class::Time {
            return Vec::new();
        }
        let mut found = self.categories.see(batch, commit, how.window);
        found.extend(self.drift.see(batch, commit, how.threshold));
        found
    }
}
