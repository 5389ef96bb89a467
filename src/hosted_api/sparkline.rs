//! The small curves that travel with every deployment.
//!
//! Guarantees: at most [`MOST`] samples; the newest is as it was measured. Of those before it, each that is sent holds the
//! highest of a part of the time that begins and ends at the same moments whenever one looks: a peak is never left out,
//! and what was is told alike each time.

use super::convert;
use crate::model::Sample;
use doltops_proto::hosted_api as wire;

/// Of 15 minutes, with the part that has begun, the one that ends, and the newest itself.
#[cfg(test)]
const MOST: usize = 60;
/// Their length (milliseconds): it divides those of the bars that the console draws, so that none falls into two.
const PART: i64 = 25_000;

/// What is sent of them.
pub fn thinned(samples: &[Sample]) -> Vec<wire::Sample> {
    let Some((newest, before)) = samples.split_last() else { return Vec::new() };
    let before: Vec<wire::Sample> = before.iter().map(convert::sample).collect();
    let parts = before.chunk_by(|a, b| a.time_ms.div_euclid(PART) == b.time_ms.div_euclid(PART));
    let mut sent: Vec<wire::Sample> = parts.filter_map(|part| part.iter().cloned().reduce(highest)).collect();
    sent.push(convert::sample(newest));
    sent
}

/// The highest of each, at the time of the later one.
fn highest(a: wire::Sample, b: wire::Sample) -> wire::Sample {
    wire::Sample {
        time_ms: b.time_ms,
        cpu_percent: a.cpu_percent.max(b.cpu_percent),
        memory_bytes: a.memory_bytes.max(b.memory_bytes),
        disk_bytes: a.disk_bytes.max(b.disk_bytes),
        connections: a.connections.max(b.connections),
        queries_per_second: a.queries_per_second.max(b.queries_per_second),
        latency_p50_ms: a.latency_p50_ms.max(b.latency_p50_ms),
        latency_p99_ms: a.latency_p99_ms.max(b.latency_p99_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn sample(at: i64) -> Sample {
        Sample {
            time: Timestamp::from_second(at * 5).expect("a time"),
            cpu_percent: if at % 37 == 0 { 90.0 } else { 1.0 },
            memory_bytes: 0,
            disk_bytes: 0,
            connections: 0,
            queries_per_second: 0.0,
            latency_p50_ms: 0.0,
            latency_p99_ms: 0.0,
        }
    }

    #[test]
    fn a_peak_is_told_at_each_look_and_the_newest_as_it_is() {
        for now in 0..60 {
            let samples: Vec<Sample> = (now..now + 180).map(sample).collect();
            let sent = thinned(&samples);
            assert!(sent.len() <= MOST, "{}", sent.len());
            assert_eq!(sent.last(), samples.last().map(convert::sample).as_ref());
            let peaks = |all: &mut dyn Iterator<Item = f64>| all.filter(|cpu| *cpu > 50.0).count();
            let measured = peaks(&mut samples.iter().map(|sample| sample.cpu_percent));
            assert_eq!(peaks(&mut sent.iter().map(|sample| sample.cpu_percent)), measured, "{now}");
        }
        assert!(thinned(&[]).is_empty());
    }
}
