//! A question at the foot of the screen.

use super::View;
use crate::console::{
    action::question::offered,
    state::question::{Ask, Question},
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, question: &Question, view: View) {
    let (label, help) = match question.ask {
        Ask::Beside => (" beside ", "   a deployment; the name of one that is here takes it away"),
        Ask::Only => (" only lines with ", "   Enter keep; nothing shows all again"),
        Ask::Time => (" to ", "   14:02, 2026-11-23 14:02, or 10m ago"),
        Ask::Moment => (" at ", "   a commit, 14:02, 2026-11-23 14:02, or 10m ago"),
        Ask::File => (" save to ", "   Enter save what is shown   Esc back"),
    };
    let mut spans =
        vec![view.span(Meaning::Key, label), view.span(Meaning::Input, format!("{} ", question.input.value()))];
    let offered = offered(view.state);
    match &question.problem {
        Some(problem) => spans.push(view.span(Meaning::Bad, format!("   ▲ {problem}"))),
        None if offered.is_empty() => spans.push(view.span(Meaning::Muted, help)),
        None => {
            spans.push(Span::raw("   "));
            spans.push(view.span(Meaning::Key, "Tab "));
            spans.push(view.span(Meaning::Muted, offered.join("  ")));
        }
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
    let column = label.len() + question.input.visual_cursor();
    let x = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
}
