//! The lines themselves, their signs, and the crosshair.

use super::{Plot, column, look, put, row, sign, thin::Point};
use crate::console::{state::metrics::range::Window, theme::Meaning, view::View};
use ratatui::{
    Frame,
    layout::Rect,
    style::Color,
    symbols::Marker,
    widgets::canvas::{Canvas, Line, Points},
};

/// A sign stands on its line once in so many columns.
const SIGN_EVERY: u16 = 14;

/// Draws `pieces`, those of each line, over `field`; `top` is its highest value.
pub fn draw(frame: &mut Frame, field: Rect, plot: &Plot, pieces: &[Vec<Vec<Point>>], top: f64, view: View) {
    let place = |point: &Point| (share(point.0, plot.window), point.1);
    let canvas = Canvas::default().marker(Marker::Braille).x_bounds([0.0, 1.0]).y_bounds([0.0, top]).paint(|context| {
        for (curve, pieces) in plot.curves.iter().zip(pieces) {
            let color = view.style(look(curve.place)).fg.unwrap_or(Color::Reset);
            for piece in pieces {
                for pair in piece.windows(2) {
                    let [from, to] = [&pair[0], &pair[1]].map(place);
                    context.draw(&Line { x1: from.0, y1: from.1, x2: to.0, y2: to.1, color });
                }
                if let [only] = piece.as_slice() {
                    context.draw(&Points { coords: &[place(only)], color });
                }
            }
            context.layer();
        }
    });
    frame.render_widget(canvas.background_color(view.style(Meaning::Text).bg.unwrap_or(Color::Reset)), field);
    if plot.curves.len() > 1 {
        signs(frame, field, plot, pieces, top, view);
    }
    cross(frame, field, plot, top, view);
}

#[allow(clippy::cast_precision_loss, reason = "weeks in milliseconds")]
fn share(time: i64, window: Window) -> f64 {
    (time - window.from) as f64 / window.ms() as f64
}

/// A sign now and then on each line, at another place on each.
fn signs(frame: &mut Frame, field: Rect, plot: &Plot, pieces: &[Vec<Vec<Point>>], top: f64, view: View) {
    let apart = SIGN_EVERY / u16::try_from(plot.curves.len()).unwrap_or(1).max(1);
    for (at, (curve, pieces)) in (0_u16..).zip(plot.curves.iter().zip(pieces)) {
        let mark = view.span(look(curve.place), sign(curve.place));
        let mut next = field.x + 2 + at * apart;
        for point in pieces.iter().flatten() {
            let x = column(field, plot.window, point.0);
            let inside = plot.window.between().contains(&point.0);
            if inside && x >= next {
                put(frame, field, (x, row(field, point.1 / top)), &mark);
                next = x + SIGN_EVERY;
            }
        }
    }
}

/// A line down at the crosshair, and the sign of each line where it crosses.
fn cross(frame: &mut Frame, field: Rect, plot: &Plot, top: f64, view: View) {
    let Some(time) = plot.cross else { return };
    let x = column(field, plot.window, time);
    for y in field.y..field.bottom() {
        put(frame, field, (x, y), &view.span(Meaning::Title, "│"));
    }
    for curve in &plot.curves {
        if let Some(value) = super::title::value(plot, curve) {
            put(frame, field, (x, row(field, value / top)), &view.span(look(curve.place), sign(curve.place)));
        }
    }
}
