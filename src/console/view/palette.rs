//! The palette: what is typed, and what it can become.

use super::{View, grid, parts};
use crate::console::{
    action::invoke,
    state::{
        hits::Target,
        palette::{Does, Offer, Palette},
    },
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
};

/// The width of it, and of its first column: a line with a deployment's name is cut off rather than its help.
const WIDTH: u16 = 90;
const LINE: usize = 32;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, palette: &Palette, view: View) {
    let height = area.height.min(20);
    let title = if palette.searching { "Lines that were run" } else { "Command" };
    let inner = parts::popup(frame, area, (WIDTH, height), title, view);
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
    // What the longest of those in view needs, within bounds: short lines leave their room to the help.
    let widest = palette.offers.get(window.clone()).unwrap_or_default().iter().map(|offer| text::width(&offer.line));
    let width = widest.max().unwrap_or(0).clamp(24, LINE);
    view.state.hits.add(list, Target::Rows(window.start));
    let line = |place: usize| {
        let line = line(palette.offers.get(place)?, place == palette.list.cursor(), width, view);
        Some(if place == palette.list.cursor() { grid::mark(line, list.width, view) } else { line })
    };
    parts::lines(frame, list, window.filter_map(line).collect());
    if palette.offers.is_empty() {
        let none =
            if palette.searching { " no line that was run has these letters" } else { " no command is named so" };
        parts::lines(frame, list, vec![Line::from(view.span(Meaning::Muted, none))]);
    }
}

fn line(offer: &Offer, selected: bool, width: usize, view: View) -> Line<'static> {
    let key = match &offer.does {
        Does::Run(command, None) => view.state.keymap.shown(*command),
        _ => String::new(),
    };
    let allowed = invoke::allowed(view.state, &offer.does);
    let (text, help) = if allowed.is_ok() { (Meaning::Text, Meaning::Muted) } else { (Meaning::Stale, Meaning::Stale) };
    Line::from(vec![
        view.span(Meaning::Key, if selected { "▌" } else { " " }),
        view.span(text, text::left(&offer.line, width)),
        view.span(Meaning::Text, " "),
        view.span(Meaning::Key, text::left(&key, 7)),
        view.span(help, allowed.err().unwrap_or_else(|| offer.help.clone())),
    ])
}
