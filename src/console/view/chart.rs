//! Lines over time, with the newest value in the title.

use super::{View, parts};
use crate::console::{text, theme::Meaning};
use doltops_proto::hosted_api::{HostSample, Sample};
use ratatui::{
    Frame,
    layout::Rect,
    symbols::Marker,
    text::{Line, Span},
    widgets::{Axis, Chart, Dataset, GraphType},
};

/// Something that was measured at a time.
pub trait Measured {
    /// Unix milliseconds.
    fn time_ms(&self) -> i64;
}

impl Measured for Sample {
    fn time_ms(&self) -> i64 {
        self.time_ms
    }
}

impl Measured for HostSample {
    fn time_ms(&self) -> i64 {
        self.time_ms
    }
}

/// One line.
pub struct Series<M> {
    /// Its name; empty where it is the only one.
    pub name: &'static str,
    /// What it shows of a sample.
    pub value: fn(&M) -> f64,
}

/// What is drawn.
pub struct Picture<'a, M> {
    /// Above it.
    pub title: &'a str,
    /// One or two lines.
    pub series: &'a [Series<M>],
    /// The top of the axis; 0 takes the highest value.
    pub most: f64,
    /// How a value is written.
    pub show: fn(f64) -> String,
}

/// The looks of the first and the second line.
const LOOKS: [Meaning; 2] = [Meaning::Chart, Meaning::ChartTwo];

/// Draws it over the `span` milliseconds before now.
pub fn draw<M: Measured>(frame: &mut Frame, area: Rect, picture: &Picture<M>, samples: &[M], span: i64, view: View) {
    let inner = parts::panel(frame, area, title(picture, samples, view), view);
    // What is read needs no picture: the newest value stands in the title.
    if view.linear.is_some() {
        return;
    }
    let start = view.now() - span;
    let lines: Vec<Vec<(f64, f64)>> = picture
        .series
        .iter()
        .map(|series| {
            samples
                .iter()
                .filter(|s| s.time_ms() >= start)
                .map(|s| (seconds(s.time_ms() - start), (series.value)(s)))
                .collect()
        })
        .collect();
    if lines.iter().all(Vec::is_empty) {
        parts::lines(frame, inner, vec![Line::from(view.span(Meaning::Muted, " nothing was measured"))]);
        return;
    }
    let highest = lines.iter().flatten().map(|point| point.1).fold(0.0, f64::max);
    // A line at 0 has its place at the foot, not in the middle.
    let top = if picture.most > 0.0 { picture.most } else { (highest * 1.1).max(1.0) };
    let datasets = lines.iter().zip(LOOKS).map(|(points, look)| {
        Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).style(view.style(look)).data(points)
    });
    let label = |value: f64| view.span(Meaning::Muted, (picture.show)(value));
    let ago = view.span(Meaning::Muted, format!("-{}", text::span(span)));
    let chart = Chart::new(datasets.collect())
        .x_axis(Axis::default().bounds([0.0, seconds(span)]).labels([ago, view.span(Meaning::Muted, "now")]))
        .y_axis(Axis::default().bounds([0.0, top]).labels([label(0.0), label(top)]));
    frame.render_widget(chart, inner);
}

#[allow(clippy::cast_precision_loss, reason = "a day in milliseconds")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

fn title<M>(picture: &Picture<M>, samples: &[M], view: View) -> Line<'static> {
    let mut spans = vec![view.span(Meaning::Heading, format!(" {} ", picture.title))];
    if let Some(last) = samples.last() {
        for (series, look) in picture.series.iter().zip(LOOKS) {
            let space = if series.name.is_empty() { "" } else { " " };
            spans.push(view.span(look, format!("{}{space}{} ", series.name, (picture.show)((series.value)(last)))));
        }
    }
    spans.push(Span::raw(""));
    Line::from(spans)
}
