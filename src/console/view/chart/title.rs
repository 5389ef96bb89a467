//! What stands above a chart: its name and its values, at the crosshair or the newest.

use super::{Curve, Plot, look, shown, sign, thin};
use crate::console::{text, theme::Meaning, view::View};
use ratatui::text::{Line, Span};

/// A longer name of a line is cut off.
const LONGEST_NAME: usize = 12;

/// The value at the crosshair, or the newest in view; none where nothing was measured then.
pub fn value(plot: &Plot, curve: &Curve) -> Option<f64> {
    match plot.cross {
        // Within a hundredth of what is in view one cannot point more exactly.
        Some(time) => thin::nearest(&curve.points, time, plot.window.ms() / 100),
        None => curve.points.iter().rev().find(|point| point.0 <= plot.window.to).map(|point| point.1),
    }
}

/// The line, in at most `width` columns: names of lines go first, then their values.
pub fn line(plot: &Plot, width: usize, view: View) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    if plot.number > 0 {
        spans.push(view.span(Meaning::Key, format!("{} ", plot.number)));
    }
    spans.push(view.span(Meaning::Heading, format!("{} ", plot.title)));
    let used: usize = spans.iter().map(Span::width).sum();
    // The corners of the frame.
    let room = width.saturating_sub(used + 2);
    let named = values(plot, true, view);
    let values = if wide(&named) <= room { named } else { values(plot, false, view) };
    let mut left = room;
    for span in values {
        let text = text::fit(&span.content, left);
        left = left.saturating_sub(text::width(&text));
        spans.push(Span::styled(text, span.style));
    }
    Line::from(spans)
}

fn wide(spans: &[Span]) -> usize {
    spans.iter().map(Span::width).sum()
}

fn values(plot: &Plot, named: bool, view: View) -> Vec<Span<'static>> {
    let several = plot.curves.len() > 1;
    let of = |curve: &Curve| {
        let value = value(plot, curve).map_or_else(|| "–".to_owned(), |value| shown(plot.unit, value));
        let name = if named && !curve.name.is_empty() {
            format!("{} ", text::fit(&curve.name, LONGEST_NAME))
        } else {
            String::new()
        };
        let sign = if several { format!("{} ", sign(curve.place)) } else { String::new() };
        view.span(look(curve.place), format!("{sign}{name}{value} "))
    };
    plot.curves.iter().map(of).collect()
}
