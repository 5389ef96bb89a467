//! Which values of a sample a chart shows.

use crate::console::{
    state::metrics::{
        Chart, Metrics,
        moments::Moment,
        range::{Range, Window},
    },
    view::{
        View,
        chart::{Curve, Plot, Point, Unit},
    },
};
use doltops_proto::hosted_api::{HostSample, Sample};

/// The word of the protocol for what agents themselves remember.
pub const AGENT: &str = "agent";
/// How long agents remember (milliseconds); see `agent::metrics::history`.
pub const AGENT_KEEPS: i64 = 24 * 3_600_000;

/// What a chart shows of a sample.
type Value<M> = fn(&M) -> f64;

/// One chart's name and unit.
pub fn named(chart: Chart) -> (&'static str, Unit) {
    match chart {
        Chart::Cpu => ("CPU", Unit::Percent),
        Chart::Queries => ("Queries/s", Unit::Rate),
        Chart::Latency => ("Latency", Unit::Milliseconds),
        Chart::Memory => ("Memory", Unit::Bytes),
        Chart::Connections => ("Connections", Unit::Count),
        Chart::Disk => ("Disk", Unit::Bytes),
        Chart::HostCpu => ("Machine, CPU", Unit::Percent),
        Chart::HostMemory => ("Machine, memory", Unit::Percent),
        Chart::HostDisk => ("Machine, disk", Unit::Percent),
    }
}

#[allow(clippy::cast_precision_loss, reason = "three figures are shown")]
fn of_dolt(chart: Chart) -> Value<Sample> {
    match chart {
        Chart::Queries => |sample| sample.queries_per_second,
        Chart::Latency => |sample| sample.latency_p99_ms,
        Chart::Memory => |sample| sample.memory_bytes as f64,
        Chart::Connections => |sample| f64::from(sample.connections),
        Chart::Disk => |sample| sample.disk_bytes as f64,
        _ => |sample| sample.cpu_percent,
    }
}

fn of_host(chart: Chart) -> Value<HostSample> {
    match chart {
        Chart::HostMemory => |sample| sample.memory_percent,
        Chart::HostDisk => |sample| sample.disk_percent,
        _ => |sample| sample.cpu_percent,
    }
}

fn points(samples: &[Sample], value: Value<Sample>) -> Vec<Point> {
    samples.iter().map(|sample| (sample.time_ms, value(sample))).collect()
}

/// One deployment's lines: of latency two.
fn lines(chart: Chart, samples: &[Sample]) -> Vec<Curve> {
    let curve = |name: &str, place, value| Curve { name: name.to_owned(), place, points: points(samples, value) };
    match chart {
        Chart::Latency => {
            vec![curve("p50", 0, |sample| sample.latency_p50_ms), curve("p99", 1, |sample| sample.latency_p99_ms)]
        }
        chart => vec![curve("", 0, of_dolt(chart))],
    }
}

/// A chart of the screen.
pub fn of_screen<'a>(chart: Chart, metrics: &Metrics, moments: &'a [Moment], chosen: bool, view: View) -> Plot<'a> {
    let (now, several) = (view.now(), metrics.names.len() > 1);
    let needed = metrics.needed(now);
    let mut kept_from = i64::MIN;
    let mut curves = Vec::new();
    for (place, name) in metrics.names.iter().enumerate() {
        let Some(answer) = metrics.store.best(name, needed) else { continue };
        if answer.source == AGENT {
            kept_from = kept_from.max(now - AGENT_KEEPS);
        }
        let own = if several { name.clone() } else { String::new() };
        if chart.is_host() {
            let value = of_host(chart);
            let points = answer.host.iter().map(|sample| (sample.time_ms, value(sample))).collect();
            curves.push(Curve { name: own, place, points });
        } else if several {
            curves.push(Curve { name: own, place, points: points(&answer.samples, of_dolt(chart)) });
        } else {
            curves.extend(lines(chart, &answer.samples));
        }
    }
    let (title, unit) = named(chart);
    // Over one another, of two lines each nothing could be read.
    let title = if several && chart == Chart::Latency { "Latency p99" } else { title };
    let (number, window, cross) = (chart.number(), metrics.window(now), metrics.cross());
    Plot { title, number, chosen, unit, curves, window, cross, moments, kept_from }
}

/// A chart of one deployment over the last quarter of an hour.
pub fn of_quarter(chart: Chart, samples: &[Sample], view: View) -> Plot<'static> {
    let (title, unit) = named(chart);
    let window: Window = Range::Quarter.window(view.now());
    let curves = lines(chart, samples);
    Plot { title, number: 0, chosen: false, unit, curves, window, cross: None, moments: &[], kept_from: i64::MIN }
}
