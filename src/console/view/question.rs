//! A question at the foot of the screen.

use super::{View, typed};
use crate::console::{
    action::question::offered,
    state::question::{Ask, Question},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Paragraph},
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
    let mut spans = vec![view.span(Meaning::Key, label)];
    let value = question.input.value();
    spans.extend(typed::spans(value, question.input.is_selected(), text::width(value) + 1, view));
    let offered = offered(view.state);
    match &question.problem {
        Some(problem) => {
            let said = format!("   ▲ {problem}");
            let used: usize = spans.iter().map(Span::width).sum();
            if used + text::width(&said) <= usize::from(area.width) {
                spans.push(view.span(Meaning::Bad, said));
            } else {
                above(frame, area, problem, view);
            }
        }
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

/// What is wrong, whole, over the lowest lines of the screen: what to type instead stands at its end.
fn above(frame: &mut Frame, area: Rect, problem: &str, view: View) {
    let room = usize::from(area.width).saturating_sub(4);
    let said = text::wrap(problem, room);
    let height = u16::try_from(said.len()).unwrap_or(u16::MAX).min(area.y);
    let over = Rect { y: area.y - height, height, ..area };
    let lines = said.into_iter().enumerate().map(|(at, said)| {
        let sign = if at == 0 { " ▲ " } else { "   " };
        Line::from(view.span(Meaning::Bad, format!("{sign}{said}")))
    });
    frame.render_widget(Clear, over);
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).style(view.style(Meaning::Text)), over);
}
