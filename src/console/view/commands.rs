//! The command log: when, how it ended, and the command that does the same.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{
    state::commands::{Commands, Entry, Outcome},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, commands: &Commands, view: View) {
    let log = &view.state.log;
    let shown = (commands.chosen.list.len(), log.entries().len());
    let above: Vec<Line> =
        parts::filtered(view, (commands.chosen.text(), commands.chosen.wrong()), shown).into_iter().collect();
    let time = if view.state.absolute_times { 19 } else { 8 };
    let taken = 1 + time + 2 + 10 + 2;
    let rest = usize::from(area.width).saturating_sub(taken);
    let below = commands
        .at(commands.chosen.list.cursor(), log)
        .map_or_else(Vec::new, |entry| about(entry, taken, area.width, view));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    let columns = [Column::left("TIME", time), Column::left("OUTCOME", 10), Column::left("COMMAND", rest)];
    grid::draw(frame, body, &columns, &commands.chosen.list, view, |place| {
        commands.at(place, log).map_or_else(Vec::new, |entry| row(entry, view))
    });
}

fn row(entry: &Entry, view: View) -> Vec<Span<'static>> {
    let (sign, meaning) = match entry.outcome {
        Outcome::Waiting => ("◌", Meaning::Busy),
        Outcome::Done => ("●", Meaning::Good),
        Outcome::Ended => ("■", Meaning::Off),
        Outcome::Failed(_) => ("✗", Meaning::Bad),
    };
    let time = if view.state.absolute_times { text::moment } else { text::clock };
    vec![
        view.span(Meaning::Muted, time(entry.time, &view.state.zone)),
        view.span(meaning, format!("{sign} {}", entry.outcome.word())),
        view.span(Meaning::Text, entry.line.clone()),
    ]
}

/// The line whole, and why it failed.
fn about(entry: &Entry, taken: usize, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = parts::whole(view, &entry.line, taken, width);
    if entry.changes > 1 {
        let said = format!(
            " one call for {} deployments, with one plan; by commands it is one after the other",
            entry.changes
        );
        lines.push(Line::from(view.span(Meaning::Muted, said)));
    }
    if let Outcome::Failed(why) = &entry.outcome {
        let wrapped = text::wrap(why, usize::from(width).saturating_sub(4)).into_iter().take(3);
        lines.extend(wrapped.map(|line| Line::from(view.span(Meaning::Bad, format!(" ✗ {line}")))));
    }
    lines
}
