//! SQL: the editor above, the result below.

mod editor;
mod result;

use super::{View, parts};
use crate::console::{
    state::connect::{Connect, Phase},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Span,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, connect: &Connect, view: View) {
    let lines = u16::try_from(connect.editor.lines().len()).unwrap_or(u16::MAX);
    let height = lines.clamp(3, area.height / 3) + 2;
    let [upper, lower] = Layout::vertical([Constraint::Length(height), Constraint::Min(0)]).areas(area);
    let inner = parts::panel(frame, upper, heading(connect, view), view);
    result::draw(frame, lower, connect, view);
    // Last, because what it offers stands over the result.
    editor::draw(frame, inner, area, connect, view);
}

fn heading(connect: &Connect, view: View) -> ratatui::text::Line<'static> {
    let rights = match (connect.read_only, connect.production) {
        (true, true) => view.span(Meaning::Good, "◆ production, read-only "),
        (true, false) => view.span(Meaning::Good, "read-only "),
        (false, true) => view.span(Meaning::Bad, "▲ production, reads and writes "),
        (false, false) => view.span(Meaning::Text, "reads and writes "),
    };
    let mut heading = parts::heading(view, &format!("SQL on {},", connect.name));
    heading.spans.push(rights);
    if let Some(database) = &connect.standing.database {
        heading.spans.push(view.span(Meaning::Muted, format!("in {} ", text::fit(&text::clean(database), 24))));
    }
    heading.spans.push(phase(connect, view));
    if let Some(since) = connect.open_since {
        let age = text::age(view.state.now, since);
        heading.spans.push(view.span(Meaning::Warning, format!(" ▲ transaction open, {age} ")));
    }
    heading
}

fn phase(connect: &Connect, view: View) -> Span<'static> {
    if let Some((path, rows)) = &connect.exporting {
        let name = path.file_name().map_or_else(String::new, |name| text::clean(&name.to_string_lossy()));
        let rows = text::plural(*rows, "row");
        return view.span(Meaning::Busy, format!("◐ exporting to {}, {rows} ", text::fit(&name, 32)));
    }
    match &connect.phase {
        Phase::Opening(since) => view.span(Meaning::Busy, format!("◌ connecting{} ", view.waiting(*since))),
        Phase::Ready => view.span(Meaning::Good, "● connected "),
        Phase::Running(since) => view.span(Meaning::Busy, format!("◐ running{} ", view.waiting(*since))),
        Phase::Broken(_) => view.span(Meaning::Bad, "✗ not connected "),
    }
}
