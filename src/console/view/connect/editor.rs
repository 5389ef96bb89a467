//! The text that is being written: coloured by what its pieces are, the last error's place underlined, and what can be
//! written at the cursor.
//!
//! Drawn by us and not by the text area, which has one style for all of its text. What runs is the text itself, so that
//! nothing of it may go unseen: a character that would move the cursor, turn the line's order or hide is shown as a sign,
//! one for one.

use crate::{
    console::{
        state::connect::{Connect, Focus, Suggest},
        text,
        theme::Meaning,
        view::View,
    },
    sql::lex::{self, Class, Token},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Clear, Paragraph},
};
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

/// A longer text is a paste of data: it is shown plain, so that a frame stays short.
const COLOURED: usize = 64 << 10;
/// Offers that are shown at once.
const OFFERS: usize = 8;
/// The widest offer.
const WIDEST: usize = 56;

/// Draws it; `around` is where what is offered may stand.
pub fn draw(frame: &mut Frame, area: Rect, around: Rect, connect: &Connect, view: View) {
    if connect.editor.is_empty() {
        frame.render_widget(Paragraph::new(view.span(Meaning::Muted, "SELECT … ;")), area);
    }
    let lines = connect.editor.lines();
    let cursor = connect.editor.cursor();
    let at: usize = lines.get(cursor.0).map_or(0, |line| line.chars().take(cursor.1).map(width).sum());
    let (top, left) = scrolled(connect, (cursor.0, at), area);
    let whole = connect.text();
    let tokens = if whole.len() <= COLOURED { lex::tokens(&whole) } else { Vec::new() };
    let look = Look { view, tokens: &tokens, text: &whole, mark: connect.mark.clone(), selected: selected(connect) };
    let mut start: usize = lines.iter().take(top).map(|line| line.len() + 1).sum();
    let mut shown = Vec::new();
    for line in lines.iter().skip(top).take(usize::from(area.height)) {
        shown.push(look.line(line, start, left));
        start += line.len() + 1;
    }
    if !connect.editor.is_empty() {
        frame.render_widget(Paragraph::new(shown), area);
    }
    for (place, line) in lines.iter().skip(top).take(usize::from(area.height)).enumerate() {
        goes_on(frame, area, place, left, line.chars().map(width).sum(), view);
    }
    if connect.focus != Focus::Editor || view.state.overlay.is_some() {
        return;
    }
    // The terminal's own cursor shows the place: it blinks as its user wants it to.
    let short = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    let x = area.x.saturating_add(short(at - left)).min(area.right().saturating_sub(1));
    let y = area.y.saturating_add(short(cursor.0 - top)).min(area.bottom().saturating_sub(1));
    view.cursor(frame, Position::new(x, y));
    if let Some(suggest) = &connect.suggest {
        offered(frame, around, Position::new(x, y), suggest, view);
    }
}

/// Marks a line that begins before what is in view or goes on after it, on the frame: no character gives way to the mark.
fn goes_on(frame: &mut Frame, area: Rect, place: usize, left: usize, wide: usize, view: View) {
    let y = area.y.saturating_add(u16::try_from(place).unwrap_or(u16::MAX));
    let mut mark = |x: Option<u16>, sign: &str| {
        if let Some(cell) = x.and_then(|x| frame.buffer_mut().cell_mut((x, y))) {
            cell.set_symbol(sign).set_style(view.style(Meaning::Key));
        }
    };
    if left > 0 && wide > 0 {
        mark(area.x.checked_sub(1), "‹");
    }
    if wide > left + usize::from(area.width) {
        mark(Some(area.right()), "›");
    }
}

fn width(c: char) -> usize {
    sign(c).width().unwrap_or(0)
}

/// How a character is shown.
fn sign(c: char) -> char {
    text::visible(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(c)
}

/// The first line and column in view, with the cursor among them; where it was, as far as it can be.
fn scrolled(connect: &Connect, cursor: (usize, usize), area: Rect) -> (usize, usize) {
    let within = |first: usize, cursor: usize, room: u16| {
        let room = usize::from(room).max(1);
        first.clamp((cursor + 1).saturating_sub(room), cursor)
    };
    let (top, left) = connect.scroll.get();
    let now = (within(top, cursor.0, area.height), within(left, cursor.1, area.width));
    connect.scroll.set(now);
    now
}

/// The selected part of the text, in bytes.
fn selected(connect: &Connect) -> Range<usize> {
    let Some((from, to)) = connect.editor.selection_range() else { return 0..0 };
    let lines = connect.editor.lines();
    let place = |(row, column): (usize, usize)| {
        let before: usize = lines.iter().take(row).map(|line| line.len() + 1).sum();
        let line = lines.get(row).map_or("", String::as_str);
        before + line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
    };
    place(from)..place(to)
}

/// What decides how a character looks.
struct Look<'a> {
    view: View<'a>,
    tokens: &'a [Token],
    text: &'a str,
    mark: Option<Range<usize>>,
    selected: Range<usize>,
}

