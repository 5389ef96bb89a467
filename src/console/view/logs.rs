//! A log: one line of head, then lines in their context; those that match the search are marked.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{command::Command, state::logs::Logs, text, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, logs: &Logs, view: View) {
    // Time, level and gaps take the rest of the row. Who follows does not read one line.
    let line = logs.lines().get(logs.list.cursor()).filter(|_| !logs.follow);
    let whole = line.map_or_else(Vec::new, |line| parts::whole(view, &line.text, 20, area.width));
    let height = u16::try_from(whole.len()).unwrap_or(u16::MAX);
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(height)]).areas(area);
    parts::lines(frame, head, vec![state(logs, view)]);
    parts::lines(frame, foot, whole);
    let time = if view.state.absolute_times { 19 } else { 8 };
    let rest = usize::from(body.width).saturating_sub(1 + time + 2 + 7 + 2);
    let columns = [Column::left("", time), Column::left("", 7), Column::left("", rest)];
    grid::draw(frame, body, &columns, &logs.list, view, |index| {
        logs.lines().get(index).map_or_else(Vec::new, |line| {
            let when = if view.state.absolute_times {
                text::moment(line.time_ms, &view.state.zone)
            } else {
                text::clock(line.time_ms, &view.state.zone)
            };
            let found = logs.matches(line);
            let marked = if found { format!("▸ {}", line.text) } else { line.text.clone() };
            vec![
                view.span(Meaning::Muted, when),
                view.span(level(&line.level), line.level.clone()),
                view.span(if found { Meaning::Warning } else { Meaning::Text }, marked),
            ]
        })
    });
}

/// How a log line's level looks.
pub fn level(level: &str) -> Meaning {
    match level.to_ascii_lowercase().as_str() {
        "error" | "fatal" | "panic" => Meaning::Bad,
        "warning" | "warn" => Meaning::Warning,
        _ => Meaning::Muted,
    }
}

fn state(logs: &Logs, view: View) -> Line<'static> {
    if let Some(problem) = &logs.ended {
        return Line::from(view.span(Meaning::Bad, format!(" ▲ the log is away: {}; trying again", problem.what)));
    }
    if let Some(since) = logs.since {
        return parts::loading(view, "reading the log", since);
    }
    let mut text = format!(" {} lines", logs.lines().len());
    let follow = || {
        let keys = [Command::Follow, Command::Last].map(|command| view.state.keymap.way(command));
        format!(", not following: {} does", keys.join(" or "))
    };
    text.push_str(&if logs.follow { ", following".to_owned() } else { follow() });
    if !logs.search.is_empty() {
        let found = logs.lines().iter().filter(|line| logs.matches(line)).count();
        text.push_str(&format!(", {found} hold '{}'", logs.search));
    }
    Line::from(view.span(Meaning::Muted, text))
}
