//! What was measured over a span: of Dolt in six pictures, and of its machine in three where the source has that.

use super::{
    View,
    chart::{self, Picture, Series},
    parts,
};
use crate::console::{state::metrics::Metrics, text, theme::Meaning};
use doltops_proto::hosted_api::{HostSample, Sample};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

fn percent(value: f64) -> String {
    format!("{value:.0}%")
}

fn milliseconds(value: f64) -> String {
    format!("{} ms", text::count(value))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size that came as a whole number")]
fn size(value: f64) -> String {
    text::bytes(value.max(0.0) as u64)
}

/// Queries a second.
pub const QUERIES: Picture<Sample> = Picture {
    title: "Queries/s",
    series: &[Series { name: "", value: |sample| sample.queries_per_second }],
    most: 0.0,
    show: text::count,
};
/// Latency of queries.
pub const LATENCY: Picture<Sample> = Picture {
    title: "Latency",
    series: &[
        Series { name: "p50", value: |sample| sample.latency_p50_ms },
        Series { name: "p99", value: |sample| sample.latency_p99_ms },
    ],
    most: 0.0,
    show: milliseconds,
};
/// The processor's load.
pub const CPU: Picture<Sample> = Picture {
    title: "CPU",
    series: &[Series { name: "", value: |sample| sample.cpu_percent }],
    most: 100.0,
    show: percent,
};
#[allow(clippy::cast_precision_loss, reason = "three figures are shown")]
const MEMORY: Picture<Sample> = Picture {
    title: "Memory",
    series: &[Series { name: "", value: |sample| sample.memory_bytes as f64 }],
    most: 0.0,
    show: size,
};
#[allow(clippy::cast_precision_loss, reason = "three figures are shown")]
const DISK: Picture<Sample> = Picture {
    title: "Disk",
    series: &[Series { name: "", value: |sample| sample.disk_bytes as f64 }],
    most: 0.0,
    show: size,
};
const CONNECTIONS: Picture<Sample> = Picture {
    title: "Connections",
    series: &[Series { name: "", value: |sample| f64::from(sample.connections) }],
    most: 0.0,
    show: text::count,
};

/// The machine's own, where the source has them.
const HOST: [Picture<HostSample>; 3] = [
    Picture {
        title: "Machine, CPU",
        series: &[Series { name: "", value: |sample| sample.cpu_percent }],
        most: 100.0,
        show: percent,
    },
    Picture {
        title: "Machine, memory",
        series: &[Series { name: "", value: |sample| sample.memory_percent }],
        most: 100.0,
        show: percent,
    },
    Picture {
        title: "Machine, disk",
        series: &[Series { name: "", value: |sample| sample.disk_percent }],
        most: 100.0,
        show: percent,
    },
];

/// Draws them.
pub fn draw(frame: &mut Frame, area: Rect, metrics: &Metrics, view: View) {
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let known = metrics.samples.value.as_ref();
    let (samples, host) = known.map_or((&[][..], &[][..]), |known| (known.samples.as_slice(), known.host.as_slice()));
    parts::lines(frame, head, vec![headline(metrics, view)]);
    let span = metrics.span.ms();
    let dolt = [CPU, QUERIES, LATENCY, MEMORY, CONNECTIONS, DISK];
    // The machine's own stand in a row below Dolt's.
    let columns = if area.width >= 120 || !host.is_empty() { 3 } else { 2 };
    let count = dolt.len() / columns + usize::from(!host.is_empty());
    let rows = Layout::vertical(vec![Constraint::Fill(1); count]).split(body);
    let cells = |row: Rect| Layout::horizontal(vec![Constraint::Fill(1); columns]).split(row);
    for (pictures, row) in dolt.chunks(columns).zip(rows.iter()) {
        for (picture, cell) in pictures.iter().zip(cells(*row).iter()) {
            chart::draw(frame, *cell, picture, samples, span, view);
        }
    }
    if let (false, Some(row)) = (host.is_empty(), rows.last()) {
        for (picture, cell) in HOST.iter().zip(cells(*row).iter()) {
            chart::draw(frame, *cell, picture, host, span, view);
        }
    }
}

/// The span, where the values are from and how old they are, or why there are none.
fn headline(metrics: &Metrics, view: View) -> Line<'static> {
    match (&metrics.samples.problem, &metrics.samples.value, metrics.samples.since) {
        (Some(problem), _, _) => Line::from(view.span(Meaning::Bad, format!(" ▲ {}; trying again", problem.what))),
        (None, None, Some(since)) => parts::loading(view, "reading the metrics", since),
        (None, known, _) => {
            let mut spans = vec![view.span(Meaning::Muted, format!(" the last {}", metrics.span.as_str()))];
            if let Some(known) = known {
                spans.push(view.span(Meaning::Muted, "   "));
                let newest = known.samples.last().map(|sample| sample.time_ms);
                spans.push(origin(&known.source, known.as_of_ms, newest, view));
            }
            Line::from(spans)
        }
    }
}

/// Where values are from, when that was asked, and how old the newest of them is.
pub fn origin(source: &str, as_of: i64, newest: Option<i64>, view: View) -> Span<'static> {
    let now = view.now();
    let newest = newest.map_or_else(String::new, |time| format!(", newest value {}", text::ago(now, time)));
    let said = format!("{}, asked {}{newest}", source_name(source), text::ago(now, as_of));
    let kept_elsewhere = view.state.reads_kept_metrics() && source == AGENT;
    if now - as_of > STALE {
        return view.span(Meaning::Stale, format!("▲ {said}"));
    }
    if kept_elsewhere {
        return view.span(Meaning::Warning, format!("▲ {said}: CloudWatch has no answer"));
    }
    view.span(Meaning::Muted, said)
}

/// The word of the protocol for what agents themselves remember.
const AGENT: &str = "agent";

/// Older than this, values look stale: two are missing then, where they come once a minute.
const STALE: i64 = 180_000;

fn source_name(source: &str) -> String {
    match source {
        AGENT => "from the agent".to_owned(),
        "cloudwatch" => "from CloudWatch".to_owned(),
        other => format!("from {other}"),
    }
}
