//! What was run, searched: the newest first, the one under the cursor whole below.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{state::overlay::PastSearch, text, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
};

/// Lines of the statement under the cursor that are shown whole.
const WHOLE: u16 = 6;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, search: &PastSearch, view: View) {
    let found = view.state.statements.search(search.input.value());
    let height = u16::try_from(found.len()).unwrap_or(u16::MAX).clamp(3, 16).saturating_add(WHOLE + 4);
    let inner = parts::popup(frame, area, (112, height), "What was run", view);
    let [typed, list, below] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(WHOLE)]).areas(inner);
    let label = "search ";
    let line = Line::from(vec![
        view.span(Meaning::Key, label),
        view.span(Meaning::Input, search.input.value().to_owned() + " "),
        view.span(Meaning::Muted, format!("  {}", text::plural(found.len(), "statement"))),
    ]);
    parts::lines(frame, typed, vec![line]);
    let x = typed.x + u16::try_from(label.len() + search.input.visual_cursor()).unwrap_or(0);
    frame.set_cursor_position(Position::new(x.min(typed.right().saturating_sub(1)), typed.y));
    let room = usize::from(inner.width).saturating_sub(24 + 2 + 8 + 2 + 1);
    let columns = [Column::left("", 8), Column::left("", 24), Column::left("", room)];
    grid::draw(frame, list, &columns, &search.list, view, |index| {
        let Some(entry) = found.get(index) else { return Vec::new() };
        vec![
            // By the clock of this machine, which wrote it down.
            view.span(Meaning::Muted, text::age(view.state.now, entry.at)),
            view.span(Meaning::Muted, text::clean(&entry.name)),
            view.span(Meaning::Text, text::clean(&entry.sql)),
        ]
    });
    let under = found.get(search.list.cursor()).map_or("", |entry| entry.sql.as_str());
    let mut lines = vec![Line::from(view.span(Meaning::Border, "─".repeat(usize::from(below.width))))];
    lines.extend(under.lines().map(|line| Line::from(view.span(Meaning::Title, text::visible(line)))));
    parts::lines(frame, below, parts::cut(lines, usize::from(below.height), view));
}
