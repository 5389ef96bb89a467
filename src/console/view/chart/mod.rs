//! Lines over time, with axes: values at the left, times below, what happened on the line between.
//!
//! Guarantees: drawn from what it is given alone; where nothing was measured there is no line; several lines differ by
//! their signs as well as by their colours; the crosshair stands over everything.
//!
//! The lower border of the panel carries the labels of time: on a small screen a chart has few rows, and the border
//! would say nothing.

mod lines;
pub mod scale;
mod thin;
mod times;
mod title;

pub use scale::Unit;
pub use thin::Point;

use super::{View, parts};
use crate::console::{
    state::metrics::{moments::Moment, range::Window},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use scale::Scale;

/// The signs that tell lines apart, whatever the colours.
pub const SIGNS: [&str; 6] = ["●", "■", "▲", "◆", "○", "□"];

/// One line.
pub struct Curve {
    /// Its name; empty where it is the only one.
    pub name: String,
    /// Its sign and its look, by place; see [`SIGNS`].
    pub place: usize,
    /// Oldest first.
    pub points: Vec<Point>,
}

/// What is drawn.
pub struct Plot<'a> {
    /// Above it.
    pub title: &'a str,
    /// The key that shows and hides it; 0 for none.
    pub number: usize,
    /// The one that keys are about.
    pub chosen: bool,
    /// In what values are counted.
    pub unit: Unit,
    /// The lines.
    pub curves: Vec<Curve>,
    /// From when until when.
    pub window: Window,
    /// Where the crosshair is.
    pub cross: Option<i64>,
    /// What happened meanwhile.
    pub moments: &'a [Moment],
    /// Before this the source keeps nothing.
    pub kept_from: i64,
}

/// The look of a line by its place.
pub fn look(place: usize) -> Meaning {
    super::logs::LOOKS.get(place).copied().unwrap_or(Meaning::Chart)
}

/// The sign of a line by its place.
pub fn sign(place: usize) -> &'static str {
    SIGNS.get(place).copied().unwrap_or("●")
}

/// How a value is written.
pub fn shown(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Percent => format!("{value:.0}%"),
        Unit::Count | Unit::Rate => text::count(value),
        Unit::Milliseconds => format!("{} ms", text::count(value)),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size that came as a whole number"
        )]
        Unit::Bytes => text::bytes(value.max(0.0) as u64).replace(".0 ", " "),
    }
}

/// Why there is no curve.
fn nothing(view: View) -> &'static str {
    if view.state.clone_of.is_some() { " a clone holds no metrics" } else { " nothing was measured" }
}

/// Draws it; gives how many columns its time has.
pub fn draw(frame: &mut Frame, area: Rect, plot: &Plot, view: View) -> u16 {
    let border = if plot.chosen { Meaning::Key } else { Meaning::Border };
    let inner = parts::panel_of(frame, area, title::line(plot, usize::from(area.width), view), border, view);
    // What is read needs no picture: the newest values stand in the title.
    if view.linear.is_some() {
        return inner.width;
    }
    if plot.curves.iter().all(|curve| curve.points.is_empty()) {
        parts::lines(frame, inner, vec![Line::from(view.span(Meaning::Muted, nothing(view)))]);
        return inner.width;
    }
    let pieces: Vec<_> = plot.curves.iter().map(|curve| thin::thin(&curve.points, plot.window, inner.width)).collect();
    let highest = pieces.iter().flatten().flatten().map(|point| point.1).fold(0.0, f64::max);
    let rows = inner.height.saturating_sub(1);
    let scale = scale::scale(highest, plot.unit, rows);
    let labels: Vec<String> = scale.ticks.iter().map(|tick| shown(plot.unit, *tick)).collect();
    let gutter = labels.iter().map(|label| text::width(label)).max().unwrap_or(0);
    let gutter = u16::try_from(gutter).unwrap_or(0) + 1;
    let field = Rect {
        x: inner.x + gutter.min(inner.width),
        y: inner.y,
        width: inner.width.saturating_sub(gutter),
        height: rows,
    };
    if field.width < 4 || field.height == 0 {
        return field.width;
    }
    values(frame, field, gutter, &scale, &labels, view);
    not_kept(frame, field, plot, view);
    lines::draw(frame, field, plot, &pieces, scale.top, view);
    times(frame, area, field, plot, view);
    moments(frame, field, plot, view);
    field.width
}

