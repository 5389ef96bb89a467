//! `doltops metrics`: CPU, memory, disk, connections and queries over time.

use super::{
    Context, Stop, json,
    table::{Column, Table},
    text, values,
};
use crate::{hosted_api::view::View, model::DeploymentName};
use clap::Args;
use doltops_proto::hosted_api::{HostSample, MetricsRequest, Sample, StatusRequest};
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
    let until = match context.client.view() {
        View::At(_) => context.client.status(StatusRequest {}).await?.into_inner().view_time_ms,
        View::Main | View::Branch(_) => context.env.now().as_millisecond(),
    };
    let since_ms = until.saturating_sub(back).max(0);
    let request = MetricsRequest { name: args.name.to_string(), since_ms, ..MetricsRequest::default() };
    let answer = context.client.metrics(request).await?.into_inner();
    if context.out.is_json() {
        let of = |sample| json::Measured { sample: json::Sample::from(sample), source: &answer.source };
        let all: Vec<_> = answer.samples.iter().map(of).collect();
        return context.out.json(&all);
    }
    let source = text::clean(&answer.source);
    if answer.samples.is_empty() {
        context.out.note(&format!("no samples of that time; asked: {source}"));
    }
    context.out.table(&table(&answer.samples))?;
    if !answer.host.is_empty() {
        context.out.line("")?;
        context.out.table(&of_machine(&answer.host))?;
    }
    context.out.note(&format!("from {source}, as of {}", text::moment(answer.as_of_ms)));
    Ok(())
}

/// What the CloudWatch Agent has measured of the machine.
fn of_machine(samples: &[HostSample]) -> Table {
    let mut table = Table::new(&[
        Column::Left("MACHINE"),
        Column::Right("CPU"),
        Column::Right("MEMORY"),
        Column::Right("DATA VOLUME"),
    ]);
    for sample in samples {
        table.row([
            text::moment(sample.time_ms).into(),
            format!("{:.0}%", sample.cpu_percent).into(),
            format!("{:.0}%", sample.memory_percent).into(),
            format!("{:.0}%", sample.disk_percent).into(),
        ]);
    }
    table
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
