//! Puts samples together from single metrics.
//!
//! Pure. A period in which nothing of Dolt's was measured has no sample. Where only some of its metrics came, what is a
//! state (memory, disk, connections) stays as it last was, and what is a rate is 0.

use super::series::Metric;
use crate::{
    model::Sample,
    telemetry::{Curve, HostSample},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// By the period's start, what was measured in it.
type Rows = BTreeMap<i64, BTreeMap<Metric, f64>>;

/// The curve of a deployment from the metrics of its instances; where two measured at once, the later one in `parts`
/// counts.
pub fn curve(parts: impl IntoIterator<Item = (Metric, Vec<(i64, f64)>)>) -> Curve {
    let (mut dolt, mut host) = (Rows::new(), Rows::new());
    for (metric, points) in parts {
        let rows = if is_host(metric) { &mut host } else { &mut dolt };
        for (at, value) in points {
            rows.entry(at).or_default().insert(metric, value);
        }
    }
    Curve { samples: samples(&dolt), host: host_samples(&host) }
}

fn is_host(metric: Metric) -> bool {
    matches!(metric, Metric::HostCpu | Metric::HostMemory | Metric::HostDisk)
}

fn samples(rows: &Rows) -> Vec<Sample> {
    let mut last = BTreeMap::new();
    let mut samples = Vec::with_capacity(rows.len());
    for (at, row) in rows {
        let Ok(time) = Timestamp::from_second(*at) else { continue };
        last.extend(row.iter().map(|(metric, value)| (*metric, *value)));
        let state = |metric| last.get(&metric).copied().unwrap_or(0.0);
        let rate = |metric| row.get(&metric).copied().unwrap_or(0.0);
        samples.push(Sample {
            time,
            cpu_percent: rate(Metric::Cpu),
            memory_bytes: whole(state(Metric::Memory)),
            disk_bytes: whole(state(Metric::Disk)),
            connections: u32::try_from(whole(state(Metric::Connections))).unwrap_or(u32::MAX),
            queries_per_second: rate(Metric::Queries),
            latency_p50_ms: rate(Metric::LatencyP50),
            latency_p99_ms: rate(Metric::LatencyP99),
        });
    }
    samples
}

fn host_samples(rows: &Rows) -> Vec<HostSample> {
    let mut last = BTreeMap::new();
    let mut samples = Vec::with_capacity(rows.len());
    for (at, row) in rows {
        let Ok(time) = Timestamp::from_second(*at) else { continue };
        last.extend(row.iter().map(|(metric, value)| (*metric, *value)));
        let state = |metric| last.get(&metric).copied().unwrap_or(0.0);
        samples.push(HostSample {
            time,
            cpu_percent: row.get(&Metric::HostCpu).copied().unwrap_or(0.0),
            memory_percent: state(Metric::HostMemory),
            disk_percent: state(Metric::HostDisk),
        });
    }
    samples
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; a size or a count")]
fn whole(value: f64) -> u64 {
    value.clamp(0.0, u64::MAX as f64).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_samples_and_gaps_stay_gaps() {
        let curve = curve([
            (Metric::Cpu, vec![(0, 10.0), (60, 20.0), (240, 30.0)]),
            (Metric::Memory, vec![(0, 1_000.4)]),
            (Metric::Queries, vec![(60, 5.0)]),
            (Metric::HostMemory, vec![(60, 50.0)]),
        ]);
        let shown: Vec<_> =
            curve.samples.iter().map(|s| (s.time.as_second(), s.memory_bytes, s.queries_per_second)).collect();
        assert_eq!(shown, [(0, 1_000, 0.0), (60, 1_000, 5.0), (240, 1_000, 0.0)]);
        assert_eq!(curve.host.len(), 1);
    }

    /// An instance was replaced: its successor's curve goes on where its own ended.
    #[test]
    fn two_instances_make_one_curve() {
        let curve = curve([(Metric::Cpu, vec![(0, 1.0), (60, 2.0)]), (Metric::Cpu, vec![(60, 3.0), (120, 4.0)])]);
        assert_eq!(curve.samples.iter().map(|s| s.cpu_percent).collect::<Vec<_>>(), [1.0, 3.0, 4.0]);
    }
}
