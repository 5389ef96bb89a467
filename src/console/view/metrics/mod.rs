//! Metrics: a head with the time, the sources and their age; charts; and at the foot what happened meanwhile.
//!
//! Guarantees: only what is in view is built; what a source cannot tell is said, and not drawn as nothing.

mod foot;
mod head;
pub mod picture;

pub use head::{NONE_IN_A_CLONE, NOT_KEPT, again, origin};

use super::{View, chart, parts};
use crate::console::state::metrics::{Chart, Metrics};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

/// From this width on, three charts stand side by side.
const THREE: u16 = 120;
/// Rows that name what happened, at most, where there is room.
const FOOT: usize = 3;
/// Below this height there is room for one.
const TALL: u16 = 30;

/// Draws them.
pub fn draw(frame: &mut Frame, area: Rect, metrics: &Metrics, view: View) {
    let now = view.now();
    let window = metrics.window(now);
    let moments = metrics.moments.within(&metrics.names, window);
    let head = head::lines(metrics, view);
    let foot = foot::lines(&moments, metrics, if area.height < TALL { 1 } else { FOOT }, view);
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [top, body, bottom] = Layout::vertical([lines(head.len()), Constraint::Min(0), lines(foot.len())]).areas(area);
    parts::lines(frame, top, head);
    parts::lines(frame, bottom, foot);
    let chosen = metrics.chosen(now);
    let charts = if metrics.full { vec![chosen] } else { metrics.charts(now) };
    let several = charts.len() > 1;
    for (chart, cell) in charts.iter().zip(cells(body, &charts)) {
        let plot = picture::of_screen(*chart, metrics, &moments, several && *chart == chosen, view);
        metrics.columns.set(chart::draw(frame, cell, &plot, view));
    }
}

/// A place for each, as even as can be; the machine's own stand below Dolt's where both are there.
fn cells(area: Rect, charts: &[Chart]) -> Vec<Rect> {
    let count = charts.len();
    let wide = if area.width >= THREE || count > 6 { 3 } else { 2 };
    let columns = match count {
        0 | 1 => 1,
        // Few charts take the whole width: times are easier to read than heights.
        2 | 3 if area.width < THREE => 1,
        2 | 4 => 2,
        _ => wide,
    };
    let rows = Layout::vertical(vec![Constraint::Fill(1); count.div_ceil(columns)]).split(area);
    let of_row = |(row, charts): (&Rect, &[Chart])| {
        Layout::horizontal(vec![Constraint::Fill(1); charts.len()]).split(*row).to_vec()
    };
    rows.iter().zip(charts.chunks(columns)).flat_map(of_row).collect()
}
