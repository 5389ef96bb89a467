//! What belongs to no deployment: why it is still there, and what becomes of it.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{
    state::orphans::{Orphans, Removing},
    text,
    theme::Meaning,
};
use doltops_proto::hosted_api::Orphan;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, orphans: &Orphans, view: View) {
    let above = above(orphans, area.width, view);
    let below = match (&orphans.removing, orphans.selected()) {
        (Some(removing), _) => removal(removing, area.width, view),
        (None, Some(orphan)) => about(orphan, area.width, view),
        (None, None) => Vec::new(),
    };
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    let known = orphans.orphans.value.as_deref().unwrap_or_default();
    if known.is_empty() {
        return;
    }
    let narrow = area.width < 120;
    let since = if view.state.absolute_times { 19 } else { 6 };
    let (id, name) = if narrow { (24, 14) } else { (36, 24) };
    let rest = usize::from(area.width).saturating_sub(1 + 8 + 2 + id + 2 + name + 1 + since + 2);
    let columns = [
        Column::left("KIND", 8),
        Column::left("ID", id),
        Column::left("NAME", name),
        Column::right("SINCE", since),
        Column::left("WHY", rest),
    ];
    grid::draw(frame, body, &columns, &orphans.chosen.list, view, |index| {
        orphans.orphan(index).map_or_else(Vec::new, |orphan| {
            vec![
                view.span(Meaning::Text, orphan.kind.clone()),
                view.span(Meaning::Title, orphan.id.clone()),
                view.span(Meaning::Text, orphan.name.clone()),
                view.span(Meaning::Muted, view.when(orphan.since_ms)),
                view.span(Meaning::Text, orphan.why.clone()),
            ]
        })
    });
}

/// What this is, how new it is, or why it is not there.
fn above(orphans: &Orphans, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(problem) = &orphans.orphans.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    match (&orphans.orphans.value, orphans.orphans.since) {
        (None, Some(since)) => lines.push(parts::loading(view, "reading what is in the cloud", since)),
        (Some(known), _) => {
            let what = match known.len() {
                0 => " nothing in the cloud is without a deployment".to_owned(),
                1 => " 1 resource of this control plane's belongs to no deployment".to_owned(),
                many => format!(" {many} resources of this control plane's belong to no deployment"),
            };
            let seen = format!("{what}, read {}", text::ago(view.now(), orphans.as_of));
            lines.push(Line::from(view.span(Meaning::Muted, seen)));
            let chosen = &orphans.chosen;
            lines.extend(parts::filtered(view, (chosen.text(), chosen.wrong()), (chosen.list.len(), known.len())));
        }
        (None, None) => {}
    }
    lines
}

fn about(orphan: &Orphan, width: u16, view: View) -> Vec<Line<'static>> {
    let of = if orphan.deployment.is_empty() { String::new() } else { format!(", of {}", orphan.deployment) };
    let size = if orphan.gib == 0 { String::new() } else { format!(", {} GiB", orphan.gib) };
    let title = format!(" {} {}{of}{size}", orphan.kind, orphan.id);
    let mut lines = vec![Line::from(view.span(Meaning::Title, title))];
    let room = usize::from(width).saturating_sub(3);
    for (sign, said) in [("why", &orphan.why), ("next", &orphan.next)] {
        let text = if said.is_empty() { continue } else { format!("{sign}: {said}") };
        let wrapped = text::wrap(&text, room).into_iter();
        lines.extend(wrapped.map(|line| Line::from(view.span(Meaning::Text, format!("   {line}")))));
    }
    lines
}

/// What goes, and where its id is typed.
fn removal(removing: &Removing, width: u16, view: View) -> Vec<Line<'static>> {
    let Removing { orphan, typed, sent, problem } = removing;
    let mut lines = about(orphan, width, view);
    if let Some(problem) = problem {
        lines.extend(parts::problem(view, problem, width));
    }
    if sent.is_some() {
        lines.push(Line::from(view.span(Meaning::Busy, "◌ sent, waiting for the answer")));
        return lines;
    }
    // A name or an address can be made again; what holds data cannot.
    let lost = match orphan.kind.as_str() {
        "volume" | "copy" => "The data on it is gone then. ",
        "instance" => "What runs on it ends. ",
        _ => "",
    };
    let question = format!(" ▲ {lost}Type its id to remove it: ");
    lines.push(Line::from(vec![
        view.span(Meaning::Bad, question),
        view.span(Meaning::Input, text::left(&format!("{}▏", text::clean(typed)), orphan.id.chars().count() + 2)),
    ]));
    lines
}
