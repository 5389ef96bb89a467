//! A row or a line whole, over what it was taken from.

use super::{View, parts};
use crate::console::{state::overlay::Whole, text, theme::Meaning};
use ratatui::{Frame, layout::Rect, text::Line};

/// The width of the panel at most: longer lines are hard to read.
const WIDTH: u16 = 112;
/// What frame and padding take, to the sides and above and below.
const FRAME: (u16, u16) = (4, 2);
/// The title and the foot of the screen.
const AROUND: u16 = 2;

/// The columns and lines inside, on a terminal of this size.
pub fn room(size: (u16, u16)) -> (usize, usize) {
    let width = WIDTH.min(size.0).saturating_sub(FRAME.0);
    let height = size.1.saturating_sub(AROUND + FRAME.1);
    (usize::from(width).max(1), usize::from(height).max(1))
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame, area: Rect, whole: &Whole, view: View) {
    let (width, height) = room(view.state.size);
    let lines = whole.lines(width);
    let top = whole.top.min(lines.len().saturating_sub(height));
    let shown = (top + height).min(lines.len());
    let title = if lines.len() > height {
        format!("{}, lines {} to {shown} of {}", whole.title, top + 1, lines.len())
    } else {
        whole.title.clone()
    };
    let tall = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(FRAME.1);
    let inner = parts::popup(frame, area, (WIDTH, tall), &title, view);
    let label = whole.label_width();
    let line = |(name, value): &(String, Option<String>)| {
        let value = match value {
            Some(value) => view.span(Meaning::Text, value.clone()),
            None => view.span(Meaning::Stale, "NULL"),
        };
        let gap = if label == 0 { "" } else { "  " };
        Line::from(vec![view.span(Meaning::Muted, text::left(name, label) + gap), value])
    };
    parts::lines(frame, inner, lines.get(top..shown).unwrap_or_default().iter().map(line).collect());
}
