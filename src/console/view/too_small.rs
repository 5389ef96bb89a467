//! A terminal too small for the views: says so, and how large it must be.

use super::View;
use crate::console::{
    command::Command,
    state::{
        SMALLEST,
        overlay::{Choice, Overlay},
    },
    text,
    theme::Meaning,
};
use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    let said = match &view.state.overlay {
        Some(Overlay::Quit(quit)) if quit.choices.contains(&Choice::Stop) => {
            let (stop, leave) = match quit.choices.get(quit.cursor) {
                Some(Choice::Stop) => ("Enter or s", "l"),
                _ => ("s", "Enter or l"),
            };
            // Short: a terminal of 20 columns and 5 rows shows 100 characters at best.
            format!("Quit? {stop} stops {} here, {leave} leaves them running, Esc stays.", quit.running)
        }
        Some(Overlay::Quit(_)) => "Another console takes over. Enter quits, Esc stays.".to_owned(),
        _ => {
            format!(
                "{}×{} is too small: make it {}×{}, or {} to quit.",
                area.width,
                area.height,
                SMALLEST.0,
                SMALLEST.1,
                view.state.keymap.shown(Command::Quit)
            )
        }
    };
    let lines = text::wrap(&said, usize::from(area.width)).into_iter();
    let lines: Vec<Line> = lines.map(|line| Line::from(view.span(Meaning::Warning, line))).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
