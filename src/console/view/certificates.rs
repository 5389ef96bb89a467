//! Certificates by the days that are left: what each is, when its successor is ordered, and what stands in the way.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{
    state::certificates::{Certificates, Served},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// Renewal begins at a third of the lifetime: what has less than a week left was not renewed in time.
const SOON: i64 = 7 * 24 * 3_600_000;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, list: &Certificates, view: View) {
    let shown = (list.chosen.list.len(), list.all());
    let above: Vec<Line> =
        parts::filtered(view, (list.chosen.text(), list.chosen.wrong()), shown).into_iter().collect();
    let below = list.selected().map_or_else(Vec::new, |served| about(served, area.width, view));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    if list.all() == 0 {
        let none = " there is no deployment yet, and no certificate";
        return parts::lines(frame, body, vec![Line::from(view.span(Meaning::Muted, none))]);
    }
    let time = if view.state.absolute_times { 19 } else { 8 };
    let (name, names) = match area.width {
        0..100 => (14, 0),
        100..150 => (18, 24),
        _ => (24, 40),
    };
    let gap = |width: usize| if width > 0 { width + 2 } else { 0 };
    // The sign, the columns and the gaps before them: one before numbers, two before texts.
    let taken = 1 + name + (2 + 11) + (1 + 8) + (1 + time) + gap(names) + 2;
    let mut columns = vec![
        Column::left("NAME", name),
        Column::left("KIND", 11),
        Column::right("LEFT", 8),
        Column::right("RENEWAL", time),
    ];
    if names > 0 {
        columns.push(Column::left("NAMES", names));
    }
    columns.push(Column::left("NEWS", usize::from(area.width).saturating_sub(taken)));
    grid::draw(frame, body, &columns, &list.chosen.list, view, |place| {
        list.at(place).map_or_else(Vec::new, |served| row(served, names > 0, view))
    });
}

fn row(served: &Served, names: bool, view: View) -> Vec<Span<'static>> {
    let (sign, meaning) = worth(served, view.now());
    let mut cells = vec![
        view.span(Meaning::Title, served.name.clone()),
        view.span(Meaning::Text, served.kind.clone()),
        view.span(meaning, format!("{sign}{}", text::left_until(view.now(), served.not_after_ms))),
        view.span(Meaning::Muted, until(served.of.renewal_ms, view)),
    ];
    if names {
        cells.push(view.span(Meaning::Text, served.of.names.join(", ")));
    }
    let news = if served.of.failure.is_empty() { Meaning::Warning } else { Meaning::Bad };
    cells.push(view.span(news, served.news().to_owned()));
    cells
}

/// How urgent it is; the sign tells it without colour.
fn worth(served: &Served, now: i64) -> (&'static str, Meaning) {
    match served.not_after_ms {
        0 => ("", Meaning::Muted),
        end if end <= now => ("✗ ", Meaning::Bad),
        end if end - now < SOON => ("▲ ", Meaning::Warning),
        _ => ("", Meaning::Text),
    }
}

/// What is left until then, or the date.
fn until(at: i64, view: View) -> String {
    match at {
        0 => text::left_until(view.now(), 0),
        at if view.state.absolute_times => text::moment(at, &view.state.zone),
        at if at <= view.now() => "due".to_owned(),
        at => text::left_until(view.now(), at),
    }
}

/// What does not fit into its row.
fn about(served: &Served, width: u16, view: View) -> Vec<Line<'static>> {
    let zone = &view.state.zone;
    let mut said = vec![(Meaning::Title, format!("{}: {}", served.name, served.kind))];
    if served.not_after_ms == 0 {
        said.push((Meaning::Muted, "no certificate is known of it: it serves none yet, or is not heard".to_owned()));
    } else {
        let (from, to) = (served.not_before_ms, served.not_after_ms);
        let [from, to] = [from, to].map(|ms| text::together(&text::moment(ms, zone)));
        said.push((Meaning::Text, format!("serial {}, good from {from} to {to}", served.serial)));
    }
    if !served.of.names.is_empty() {
        said.push((Meaning::Text, format!("for {}", served.of.names.join(", "))));
    }
    if !served.of.stands_in.is_empty() {
        said.push((Meaning::Warning, format!("▲ {}", served.of.stands_in)));
    }
    if !served.of.failure.is_empty() {
        let again = until(served.of.again_ms, view);
        let times = match served.of.failed_times {
            0 | 1 => String::new(),
            times => format!(", {times} times"),
        };
        let since = text::ago(view.now(), served.of.failed_since_ms);
        said.push((
            Meaning::Bad,
            format!("✗ not ordered{times} since {since}, again in {again}: {}", served.of.failure),
        ));
    }
    let room = usize::from(width).saturating_sub(2);
    let wrapped = |(meaning, text): (Meaning, String)| {
        // The failure is an authority's own words: two lines of them say what it is.
        let lines = text::wrap(&text, room).into_iter().take(2);
        lines.map(|line| Line::from(view.span(meaning, format!(" {line}")))).collect::<Vec<_>>()
    };
    said.into_iter().flat_map(wrapped).collect()
}
