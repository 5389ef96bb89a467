//! Dolt's metrics in CloudWatch's words. The console reads them back under these names.

use crate::metrics::Sample;
use aws_sdk_cloudwatch::types::StandardUnit;

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// In what it is counted.
    pub unit: StandardUnit,
    /// Its value at one moment.
    pub of: fn(&Sample) -> f64,
}

/// How many there are.
pub const COUNT: usize = 7;

/// All of them. CloudWatch asks for each by its name: one that is renamed begins anew.
pub const ALL: [Metric; COUNT] = [
    Metric { name: "CpuPercent", unit: StandardUnit::Percent, of: |sample| sample.cpu_percent },
    Metric { name: "MemoryBytes", unit: StandardUnit::Bytes, of: |sample| bytes(sample.memory_bytes) },
    Metric { name: "DiskBytes", unit: StandardUnit::Bytes, of: |sample| bytes(sample.disk_bytes) },
    Metric { name: "Connections", unit: StandardUnit::Count, of: |sample| f64::from(sample.connections) },
    Metric { name: "QueriesPerSecond", unit: StandardUnit::CountSecond, of: |sample| sample.queries_per_second },
    Metric { name: "LatencyP50", unit: StandardUnit::Milliseconds, of: |sample| sample.latency_p50_ms },
    Metric { name: "LatencyP99", unit: StandardUnit::Milliseconds, of: |sample| sample.latency_p99_ms },
];

#[allow(clippy::cast_precision_loss, reason = "exact up to 8 PiB, and nobody reads the last bytes of more")]
fn bytes(bytes: u64) -> f64 {
    bytes as f64
}
