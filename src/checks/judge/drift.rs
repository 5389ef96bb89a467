//! Slow drift: what came lately against what came long before, where no single commit stands out.
//!
//! The last [`LATELY`] batches are compared with the oldest that are remembered, far enough back that a drift is not in
//! both. The median of many medians moves so little by chance that a third of the usual spread is certain; it must be that
//! much, since what is less is nobody's trouble.
//!
//! Why not a CUSUM: it asks how large the drift is, and its baseline has to be frozen, or it follows the drift. A window
//! far back is a baseline that renews itself.

use super::{
    finding::{Figure, Kind, Sign},
    robust::spread,
    shape::{Scale, is_clock},
};
use crate::checks::figures::{Batch, Measures};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Batches that are lately.
const LATELY: usize = 50;

/// Batches that are remembered.
const REMEMBERED: usize = 500;

/// With fewer the oldest are too near.
const ENOUGH: usize = 200;

/// The oldest, of which at most so many are the baseline.
const BASELINE: usize = 200;

/// A look costs some sorting; a drift of hundreds of commits can wait for ten.
const EVERY: usize = 10;

/// In usual spreads; see the module.
const LEAST: f64 = 0.3;

/// The same for the share of nulls.
const LEAST_NULLS: f64 = 0.1;

/// How much further than the threshold it must be: neighbours in time are alike, so that fifty batches are no fifty
/// witnesses.
const ALIKE: f64 = 1.5;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    past: VecDeque<(usize, Option<Measures>, f64)>,
    since_look: usize,
}

impl Drift {
    /// Forgets it: the column has a new level.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes a batch in; tells of a drift, and since when.
    pub fn see(&mut self, now: &Batch, commit: usize, threshold: f64) -> Option<(Sign, usize)> {
        #[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
        let nulls = now.nulls as f64 / now.values.max(1) as f64;
        self.past.push_back((commit, now.measures, nulls));
        if self.past.len() > REMEMBERED {
            self.past.pop_front();
        }
        self.since_look += 1;
        if self.past.len() < ENOUGH || self.since_look < EVERY {
            return None;
        }
        self.since_look = 0;
        let found = self.shape(threshold).or_else(|| self.nulls(threshold))?;
        // What is lately is what is from now on.
        let lately = self.past.len() - LATELY;
        self.past.drain(..lately);
        Some(found)
    }

    fn shape(&self, threshold: f64) -> Option<(Sign, usize)> {
        let measured: Vec<(usize, Measures)> =
            self.past.iter().filter_map(|(commit, measures, _)| Some((*commit, (*measures)?))).collect();
        if measured.len() < ENOUGH {
            return None;
        }
        let all: Vec<Measures> = measured.iter().map(|(_, measures)| *measures).collect();
        let scale = Scale::of(&all[..baseline(all.len())]).filter(|_| !is_clock(&all))?;
        [(2, Figure::Q50), (1, Figure::Q25), (3, Figure::Q75)].into_iter().find_map(|(at, figure)| {
            let placed: Vec<f64> = all.iter().map(|it| scale.place(it.quantiles[at])).collect();
            let (from, score) = moved(&placed, LEAST, threshold)?;
            let raw: Vec<f64> = all.iter().map(|it| it.quantiles[at]).collect();
            Some((sign(figure, &raw, score), measured[from].0))
        })
    }

    fn nulls(&self, threshold: f64) -> Option<(Sign, usize)> {
        let shares: Vec<f64> = self.past.iter().map(|(_, _, nulls)| *nulls).collect();
        let (from, score) = moved(&shares, LEAST_NULLS, threshold)?;
        Some((sign(Figure::NullShare, &shares, score), self.past[from].0))
    }
}

fn baseline(length: usize) -> usize {
    BASELINE.min(length.saturating_sub(2 * LATELY))
}

fn sign(figure: Figure, values: &[f64], score: f64) -> Sign {
    let (usual, _) = spread(&values[..baseline(values.len())]);
    let (value, _) = spread(&values[values.len() - LATELY..]);
    Sign { kind: Kind::Drift, figure, value, usual, score: Some(score), about: None }
}

/// Whether the last of these lie elsewhere than the first, by so much at least; since when, and how many spreads.
#[allow(clippy::cast_precision_loss, reason = "some hundreds")]
fn moved(values: &[f64], least: f64, threshold: f64) -> Option<(usize, f64)> {
    let first = baseline(values.len());
    let (usual, scale) = spread(&values[..first]);
    let (lately, scale_now) = spread(&values[values.len() - LATELY..]);
    // The error of a median is a quarter more than that of a mean.
    let error = 1.25 * scale.max(scale_now) * (1.0 / LATELY as f64 + 1.0 / first as f64).sqrt();
    let by = lately - usual;
    let score = by / error.max(f64::MIN_POSITIVE);
    if by.abs() < least || score.abs() < threshold * ALIKE {
        return None;
    }
    // The turning point of the summed distances from a fifth of the way: there it began to leave.
    let (mut sum, mut lowest, mut at) = (0.0, 0.0, 0);
    for (place, value) in values.iter().enumerate() {
        sum += (value - usual - by / 5.0) * by.signum();
        if sum < lowest {
            (lowest, at) = (sum, place);
        }
    }
    Some(((at + 1).min(values.len() - 1), score))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> f64 {
        // Weyl's sequence: even and without a clock.
        (n as f64 * 0.618_033_988_749).fract() - 0.5
    }

    #[test]
    fn a_slow_climb_is_seen_and_where_it_began() {
        let values: Vec<f64> = (0..400).map(|n| noise(n) + (n as f64 - 150.0).max(0.0) / 200.0).collect();
        let (from, score) = moved(&values, LEAST, 7.0).expect("seen");
        assert!((140..250).contains(&from) && score > 10.0, "{from} {score}");
    }

    #[test]
    fn noise_alone_is_no_drift() {
        let values: Vec<f64> = (0..500).map(noise).collect();
        assert_eq!(moved(&values, 0.05, 7.0), None);
    }
}
