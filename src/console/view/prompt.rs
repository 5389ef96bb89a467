//! A question: what one must know, and what is typed. What Enter does stands at the foot.

use super::{View, parts, typed};
use crate::console::{
    action::branch::say::{self, About},
    state::prompt::{Prompt, Purpose},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

/// Wide enough for a path, narrow enough to be read at a glance.
const WIDTH: u16 = 78;

/// The words before the parts of what is typed, and a gap.
const LABEL: usize = 7;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, prompt: &Prompt, view: View) {
    let room = usize::from(WIDTH.min(area.width)).saturating_sub(4);
    let said = |meaning, text: &str| -> Vec<Line<'static>> {
        text::wrap(text, room).into_iter().map(|line| Line::from(view.span(meaning, line))).collect()
    };
    let mut lines: Vec<Line> = prompt.lines.iter().flat_map(|line| said(Meaning::Text, line)).collect();
    let mut place = None;
    if let Some(input) = &prompt.input {
        // A long one is scrolled, so that its end, where one types, is seen.
        let hidden = input.hidden(room);
        let shown: String = input.value().chars().skip(hidden).collect();
        let goes_on = (hidden > 0, text::width(&shown) > room);
        place = Some((input.visual_cursor().saturating_sub(hidden), lines.len(), goes_on));
        lines.push(Line::from(typed::spans(&shown, input.is_selected(), room, view)));
        lines.extend(read_so_far(prompt, input.value(), room, view));
    }
    // What is wrong with a part stands beside it already.
    let told = |typed: &str| asks_new(prompt) && say::parts(view.state, typed).iter().any(|(_, read)| read.is_err());
    let told = prompt.input.as_ref().is_some_and(|input| told(input.value()));
    if let Some(error) = prompt.error.as_ref().filter(|_| !told) {
        lines.extend(said(Meaning::Bad, &format!("✗ {error}")));
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = parts::popup(frame, area, (WIDTH, height), &prompt.title, view);
    parts::lines(frame, inner, lines);
    if let Some((x, y, goes_on)) = place {
        let short = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let right = inner.right().saturating_sub(1);
        let y = inner.y + short(y);
        frame.set_cursor_position(Position::new((inner.x + short(x)).min(right), y));
        mark(frame, inner, y, goes_on, view);
    }
}

/// What of the line is hidden before and after what is shown, on the frame: no character gives way to the mark.
fn mark(frame: &mut Frame, inner: Rect, y: u16, (before, after): (bool, bool), view: View) {
    // What is read has no frame, and is not cut off.
    if view.linear.is_some() {
        return;
    }
    // The frame is a space away.
    for (hidden, x, sign) in [(before, inner.x.checked_sub(2), "‹"), (after, Some(inner.right() + 1), "›")] {
        if let Some(cell) = x.filter(|_| hidden).and_then(|x| frame.buffer_mut().cell_mut((x, y))) {
            cell.set_symbol(sign).set_style(view.style(Meaning::Key));
        }
    }
}

fn asks_new(prompt: &Prompt) -> bool {
    prompt.purpose == Purpose::Branch(About::New)
}

/// How what is typed for a new change request is read, part by part: what is wrong is seen before it is sent.
fn read_so_far(prompt: &Prompt, typed: &str, room: usize, view: View) -> Vec<Line<'static>> {
    if !asks_new(prompt) {
        return Vec::new();
    }
    let part = |(label, read): (&str, Result<String, String>)| {
        let (look, said) = match read {
            Ok(text) => (Meaning::Good, text),
            Err(why) if typed.trim().is_empty() && prompt.error.is_none() => (Meaning::Muted, why),
            Err(why) => (Meaning::Bad, format!("✗ {why}")),
        };
        let lines = text::wrap(&said, room.saturating_sub(LABEL)).into_iter().enumerate();
        lines
            .map(|(at, line)| {
                let label = text::left(if at == 0 { label } else { "" }, LABEL);
                Line::from(vec![view.span(Meaning::Muted, label), view.span(look, line)])
            })
            .collect::<Vec<_>>()
    };
    say::parts(view.state, typed).into_iter().flat_map(part).collect()
}