/// Writes at a cell, where it is in `within`.
fn put(frame: &mut Frame, within: Rect, (x, y): (u16, u16), span: &Span) {
    if x >= within.x && x < within.right() && y >= within.y && y < within.bottom() {
        let room = usize::from(within.right() - x);
        frame.buffer_mut().set_stringn(x, y, &span.content, room, span.style);
    }
}

/// The column of a time.
fn column(field: Rect, window: Window, time: i64) -> u16 {
    let last = i64::from(field.width.saturating_sub(1));
    // As the lines are drawn: two dots a column.
    let dots = (time - window.from).saturating_mul(2 * i64::from(field.width) - 1) / window.ms();
    field.x + u16::try_from((dots / 2).clamp(0, last)).unwrap_or(0)
}

/// The axis of values: labels, and where they are.
fn values(frame: &mut Frame, field: Rect, gutter: u16, scale: &Scale, labels: &[String], view: View) {
    let area = Rect { x: field.x - gutter, width: gutter, ..field };
    for y in field.y..field.bottom() {
        put(frame, area, (field.x - 1, y), &view.span(Meaning::Border, "│"));
    }
    for (tick, label) in scale.ticks.iter().zip(labels) {
        let y = row(field, tick / scale.top);
        put(frame, area, (area.x, y), &view.span(Meaning::Muted, text::right(label, usize::from(gutter - 1))));
        put(frame, area, (field.x - 1, y), &view.span(Meaning::Border, "┤"));
    }
}

/// The row of a value, as a share of the highest.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row, clamped")]
fn row(field: Rect, share: f64) -> u16 {
    let dots = f64::from(field.height) * 4.0 - 1.0;
    let dot = ((1.0 - share.clamp(0.0, 1.0)) * dots).round() as u16;
    field.y + (dot / 4).min(field.height.saturating_sub(1))
}

/// The axis of time: labels in the lower border, and where they are.
fn times(frame: &mut Frame, area: Rect, field: Rect, plot: &Plot, view: View) {
    let (axis, below) = (field.bottom(), area.bottom().saturating_sub(1));
    let line = view.span(Meaning::Border, format!("└{}", "─".repeat(usize::from(field.width))));
    put(frame, Rect { x: field.x - 1, width: field.width + 1, y: axis, height: 1 }, (field.x - 1, axis), &line);
    let mut free = field.x;
    for tick in times::ticks(plot.window, field.width, &view.state.zone) {
        let x = column(field, plot.window, tick.time);
        put(frame, Rect { y: axis, height: 1, ..field }, (x, axis), &view.span(Meaning::Border, "┬"));
        let wide = u16::try_from(tick.label.len()).unwrap_or(u16::MAX);
        // Below its tick, and within the frame.
        let start = x.saturating_sub(wide / 2).clamp(field.x, field.right().saturating_sub(wide).max(field.x));
        if start >= free {
            put(frame, Rect { y: below, height: 1, ..field }, (start, below), &view.span(Meaning::Muted, tick.label));
            free = start + wide + 1;
        }
    }
}

/// What happened, on the axis of time.
fn moments(frame: &mut Frame, field: Rect, plot: &Plot, view: View) {
    let axis = Rect { y: field.bottom(), height: 1, ..field };
    if let Some(cross) = plot.cross {
        put(frame, axis, (column(field, plot.window, cross), axis.y), &view.span(Meaning::Title, "┴"));
    }
    // Incidents last: in the column of a commit theirs is seen, and the foot names both.
    for moment in plot.moments.iter().filter(|it| !it.incident).chain(plot.moments.iter().filter(|it| it.incident)) {
        let at = (column(field, plot.window, moment.time), axis.y);
        let (sign, meaning) = moment_sign(moment);
        put(frame, axis, at, &view.span(meaning, sign));
    }
}

/// The sign on the axis: of a commit, or of an incident that opened.
pub fn moment_sign(moment: &Moment) -> (&'static str, Meaning) {
    if moment.incident { ("▲", Meaning::Bad) } else { ("◆", Meaning::Key) }
}

/// Of what the source does not keep there are dots, so that it does not look like an outage.
fn not_kept(frame: &mut Frame, field: Rect, plot: &Plot, view: View) {
    if plot.kept_from <= plot.window.from {
        return;
    }
    let until = column(field, plot.window, plot.kept_from);
    let style: Style = view.style(Meaning::Border);
    for y in field.y..field.bottom() {
        for x in (field.x..until).step_by(2) {
            frame.buffer_mut().set_string(x, y, "·", style);
        }
    }
}
