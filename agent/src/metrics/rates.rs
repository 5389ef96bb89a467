//! From two looks at Dolt's counters to a sample.
//!
//! Pure. Counters that went back, as after a restart, give zero and never a negative rate.
//!
//! What the latencies are worth: Dolt's first bucket ends at 10 ms and most queries are faster. A quantile is
//! interpolated in its bucket and then held below what the mean allows (Markov: of positive values with mean m, the
//! share above m/(1-q) is at most 1-q). So the median tells fast from very fast; the 99th percentile of a fast server
//! means "not above 10 ms".

use super::{Sample, prometheus::Series};
use crate::process::{Process, Usage};
use std::time::Duration;

/// What one scrape told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scrape {
    /// Open SQL connections.
    pub connections: u32,
    /// Queries since Dolt started.
    pub queries: f64,
    /// Their durations added up, seconds.
    pub seconds: f64,
    /// How many took up to so many seconds, by rising bound; the last bound is infinite.
    pub buckets: Vec<(f64, f64)>,
}

impl Scrape {
    /// Takes what is needed from all that Dolt tells.
    pub fn of(series: impl Iterator<Item = Series>) -> Self {
        let mut scrape = Self::default();
        for Series { name, labels, value } in series {
            match name.as_str() {
                "dss_concurrent_connections" => scrape.connections = whole(value),
                "dss_query_duration_count" => scrape.queries = value,
                "dss_query_duration_sum" => scrape.seconds = value,
                "dss_query_duration_bucket" => {
                    if let Some(bound) = labels.get("le").and_then(|le| le.parse().ok()) {
                        scrape.buckets.push((bound, value));
                    }
                }
                _ => {}
            }
        }
        scrape.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        scrape
    }
}

/// A whole number from a gauge, whatever it says.
fn whole(value: f64) -> u32 {
    // A cast of a float ends at the type's bounds.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the clamp")]
    let whole = value.clamp(0.0, f64::from(u32::MAX)) as u32;
    whole
}

/// One look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// On a clock that never jumps.
    pub at: Duration,
    /// Unix milliseconds.
    pub time_ms: i64,
    /// Which process.
    pub process: Process,
    /// What it has used.
    pub usage: Usage,
    /// Used on the data volume, bytes.
    pub disk_bytes: u64,
    /// The agent's own queries so far.
    pub own_queries: u64,
    /// The agent's own connections, which Dolt counts with the others.
    pub own_connections: u32,
    /// What Dolt told; none where it did not answer.
    pub scrape: Option<Scrape>,
}

/// The sample of `now`, given the look before.
pub fn sample(before: Option<&Look>, now: &Look) -> Sample {
    let mut sample = Sample {
        time_ms: now.time_ms,
        memory_bytes: now.usage.memory,
        disk_bytes: now.disk_bytes,
        connections: now.scrape.as_ref().map_or(0, |scrape| scrape.connections.saturating_sub(now.own_connections)),
        ..Sample::default()
    };
    let Some(before) = before.filter(|before| before.process == now.process) else { return sample };
    let seconds = now.at.saturating_sub(before.at).as_secs_f64();
    if seconds <= 0.0 {
        return sample;
    }
    sample.cpu_percent = now.usage.cpu.saturating_sub(before.usage.cpu).as_secs_f64() / seconds * 100.0;
    if let (Some(earlier), Some(later)) = (&before.scrape, &now.scrape) {
        #[allow(clippy::cast_precision_loss, reason = "a few queries")]
        let own = now.own_queries.saturating_sub(before.own_queries) as f64;
        sample.queries_per_second = (later.queries - earlier.queries - own).max(0.0) / seconds;
        sample.latency_p50_ms = quantile(earlier, later, 0.5) * 1000.0;
        sample.latency_p99_ms = quantile(earlier, later, 0.99) * 1000.0;
    }
    sample
}

/// The duration, seconds, that the share `q` of the queries between two scrapes did not exceed.
fn quantile(earlier: &Scrape, later: &Scrape, q: f64) -> f64 {
    let total = later.queries - earlier.queries;
    if total <= 0.0 {
        return 0.0;
    }
    let rank = q * total;
    let (mut lower, mut below) = (0.0, 0.0);
    let mut found = 0.0;
    for (bound, count) in &later.buckets {
        let count = count - earlier.buckets.iter().find(|(b, _)| b.total_cmp(bound).is_eq()).map_or(0.0, |(_, c)| *c);
        if !bound.is_finite() {
            // Above the last bound nothing more is known.
            found = lower;
            break;
        }
        if count >= rank {
            let share = if count > below { (rank - below) / (count - below) } else { 1.0 };
            found = lower + (bound - lower) * share.clamp(0.0, 1.0);
            break;
        }
        (lower, below, found) = (*bound, count, *bound);
    }
    let mean = (later.seconds - earlier.seconds).max(0.0) / total;
    found.min(mean / (1.0 - q))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrape(counts: [f64; 4], seconds: f64) -> Scrape {
        let bounds = [0.01, 0.1, 1.0, f64::INFINITY];
        Scrape { connections: 2, queries: counts[3], seconds, buckets: bounds.into_iter().zip(counts).collect() }
    }

    fn look(at: u64, own_queries: u64, scrape: Scrape) -> Look {
        Look {
            at: Duration::from_secs(at),
            time_ms: 0,
            process: Process { pid: 1, started: 1 },
            usage: Usage { cpu: Duration::from_millis(at * 500), memory: 7 },
            disk_bytes: 8,
            own_queries,
            own_connections: 1,
            scrape: Some(scrape),
        }
    }

    #[test]
    fn a_sample_leaves_out_the_agents_own_queries_and_connections() {
        let before = look(10, 1, scrape([100.0; 4], 1.0));
        let now = look(15, 6, scrape([205.0; 4], 2.0));
        let sample = sample(Some(&before), &now);
        assert!((sample.queries_per_second - 20.0).abs() < 1e-9);
        assert!((sample.cpu_percent - 50.0).abs() < 1e-9);
        assert_eq!((sample.connections, sample.memory_bytes, sample.disk_bytes), (1, 7, 8));
    }

    #[test]
    fn counters_that_went_back_give_no_rate() {
        let before = look(10, 0, scrape([100.0; 4], 1.0));
        let now = look(15, 0, scrape([5.0; 4], 0.1));
        let sample = sample(Some(&before), &now);
        assert!(sample.queries_per_second.abs() < f64::EPSILON && sample.latency_p99_ms.abs() < f64::EPSILON);
    }

    #[test]
    fn quantiles_come_from_what_happened_between() {
        // 90 fast ones, 10 of up to 0.1 s.
        let (earlier, later) = (scrape([1000.0; 4], 50.0), scrape([1090.0, 1100.0, 1100.0, 1100.0], 51.0));
        let p50 = quantile(&earlier, &later, 0.5);
        assert!((0.005..0.006).contains(&p50), "{p50}");
        let p99 = quantile(&earlier, &later, 0.99);
        assert!((0.09..0.1).contains(&p99), "{p99}");
    }

    #[test]
    fn a_fast_servers_median_is_below_twice_its_mean() {
        let p50 = quantile(&scrape([0.0; 4], 0.0), &scrape([100.0; 4], 0.03), 0.5);
        assert!((p50 - 0.0006).abs() < 1e-9, "{p50}");
    }

    #[test]
    fn above_the_last_bound_the_last_bound_is_told() {
        let p99 = quantile(&scrape([0.0; 4], 0.0), &scrape([0.0, 0.0, 0.0, 4.0], 4000.0), 0.99);
        assert!((p99 - 1.0).abs() < f64::EPSILON);
    }
}
