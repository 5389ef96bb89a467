//! What was measured over a span, in six pictures.

use super::{
    View,
    chart::{self, Picture, Series},
    parts,
};
use crate::console::{state::metrics::Metrics, text, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
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
pub const QUERIES: Picture = Picture {
    title: "Queries/s",
    series: &[Series { name: "", value: |sample| sample.queries_per_second }],
    most: 0.0,
    show: text::count,
};
/// Latency of queries.
pub const LATENCY: Picture = Picture {
    title: "Latency",
    series: &[
        Series { name: "p50", value: |sample| sample.latency_p50_ms },
        Series { name: "p99", value: |sample| sample.latency_p99_ms },
    ],
    most: 0.0,
    show: milliseconds,
};
/// The processor's load.
pub const CPU: Picture = Picture {
    title: "CPU",
    series: &[Series { name: "", value: |sample| sample.cpu_percent }],
    most: 100.0,
    show: percent,
};
#[allow(clippy::cast_precision_loss, reason = "three figures are shown")]
const MEMORY: Picture = Picture {
    title: "Memory",
    series: &[Series { name: "", value: |sample| sample.memory_bytes as f64 }],
    most: 0.0,
    show: size,
};
#[allow(clippy::cast_precision_loss, reason = "three figures are shown")]
const DISK: Picture = Picture {
    title: "Disk",
    series: &[Series { name: "", value: |sample| sample.disk_bytes as f64 }],
    most: 0.0,
    show: size,
};
const CONNECTIONS: Picture = Picture {
    title: "Connections",
    series: &[Series { name: "", value: |sample| f64::from(sample.connections) }],
    most: 0.0,
    show: text::count,
};

/// Draws them.
pub fn draw(frame: &mut Frame, area: Rect, metrics: &Metrics, view: View) {
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let known = metrics.samples.value.as_deref().unwrap_or_default();
    let line = match (&metrics.samples.problem, metrics.samples.since) {
        (Some(problem), _) => Line::from(view.span(Meaning::Bad, format!(" ▲ {}; trying again", problem.what))),
        (None, Some(since)) if known.is_empty() => parts::loading(view, "reading the metrics", since),
        _ => Line::from(view.span(Meaning::Muted, format!(" the last {}", metrics.span.as_str()))),
    };
    parts::lines(frame, head, vec![line]);
    let pictures = [CPU, QUERIES, LATENCY, MEMORY, CONNECTIONS, DISK];
    let columns = if area.width >= 120 { 3 } else { 2 };
    let rows = Layout::vertical(vec![Constraint::Fill(1); pictures.len() / columns]).split(body);
    for (pictures, row) in pictures.chunks(columns).zip(rows.iter()) {
        let cells = Layout::horizontal(vec![Constraint::Fill(1); columns]).split(*row);
        for (picture, cell) in pictures.iter().zip(cells.iter()) {
            chart::draw(frame, *cell, picture, known, metrics.span.ms(), view);
        }
    }
}
