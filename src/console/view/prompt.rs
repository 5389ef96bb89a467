//! A question: what one must know, what is typed, and what Enter does.

use super::{View, parts};
use crate::console::{state::prompt::Prompt, text, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

/// Wide enough for a path, narrow enough to be read at a glance.
const WIDTH: u16 = 78;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, prompt: &Prompt, view: View) {
    let room = usize::from(WIDTH.min(area.width)).saturating_sub(4);
    let said = |meaning, text: &str| -> Vec<Line<'static>> {
        text::wrap(text, room).into_iter().map(|line| Line::from(view.span(meaning, line))).collect()
    };
    let mut lines: Vec<Line> = prompt.lines.iter().flat_map(|line| said(Meaning::Text, line)).collect();
    let mut cursor = None;
    if let Some(input) = &prompt.input {
        // A long one is scrolled, so that its end, where one types, is seen.
        let scroll = input.visual_scroll(room.saturating_sub(1));
        let shown: String = input.value().chars().skip(scroll).collect();
        cursor = Some((input.visual_cursor().saturating_sub(scroll), lines.len()));
        lines.push(Line::from(view.span(Meaning::Input, text::left(&shown, room))));
    }
    if let Some(error) = &prompt.error {
        lines.extend(said(Meaning::Bad, &format!("✗ {error}")));
    }
    lines.push(Line::default());
    lines.push(Line::from(vec![
        view.span(Meaning::Key, "Enter "),
        view.span(Meaning::Title, format!("{}   ", prompt.enter)),
        view.span(Meaning::Key, "Esc "),
        view.span(Meaning::Text, "leave everything as it is"),
    ]));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = parts::popup(frame, area, (WIDTH, height), &prompt.title, view);
    parts::lines(frame, inner, lines);
    if let Some((x, y)) = cursor {
        let short = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let right = inner.right().saturating_sub(1);
        frame.set_cursor_position(Position::new((inner.x + short(x)).min(right), inner.y + short(y)));
    }
}
