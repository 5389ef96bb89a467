//! What is wrong: the worst and unseen first, who has it, whom it was paged to.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{state::incidents::Incidents, text, theme::Meaning};
use doltops_proto::hosted_api::{Incident, Page};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// How bad it is as a sign and a look; the sign tells it without colour.
pub fn severity(word: &str) -> (&'static str, Meaning) {
    match word {
        "critical" => ("!!!", Meaning::Bad),
        "error" => ("!!", Meaning::Bad),
        "warning" => ("!", Meaning::Warning),
        _ => ("·", Meaning::Muted),
    }
}

/// Draws the list.
pub fn draw(frame: &mut Frame, area: Rect, incidents: &Incidents, view: View) {
    let above = above(incidents, area.width, view);
    let below = incidents.selected().map_or_else(Vec::new, |incident| about(incident, area.width, view));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    if incidents.rows().is_empty() {
        return;
    }
    // The title explains: the others give way until it has the most.
    let age = if view.state.absolute_times { 19 } else { 6 };
    let (names, people, paged) = match area.width {
        0..100 => (12, 0, 0),
        100..150 => (16, 12, 16),
        _ => (24, 16, 28),
    };
    let gap = |width: usize| if width > 0 { width + 2 } else { 0 };
    let rest =
        usize::from(area.width).saturating_sub(1 + 12 + 2 + 14 + 2 + gap(names) + age + 1 + gap(people) + gap(paged));
    let mut columns = vec![
        Column::left("SEVERITY", 12),
        Column::left("STATE", 14),
        Column::left("TITLE", rest),
        Column::left("DEPLOYMENTS", names),
        Column::right("AGE", age),
    ];
    if people > 0 {
        columns.extend([Column::left("WHO HAS IT", people), Column::left("PAGED", paged)]);
    }
    grid::draw(frame, body, &columns, &incidents.list, view, |index| {
        incidents.rows().get(index).map_or_else(Vec::new, |incident| row(incident, view))
    });
}

fn row(incident: &Incident, view: View) -> Vec<Span<'static>> {
    let (sign, meaning) = severity(&incident.severity);
    let over = incident.state == "resolved";
    let look = |meaning| if over { Meaning::Stale } else { meaning };
    vec![
        view.span(look(meaning), format!("{sign} {}", incident.severity)),
        view.span(look(state(&incident.state).1), format!("{} {}", state(&incident.state).0, incident.state)),
        view.span(look(Meaning::Title), incident.title.clone()),
        view.span(look(Meaning::Text), names(incident)),
        view.span(Meaning::Muted, view.when(incident.opened_ms)),
        view.span(look(Meaning::Text), holder(incident)),
        view.span(look(Meaning::Text), incident.pages.last().map(paged).unwrap_or_default()),
    ]
}

/// Where it stands, as a sign and a look.
pub fn state(state: &str) -> (&'static str, Meaning) {
    match state {
        "open" => ("▲", Meaning::Bad),
        "acknowledged" => ("◐", Meaning::Busy),
        _ => ("●", Meaning::Good),
    }
}

fn names(incident: &Incident) -> String {
    incident.deployments.join(", ")
}

fn holder(incident: &Incident) -> String {
    if incident.assignee.is_empty() { "–".to_owned() } else { incident.assignee.clone() }
}

/// `op1 by pagerduty`, with a sign where that is not known to have arrived.
fn paged(page: &Page) -> String {
    let to = if page.to.is_empty() { &page.target } else { &page.to };
    let sign = match page.state.as_str() {
        "sent" => "",
        "failed" => "✗ ",
        _ => "◌ ",
    };
    format!("{sign}{to} by {}", page.kind)
}

/// What this is, or why it is not there.
fn above(incidents: &Incidents, width: u16, view: View) -> Vec<Line<'static>> {
    let board = &view.state.incidents;
    let mut lines = Vec::new();
    for problem in board.problem.iter().chain(&incidents.problem) {
        lines.extend(parts::problem(view, problem, width));
    }
    if !board.known {
        if lines.is_empty() {
            lines.push(Line::from(view.span(Meaning::Busy, "◌ reading the incidents")));
        }
        return lines;
    }
    let open = match board.open().len() {
        0 => " nothing is wrong that anybody knows of".to_owned(),
        1 => " 1 incident is open".to_owned(),
        many => format!(" {many} incidents are open"),
    };
    let over = if incidents.resolved { ", those that are over below" } else { "" };
    let call = if board.on_call.is_empty() { String::new() } else { format!("; on call: {}", board.on_call) };
    let mut spans = vec![view.span(Meaning::Muted, format!("{open}{over}{call}"))];
    if let Some(since) = incidents.since {
        spans.push(view.span(Meaning::Busy, format!("   ◌ reading those that are over{}", view.waiting(since))));
    }
    lines.push(Line::from(spans));
    lines.extend(parts::filtered(view, incidents.filter(), (incidents.rows().len(), incidents.all())));
    lines
}

/// What does not fit into its row.
fn about(incident: &Incident, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = vec![line(incident, width, view)];
    for (name, said) in [("impact", &incident.impact), ("what", &incident.description)] {
        if !said.is_empty() {
            let wrapped = text::wrap(&format!("{name}: {said}"), usize::from(width).saturating_sub(4));
            lines.extend(
                wrapped.into_iter().take(2).map(|line| Line::from(view.span(Meaning::Text, format!("   {line}")))),
            );
        }
    }
    lines
}

/// The least of an incident's title that says what it is about.
const TITLE: usize = 12;

/// An incident in a line, wherever it is named: ` !!! critical billing is away   open, 5 min, nobody has it   inc-…`. Where
/// it has no room, its title is shortened: who has it is what one looks for.
pub fn line(incident: &Incident, width: u16, view: View) -> Line<'static> {
    let (sign, meaning) = severity(&incident.severity);
    let who =
        if incident.assignee.is_empty() { "nobody has it".to_owned() } else { format!("{} has it", incident.assignee) };
    let since = view.when(incident.opened_ms);
    let first = format!(" {sign} {} ", incident.severity);
    let rest = format!("   {}, {since}, {who}", incident.state);
    let room = usize::from(width).saturating_sub(text::width(&first) + text::width(&rest));
    let title = text::fit(&incident.title, room.max(TITLE));
    // What it is called goes where there is room beside its title.
    let id = format!("   {}", incident.id);
    let id = if text::width(&title) + text::width(&id) <= room { id } else { String::new() };
    Line::from(vec![
        view.span(meaning, first),
        view.span(Meaning::Title, title),
        view.span(Meaning::Muted, format!("{rest}{id}")),
    ])
}
