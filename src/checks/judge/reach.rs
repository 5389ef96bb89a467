//! Single values far outside of everything before: one row in a million is enough.
//!
//! The judge of batches looks at quantiles, which one value does not move; this looks at the farthest value of each commit.

use super::{
    finding::{Figure, Kind, Sign},
    shape::Scale,
};
use serde::{Deserialize, Serialize};

/// A record is broken now and then; with so many values behind it, it is seldom broken by much.
const KNOWN: u64 = 500;

/// How much farther than the farthest, as a share of its distance and at least, on the column's own scale
/// (see `shape`): where it is logarithmic one more is a factor of 2.7.
const FARTHER: (f64, f64) = (1.35, 1.2);

/// So many that were never below zero make a value below zero strange.
const SIGNED: u64 = 1_000;

/// The farthest values so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    farthest: Option<(f64, f64)>,
    values: u64,
}

impl Reach {
    /// Forgets them: the column has a new level.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes the least and the greatest of `values` more in.
    pub fn see(&mut self, (low, high): (f64, f64), values: u64) {
        let (least, greatest) = self.farthest.unwrap_or((low, high));
        self.farthest = Some((least.min(low), greatest.max(high)));
        self.values += values;
    }

    /// What is strange about these; `counts`: numbers, where the sign matters.
    pub fn signs(&self, (low, high): (f64, f64), scale: Scale, counts: bool) -> Vec<Sign> {
        let Some((least, greatest)) = self.farthest.filter(|_| self.values >= KNOWN) else { return Vec::new() };
        let sign = |figure, value, usual| Sign { kind: Kind::Outlier, figure, value, usual, score: None, about: None };
        let mut signs = Vec::new();
        let limit = |farthest: f64| (farthest * FARTHER.0).max(farthest + FARTHER.1);
        if scale.place(high) > limit(scale.place(greatest).max(0.0)) {
            signs.push(sign(Figure::Max, high, greatest));
        }
        let negative = counts && self.values >= SIGNED && least >= 0.0 && low < 0.0;
        if negative || -scale.place(low) > limit((-scale.place(least)).max(0.0)) {
            signs.push(sign(Figure::Min, low, least));
        }
        signs
    }
}
