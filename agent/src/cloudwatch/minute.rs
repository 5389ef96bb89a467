//! One minute of metrics, as CloudWatch takes it: count, sum, least and most of each.
//!
//! Pure. A minute is CloudWatch's own finest period for metrics that are not of high resolution, and twelve samples
//! cost as much as one.

use super::metric::{self, COUNT};
use crate::metrics::Sample;

/// Its length.
pub const MINUTE_MS: i64 = 60_000;

/// What the samples of one metric came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// How many there were.
    pub count: u32,
    /// All of them together.
    pub sum: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Statistics {
    fn add(&mut self, value: f64) {
        // CloudWatch refuses a whole request for one such value.
        if !value.is_finite() {
            return;
        }
        let first = self.count == 0;
        self.count += 1;
        self.sum += value;
        self.least = if first { value } else { self.least.min(value) };
        self.most = if first { value } else { self.most.max(value) };
    }
}

/// One minute.
#[derive(Clone, Debug, PartialEq)]
pub struct Minute {
    /// When it began, Unix milliseconds.
    pub start_ms: i64,
    /// In the order of [`metric::ALL`].
    pub statistics: [Statistics; COUNT],
}

impl Minute {
    /// The minute that a sample belongs to, with nothing in it yet.
    pub fn of(sample: &Sample) -> Self {
        Self { start_ms: start(sample), statistics: [Statistics::default(); COUNT] }
    }

    /// Adds a sample of this minute.
    pub fn add(&mut self, sample: &Sample) {
        for (metric, statistics) in metric::ALL.iter().zip(&mut self.statistics) {
            statistics.add((metric.of)(sample));
        }
    }
}

/// When the minute of a sample began.
pub fn start(sample: &Sample) -> i64 {
    sample.time_ms.div_euclid(MINUTE_MS) * MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_its_samples_came_to_and_no_value_that_is_none() {
        let sample = |cpu_percent| Sample { time_ms: 61_000, cpu_percent, ..Sample::default() };
        let mut minute = Minute::of(&sample(0.0));
        for value in [3.0, 1.0, f64::NAN, 8.0] {
            minute.add(&sample(value));
        }
        assert_eq!(minute.start_ms, 60_000);
        assert_eq!(minute.statistics[0], Statistics { count: 3, sum: 12.0, least: 1.0, most: 8.0 });
        assert_eq!(minute.statistics[1].count, 4);
    }
}
