//! The picker of columns.

use super::{View, grid, parts};
use crate::console::{
    state::{hits::Target, overlay::Picker},
    text,
    theme::Meaning,
};
use ratatui::{Frame, layout::Rect, text::Line};

/// As wide as the longest line.
const WIDTH: u16 = 76;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, picker: &Picker, view: View) {
    let height = u16::try_from(picker.order.len() + 2).unwrap_or(u16::MAX);
    let inner = parts::popup(frame, area, (WIDTH, height), "Columns", view);
    let window = picker.list.window(usize::from(inner.height));
    view.state.hits.add(inner, Target::Rows(window.start));
    let lines = window.filter_map(|place| {
        let column = *picker.order.get(place)?;
        let (selected, shown) = (place == picker.list.cursor(), view.state.fleet.columns.contains(&column));
        let line = Line::from(vec![
            view.span(Meaning::Key, if selected { "▌" } else { " " }),
            view.span(if shown { Meaning::Good } else { Meaning::Muted }, if shown { "[x] " } else { "[ ] " }),
            view.span(if shown { Meaning::Text } else { Meaning::Muted }, text::left(column.word(), 13)),
            view.span(Meaning::Muted, column.help()),
        ]);
        Some(if selected { grid::mark(line, inner.width, view) } else { line })
    });
    parts::lines(frame, inner, lines.collect());
}