impl Look<'_> {
    /// One line that begins at byte `start`, from column `left` on.
    fn line(&self, line: &str, start: usize, left: usize) -> Line<'static> {
        let mut spans: Vec<Span> = Vec::new();
        let (mut run, mut style) = (String::new(), Style::default());
        let mut token = self.tokens.partition_point(|token| token.range.end <= start);
        let mut column = 0;
        for (offset, c) in line.char_indices() {
            let at = start + offset;
            while self.tokens.get(token).is_some_and(|token| token.range.end <= at) {
                token += 1;
            }
            column += width(c);
            if column <= left {
                continue;
            }
            let next = self.style(at, self.tokens.get(token));
            if next != style && !run.is_empty() {
                spans.push(Span::styled(std::mem::take(&mut run), style));
            }
            style = next;
            run.push(sign(c));
        }
        spans.push(Span::styled(run, style));
        Line::from(spans)
    }

    fn style(&self, at: usize, token: Option<&Token>) -> Style {
        let meaning = match token.map(|token| (token.class, token.of(self.text))) {
            Some((Class::Word, word)) if lex::is_keyword(word) => Meaning::Keyword,
            Some((Class::Text | Class::Number, _)) => Meaning::Literal,
            Some((Class::Comment, _)) => Meaning::Muted,
            _ => Meaning::Text,
        };
        let style = self.view.style(meaning);
        if self.selected.contains(&at) {
            return style.add_modifier(Modifier::REVERSED);
        }
        if self.mark.as_ref().is_some_and(|mark| mark.contains(&at)) {
            return self.view.style(Meaning::Bad).add_modifier(Modifier::UNDERLINED);
        }
        style
    }
}

/// What can be written, under the cursor, or above it where there is more room.
fn offered(frame: &mut Frame, around: Rect, cursor: Position, suggest: &Suggest, view: View) {
    let first = suggest.chosen.saturating_sub(OFFERS - 1);
    let shown = suggest.candidates.iter().enumerate().skip(first).take(OFFERS);
    let widths = |of: fn(&crate::sql::complete::Candidate) -> &str| {
        suggest.candidates.iter().map(|candidate| text::width(of(candidate))).max().unwrap_or(0)
    };
    let (name, what) = (widths(|candidate| &candidate.text).min(WIDEST), widths(|candidate| &candidate.what).min(24));
    let lines: Vec<Line> = shown
        .map(|(index, candidate)| {
            let chosen = index == suggest.chosen;
            let (sign, text, note) = if chosen {
                ("▌", view.style(Meaning::Selected), view.style(Meaning::Selected))
            } else {
                // On the list's background, whatever the screen's is.
                (" ", Style { bg: None, ..view.style(Meaning::Text) }, view.style(Meaning::Muted))
            };
            Line::from(vec![
                view.span(Meaning::Key, sign),
                Span::styled(text::left(&candidate.text, name), text),
                Span::styled(format!(" {} ", text::left(&candidate.what, what)), note),
            ])
        })
        .collect();
    let short = |size: usize| u16::try_from(size).unwrap_or(u16::MAX);
    let width = short(name + what + 3).min(around.width);
    let below = around.bottom().saturating_sub(cursor.y + 1);
    let height = short(lines.len());
    let y = if height <= below { cursor.y + 1 } else { cursor.y.saturating_sub(height).max(around.y) };
    // Its words stand under the word that is typed.
    let x = cursor.x.saturating_sub(short(suggest.typed + 1)).min(around.right().saturating_sub(width));
    let area = Rect { x, y, width, height }.intersection(around);
    frame.render_widget(Clear, area);
    let background = Style { bg: view.style(Meaning::Input).bg, ..view.style(Meaning::Text) };
    frame.render_widget(Block::new().style(background), area);
    frame.render_widget(Paragraph::new(lines), area);
}
