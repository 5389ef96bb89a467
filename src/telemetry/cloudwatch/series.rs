//! The metrics that instances send, as CloudWatch names them.

use std::sync::Arc;

/// One metric of an instance. Names, dimension and units are the agents' own; see `docs/architecture.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is named for what it measures")]
pub enum Metric {
    Cpu,
    Memory,
    Disk,
    Connections,
    Queries,
    LatencyP50,
    LatencyP99,
    HostCpu,
    HostMemory,
    HostDisk,
}

/// What a list shows of a row.
pub const BRIEF: &[Metric] = &[Metric::Cpu, Metric::Queries];

/// All of them.
pub const FULL: &[Metric] = &[
    Metric::Cpu,
    Metric::Memory,
    Metric::Disk,
    Metric::Connections,
    Metric::Queries,
    Metric::LatencyP50,
    Metric::LatencyP99,
    Metric::HostCpu,
    Metric::HostMemory,
    Metric::HostDisk,
];

impl Metric {
    /// Its name in CloudWatch. Dolt's are sent by the agent, the machine's by the CloudWatch Agent.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Cpu => "CpuPercent",
            Metric::Memory => "MemoryBytes",
            Metric::Disk => "DiskBytes",
            Metric::Connections => "Connections",
            Metric::Queries => "QueriesPerSecond",
            Metric::LatencyP50 => "LatencyP50",
            Metric::LatencyP99 => "LatencyP99",
            Metric::HostCpu => "cpu_usage_active",
            Metric::HostMemory => "mem_used_percent",
            Metric::HostDisk => "disk_used_percent",
        }
    }

    /// How the values of a period become one: what fills up, and the slow tail, by their highest; what is a rate, on
    /// average.
    pub fn statistic(self) -> &'static str {
        match self {
            Metric::Memory | Metric::Disk | Metric::Connections | Metric::LatencyP99 | Metric::HostDisk => "Maximum",
            _ => "Average",
        }
    }
}

/// One curve: a metric of an instance, so finely.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// `Doltops/<control plane>/<deployment>`.
    pub namespace: Arc<str>,
    /// The dimension `InstanceId`.
    pub instance: Arc<str>,
    /// Which metric.
    pub metric: Metric,
    /// Seconds.
    pub period: i64,
}
