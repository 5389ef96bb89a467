//! Dolt's metrics: read from its Prometheus endpoint, made into rates, kept for a day.

pub mod history;
mod http;
pub mod journal;
pub mod poller;
pub mod prometheus;
pub mod rates;

/// One moment of Dolt's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// When, Unix milliseconds.
    pub time_ms: i64,
    /// Of one core.
    pub cpu_percent: f64,
    /// Resident, bytes.
    pub memory_bytes: u64,
    /// Used on the data volume, bytes.
    pub disk_bytes: u64,
    /// Open SQL connections.
    pub connections: u32,
    /// Since the sample before.
    pub queries_per_second: f64,
    /// The median query, milliseconds.
    pub latency_p50_ms: f64,
    /// The slowest in a hundred, milliseconds.
    pub latency_p99_ms: f64,
}
