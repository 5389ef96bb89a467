//! What the reconciler and people did.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{state::events::Events, text, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, events: &Events, view: View) {
    let mut above = match (&events.ended, events.since) {
        (Some(problem), _) => {
            vec![Line::from(view.span(Meaning::Bad, format!(" ▲ no more events: {}; trying again", problem.what)))]
        }
        (None, Some(since)) => vec![parts::loading(view, "reading the events", since)],
        (None, None) if events.lines.is_empty() => {
            vec![Line::from(view.span(Meaning::Muted, " nothing has happened yet"))]
        }
        (None, None) => Vec::new(),
    };
    let shown = (events.chosen.list.len(), events.lines.len());
    above.extend(parts::filtered(view, (events.chosen.text(), events.chosen.wrong()), shown));
    let time = if view.state.absolute_times { 19 } else { 8 };
    let name = if events.name.is_some() { 0 } else { 16 };
    let rest = usize::from(area.width).saturating_sub(1 + time + 2 + 13 + 2 + name + 2 + 10 + 2);
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let chosen = events.event(events.chosen.list.cursor());
    let taken = usize::from(area.width).saturating_sub(rest);
    let whole = chosen.map_or_else(Vec::new, |event| parts::whole(view, &event.text, taken, area.width));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(whole.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, whole);
    let columns = [
        Column::left("TIME", time),
        Column::left("KIND", 13),
        Column::left(if name > 0 { "DEPLOYMENT" } else { "" }, name),
        Column::left("BY", 10),
        Column::left("WHAT", rest),
    ];
    grid::draw(frame, body, &columns, &events.chosen.list, view, |index| {
        events.event(index).map_or_else(Vec::new, |event| {
            let when = if view.state.absolute_times {
                text::moment(event.time_ms, &view.state.zone)
            } else {
                text::clock(event.time_ms, &view.state.zone)
            };
            let meaning = match event.kind.as_str() {
                "error" => Meaning::Bad,
                "asked" => Meaning::Key,
                "health" => Meaning::Warning,
                _ => Meaning::Muted,
            };
            vec![
                view.span(Meaning::Muted, when),
                view.span(meaning, event.kind.clone()),
                view.span(Meaning::Title, event.deployment.clone()),
                view.span(Meaning::Text, event.author.clone()),
                view.span(Meaning::Text, event.text.clone()),
            ]
        })
    });
}
