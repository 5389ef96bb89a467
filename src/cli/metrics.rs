//! `doltops metrics`: CPU, memory, disk, connections and queries over time.

use super::{
    Context, Stop, json,
    table::{Column, Table},
    text, values,
};
use crate::model::DeploymentName;
use clap::Args;
use doltops_proto::hosted_api::{MetricsRequest, Sample};
use std::time::Duration;

/// CPU, memory, disk, connections and queries over time
#[derive(Args, Clone, Debug)]
pub struct Metrics {
    /// Which deployment
    name: DeploymentName,
    /// From how long ago
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = values::duration)]
    since: Duration,
}

pub async fn run(args: Metrics, mut context: Context<'_>) -> Result<(), Stop> {
    let back = i64::try_from(args.since.as_millis()).unwrap_or(i64::MAX);
    let since_ms = context.env.now().as_millisecond().saturating_sub(back).max(0);
    let request = MetricsRequest { name: args.name.to_string(), since_ms, names: Vec::new() };
    let samples = context.client.metrics(request).await?.into_inner().samples;
    if context.out.is_json() {
        let all: Vec<_> = samples.iter().map(json::Sample::from).collect();
        return context.out.json(&all);
    }
    if samples.is_empty() {
        context.out.note("no samples of that time");
    }
    context.out.table(&table(&samples))
}

fn table(samples: &[Sample]) -> Table {
    let mut table = Table::new(&[
        Column::Left("TIME"),
        Column::Right("CPU"),
        Column::Right("MEMORY"),
        Column::Right("DISK"),
        Column::Right("CONNECTIONS"),
        Column::Right("QUERIES/S"),
        Column::Right("P50"),
        Column::Right("P99"),
    ]);
    for sample in samples {
        table.row([
            text::moment(sample.time_ms).into(),
            format!("{:.0}%", sample.cpu_percent).into(),
            text::bytes(sample.memory_bytes).into(),
            text::bytes(sample.disk_bytes).into(),
            sample.connections.to_string().into(),
            format!("{:.1}", sample.queries_per_second).into(),
            format!("{:.1} ms", sample.latency_p50_ms).into(),
            format!("{:.1} ms", sample.latency_p99_ms).into(),
        ]);
    }
    table
}
