//! The palette: what is typed, and the commands that match.

use super::{View, parts};
use crate::console::{
    action,
    command::entry,
    state::{hits::Target, overlay::Palette},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, palette: &Palette, view: View) {
    let height = area.height.min(20);
    let inner = parts::popup(frame, area, (90, height), "Command", view);
    let [input, list] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inner);
    let typed = format!(": {} ", palette.input.value());
    parts::lines(
        frame,
        input,
        vec![Line::from(view.span(Meaning::Input, text::left(&typed, usize::from(input.width))))],
    );
    let x = input.x + 2 + u16::try_from(palette.input.visual_cursor()).unwrap_or(0);
    frame.set_cursor_position(Position::new(x.min(input.right().saturating_sub(1)), input.y));
    let window = palette.list.window(usize::from(list.height));
    view.state.hits.add(list, Target::Rows(window.start));
    let lines = window.filter_map(|index| {
        let command = *palette.matches.get(index)?;
        let (entry, selected) = (entry(command), index == palette.list.cursor());
        let key = view.state.keymap.shown(command);
        let said = action::allowed(view.state, command);
        let meaning = if said.is_ok() { Meaning::Text } else { Meaning::Stale };
        let line = Line::from(vec![
            view.span(Meaning::Key, if selected { "▌" } else { " " }),
            view.span(meaning, text::left(entry.name, 24)),
            view.span(Meaning::Key, text::left(&key, 8)),
            view.span(
                if said.is_ok() { Meaning::Muted } else { Meaning::Stale },
                said.err().unwrap_or(entry.help.to_owned()),
            ),
        ]);
        Some(if selected { line.style(view.style(Meaning::Selected)) } else { line })
    });
    parts::lines(frame, list, lines.collect());
    if palette.matches.is_empty() {
        parts::lines(frame, list, vec![Line::from(view.span(Meaning::Muted, " no command is named so"))]);
    }
}
