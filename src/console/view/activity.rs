//! What the reconciler did, does and will do: a line a step, those of a run below one another.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{
    state::activity::{Activity, Row, Standing},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, activity: &Activity, view: View) {
    let mut above = match (&activity.ended, activity.since) {
        (Some(problem), _) => {
            vec![Line::from(view.span(Meaning::Bad, format!(" ▲ no more events: {}; trying again", problem.what)))]
        }
        (None, Some(since)) => vec![parts::loading(view, "reading what was done", since)],
        (None, None) if activity.is_empty() => {
            vec![Line::from(view.span(Meaning::Muted, " nothing was done, and nothing is to be done"))]
        }
        (None, None) => Vec::new(),
    };
    let shown = (activity.chosen.list.len(), activity.len());
    above.extend(parts::filtered(view, (activity.chosen.text(), activity.chosen.wrong()), shown));
    let when = if view.state.absolute_times { 19 } else { 8 };
    let name = if activity.name.is_some() { 0 } else { 14 };
    let taken = 1 + when + 2 + 9 + 2 + name + 2 + 2;
    let room = usize::from(area.width).saturating_sub(taken);
    // What was asked for says more than why, and the whole line stands at the foot.
    let what = (room / 2).clamp(22, 56);
    let rest = room.saturating_sub(what);
    let below =
        activity.row(activity.chosen.list.cursor()).map_or_else(Vec::new, |row| whole(row, what, rest, area, view));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    let columns = [
        Column::left("TIME", when),
        Column::left("STATE", 9),
        Column::left(if name > 0 { "DEPLOYMENT" } else { "" }, name),
        Column::left("WHAT", what),
        Column::left("WHY", rest),
    ];
    grid::draw(frame, body, &columns, &activity.chosen.list, view, |place| {
        activity.row(place).map_or_else(Vec::new, |row| cells(row, view))
    });
}

/// How it stands as a sign and a look; the sign tells it without colour.
fn standing(standing: Standing) -> (&'static str, Meaning) {
    match standing {
        // It leads to what follows; a question mark would say that something is not known.
        Standing::Asked => ("→", Meaning::Key),
        Standing::Done => ("●", Meaning::Good),
        Standing::Failed => ("✗", Meaning::Bad),
        Standing::Running => ("◐", Meaning::Busy),
        Standing::Planned => ("○", Meaning::Busy),
        Standing::Retry => ("↻", Meaning::Warning),
        Standing::Coming => ("◷", Meaning::Muted),
    }
}

fn cells(row: &Row, view: View) -> Vec<Span<'static>> {
    let (sign, meaning) = standing(row.standing);
    let indent = if row.first { "" } else { "  " };
    vec![
        view.span(Meaning::Muted, time(row, view)),
        view.span(meaning, format!("{sign} {}", row.standing.word())),
        view.span(if row.first { Meaning::Title } else { Meaning::Muted }, row.deployment.clone()),
        view.span(Meaning::Text, format!("{indent}{}", row.what)),
        view.span(Meaning::Text, said(row)),
    ]
}

fn said(row: &Row) -> String {
    if row.by.is_empty() { row.why.clone() } else { format!("by {}", row.by) }
}

/// When it was; until when it waits; or that it follows.
fn time(row: &Row, view: View) -> String {
    match (row.time, row.standing) {
        (Some(time), _) if view.state.absolute_times => text::moment(time, &view.state.zone),
        // At a time of day: what is counted down would move every second.
        (Some(time), _) => text::clock(time, &view.state.zone),
        (None, Standing::Running) => "now".to_owned(),
        (None, Standing::Planned) => "then".to_owned(),
        (None, _) => "later".to_owned(),
    }
}

/// What does not fit into its row.
fn whole(row: &Row, what: usize, why: usize, area: Rect, view: View) -> Vec<Line<'static>> {
    let text = if row.why.is_empty() { row.what.clone() } else { format!("{}: {}", row.what, row.why) };
    let fits = text::width(&row.what) + 2 <= what && text::width(&said(row)) <= why;
    let taken = if fits { 0 } else { usize::from(area.width) };
    if fits { Vec::new() } else { parts::whole(view, &text, taken, area.width) }
}
