//! Lines into the cells of a frame.
//!
//! Guarantees: a line takes one row and ends at the area's edge; what is below the area is left out.
//!
//! Why not `Paragraph`: it looks for the ends of words and letters in every line with every frame, though nothing here is
//! wrapped or aligned by it. Most texts are plain ASCII, where a byte is a letter: that is half of a frame's time.

use crate::console::text;
use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style, text::Line};

/// Draws lines from the top.
pub fn lines<'a>(frame: &mut Frame, area: Rect, lines: impl IntoIterator<Item = Line<'a>>) {
    let buffer = frame.buffer_mut();
    let area = area.intersection(buffer.area);
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        one(buffer, Rect { y, height: 1, ..area }, &line);
    }
}

fn one(buffer: &mut Buffer, area: Rect, line: &Line) {
    let mut x = area.x;
    for span in &line.spans {
        let (room, style) = (usize::from(area.right().saturating_sub(x)), line.style.patch(span.style));
        x = if text::is_plain(&span.content) {
            plain(buffer, (x, area.y), &span.content, room, style)
        } else {
            buffer.set_stringn(x, area.y, &span.content, room, style).0
        };
        if text::width(&span.content) > room {
            // Half a wide letter is no room for what follows it.
            return;
        }
    }
}

fn plain(buffer: &mut Buffer, (mut x, y): (u16, u16), text: &str, room: usize, style: Style) -> u16 {
    for letter in text.chars().take(room) {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.set_char(letter).set_style(style);
        }
        x += 1;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::{
        Terminal,
        backend::TestBackend,
        style::Stylize,
        text::Span,
        widgets::{Paragraph, Widget},
    };

    proptest! {
        #[test]
        fn it_looks_as_a_paragraph_does(
            texts in prop::collection::vec(prop::collection::vec("[a-c é日\u{301}]{0,6}", 0..4), 0..5),
            width in 2_u16..14,
        ) {
            let line = |texts: &Vec<String>| -> Line<'static> {
                Line::from(texts.iter().map(|text| Span::from(text.clone()).bold()).collect::<Vec<_>>()).red()
            };
            let all = || texts.iter().map(line).collect::<Vec<_>>();
            let area = Rect::new(1, 1, width, 3);
            let mut terminal = Terminal::new(TestBackend::new(16, 5)).expect("a terminal");
            let drawn = terminal.draw(|frame| lines(frame, area, all())).expect("drawn").buffer.clone();
            let mut expected = Buffer::empty(drawn.area);
            Paragraph::new(all()).render(area, &mut expected);
            // A paragraph also colours the cells of a row that its line leaves free.
            let symbols = |buffer: &Buffer| buffer.content.iter().map(|cell| cell.symbol().to_owned()).collect::<Vec<_>>();
            prop_assert_eq!(symbols(&drawn), symbols(&expected));
        }
    }
}
