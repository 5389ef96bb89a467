//! Samples of the last day, bounded: every one of the last hour, and before that one a minute.

use super::Sample;
use std::collections::VecDeque;

/// An hour at one each 5 s.
const FINE: usize = 720;
/// A day at one a minute.
const COARSE: usize = 1440;
const MINUTE_MS: i64 = 60_000;

/// Samples, oldest first.
#[derive(Debug, Default)]
pub struct History {
    fine: VecDeque<Sample>,
    coarse: VecDeque<Sample>,
    // The samples of the minute that goes on.
    minute: Vec<Sample>,
}

impl History {
    /// Adds the newest.
    pub fn push(&mut self, sample: Sample) {
        let minute = |sample: &Sample| sample.time_ms.div_euclid(MINUTE_MS);
        if self.minute.first().is_some_and(|first| minute(first) != minute(&sample)) {
            keep(&mut self.coarse, average(&self.minute), COARSE);
            self.minute.clear();
        }
        // A clock that stands still must not make this grow.
        if self.minute.len() < FINE {
            self.minute.push(sample);
        }
        keep(&mut self.fine, sample, FINE);
    }

    /// Those after `after_ms`, oldest first.
    pub fn since(&self, after_ms: i64) -> Vec<Sample> {
        let fine_from = self.fine.front().map_or(i64::MAX, |sample| sample.time_ms);
        let coarse = self.coarse.iter().filter(|sample| sample.time_ms < fine_from);
        coarse.chain(&self.fine).filter(|sample| sample.time_ms > after_ms).copied().collect()
    }
}

fn keep(samples: &mut VecDeque<Sample>, sample: Sample, most: usize) {
    if samples.len() == most {
        samples.pop_front();
    }
    samples.push_back(sample);
}

/// One that stands for all: the mean, at the time of the last; of latencies' high quantile the highest.
fn average(samples: &[Sample]) -> Sample {
    #[allow(clippy::cast_precision_loss, reason = "at most some hundred")]
    let count = samples.len().max(1) as f64;
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let last = samples.last().copied().unwrap_or_default();
    Sample {
        cpu_percent: mean(|sample| sample.cpu_percent),
        queries_per_second: mean(|sample| sample.queries_per_second),
        latency_p50_ms: mean(|sample| sample.latency_p50_ms),
        latency_p99_ms: samples.iter().map(|sample| sample.latency_p99_ms).fold(0.0, f64::max),
        // Levels, not rates: the highest is what matters of memory and connections.
        memory_bytes: samples.iter().map(|sample| sample.memory_bytes).max().unwrap_or_default(),
        connections: samples.iter().map(|sample| sample.connections).max().unwrap_or_default(),
        ..last
    }
}

/// At most `most` of `samples`, evenly, the newest always among them.
pub fn thin(samples: Vec<Sample>, most: usize) -> Vec<Sample> {
    if samples.len() <= most || most == 0 {
        return samples;
    }
    let step = samples.len().div_ceil(most);
    // Counted from the newest, so that it stays.
    let first = (samples.len() - 1) % step;
    samples.into_iter().skip(first).step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: i64) -> Sample {
        Sample { time_ms: second * 1000, cpu_percent: 10.0, ..Sample::default() }
    }

    #[test]
    fn a_week_takes_no_more_than_a_day_and_stays_in_order() {
        let mut history = History::default();
        for tick in 0..7 * 24 * 720 {
            history.push(sample(tick * 5));
        }
        let all = history.since(0);
        assert!(all.len() <= FINE + COARSE);
        assert!(all.is_sorted_by(|a, b| a.time_ms < b.time_ms));
        let span = all[all.len() - 1].time_ms - all[0].time_ms;
        assert!(span > 23 * 3_600_000, "{span}");
        assert!(all.iter().all(|sample| (sample.cpu_percent - 10.0).abs() < 1e-9));
    }

    #[test]
    fn thinning_keeps_the_newest_and_the_bound() {
        for length in [1, 5, 199, 200, 201, 999] {
            let thinned = thin((0..length).map(sample).collect(), 200);
            assert!(thinned.len() <= 200);
            assert_eq!(thinned.last().expect("some").time_ms, (length - 1) * 1000);
        }
    }
}
