//! The question before quitting.

use super::{View, parts};
use crate::console::{
    state::overlay::{Choice, Quit},
    theme::Meaning,
};
use ratatui::{Frame, layout::Rect, text::Line};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, quit: &Quit, view: View) {
    let height = u16::try_from(quit.choices.len() + quit.losing.len()).unwrap_or(0) + 5;
    let inner = parts::popup(frame, area, (74, height), "Quit", view);
    let said = match quit.choices.as_slice() {
        [Choice::HandOver, ..] => {
            let others = match view.state.hosting.heirs {
                1 => "Another program is attached and takes".to_owned(),
                others => format!("{others} others are attached: one of them takes"),
            };
            format!("{others} the control plane over.")
        }
        [Choice::Go, ..] => "This ends with the console:".to_owned(),
        _ => {
            let running =
                if quit.running == 1 { "1 instance runs" } else { &format!("{} instances run", quit.running) };
            format!("{running} on this machine, and nobody else is attached.")
        }
    };
    let mut lines = vec![Line::from(view.span(Meaning::Text, said))];
    lines.extend(quit.losing.iter().map(|lost| Line::from(view.span(Meaning::Warning, format!("▲ {lost}")))));
    lines.push(Line::default());
    lines.extend(quit.choices.iter().enumerate().map(|(index, choice)| {
        let (key, text) = match choice {
            Choice::Stop => ("s", "stop them; the next start brings them back"),
            Choice::Leave => ("l", "leave them running, without a control plane"),
            Choice::HandOver => ("", "quit; the instances run on"),
            Choice::Go => ("", "quit"),
        };
        let (sign, meaning) = if index == quit.cursor { ("▌", Meaning::Selected) } else { (" ", Meaning::Text) };
        Line::from(vec![view.span(Meaning::Key, format!("{sign}{key:1} ")), view.span(meaning, text)])
    }));
    let hint = if quit.choices.contains(&Choice::Leave) {
        "Enter takes the marked one   Ctrl+C leaves them running   Esc stays"
    } else {
        "Enter quits   Esc stays"
    };
    lines.push(Line::from(view.span(Meaning::Muted, hint)));
    parts::lines(frame, inner, lines);
}
