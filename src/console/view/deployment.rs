//! One deployment: what one copies on top, then how busy it is, what was changed last, and the end of its log.

use super::{
    View, chart, fleet, logs,
    metrics::{self, NONE_IN_A_CLONE, NOT_KEPT},
    parts, summary,
};
use crate::console::{
    command::Command,
    state::{columns::Column, deployment::Details, logs::level::Level, metrics::Chart},
    text,
    theme::Meaning,
};
use doltops_proto::hosted_api::Deployment;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// The height of the charts; below [`WITH_CHARTS`] rows there is no room for them: a line of bars stands for them.
const CHARTS: u16 = 8;
const WITH_CHARTS: u16 = 30;
/// The bars of that line: 15 minutes, a bar a minute.
const BARS: usize = 15;
/// Below this width it tells the key alone.
const NARROW: usize = 80;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, details: &Details, view: View) {
    let Some(row) = view.state.fleet.find(&details.name) else {
        let gone = format!(" {} is gone: {} goes back", details.name, view.state.keymap.way(Command::Back));
        parts::lines(frame, area, vec![Line::from(view.span(Meaning::Warning, gone))]);
        return;
    };
    let mut lines = summary::lines(row, area.width, view);
    if area.height < WITH_CHARTS {
        // Where the charts would stand below it.
        lines.extend(load(row, area.width, view));
    }
    // Changes and log keep at least six rows.
    let top = (u16::try_from(lines.len()).unwrap_or(0) + 1).min(area.height.saturating_sub(6));
    let charts = if area.height >= WITH_CHARTS { CHARTS } else { 0 };
    let origin = origin(row, view).filter(|_| charts > 0);
    let [head, of_charts, middle, foot] = Layout::vertical([
        Constraint::Length(top),
        Constraint::Length(u16::from(origin.is_some())),
        Constraint::Length(charts),
        Constraint::Min(0),
    ])
    .areas(area);
    parts::lines(frame, head, lines);
    parts::lines(frame, of_charts, origin.into_iter().collect());
    if charts > 0 {
        let cells: [Rect; 3] = Layout::horizontal([Constraint::Fill(1); 3]).areas(middle);
        for (kind, cell) in [Chart::Queries, Chart::Latency, Chart::Cpu].into_iter().zip(cells) {
            chart::draw(frame, cell, &metrics::picture::of_quarter(kind, &view.state.samples(row), view), view);
        }
    }
    let [left, right] = super::history::split(foot);
    changes(frame, left, details, view);
    log(frame, right, details, view);
}

/// The charts in a line, and how to see them.
fn load(row: &Deployment, width: u16, view: View) -> Option<Line<'static>> {
    let room = fleet::cells::Room { bars: BARS, doing: 0 };
    let [cpu, queries] = [Column::Cpu, Column::Queries].map(|column| fleet::cells::cell(column, row, room, view));
    let key = view.state.keymap.shown(Command::Metrics);
    let label = view.span(Meaning::Muted, format!(" {}", text::left("load", summary::LABEL)));
    if cpu.content.is_empty() {
        return None;
    }
    let way = if key.is_empty() { String::new() } else { format!("   {key}") };
    // A narrow one keeps the pictures.
    let charts = if usize::from(width) < NARROW { "" } else { " charts" };
    Some(Line::from(vec![
        label,
        view.span(Meaning::Muted, "CPU "),
        cpu,
        view.span(Meaning::Muted, "   queries/s "),
        queries,
        view.span(Meaning::Key, way),
        view.span(Meaning::Muted, charts),
    ]))
}

/// Where the charts are from, where that is not the heartbeats that came with the row.
fn origin(row: &Deployment, view: View) -> Option<Line<'static>> {
    if view.state.clone_of.is_some() {
        return Some(Line::from(view.span(Meaning::Muted, format!(" {NONE_IN_A_CLONE}"))));
    }
    let curves = &view.state.curves;
    let known = view.state.reads_kept_metrics() && !curves.source.is_empty();
    let newest = curves.of(&row.name).last().map(|sample| sample.time_ms);
    if view.state.then.is_some() && newest.is_none() {
        let why = match &curves.problem {
            Some(problem) => format!(" ? {problem}"),
            None if curves.as_of == 0 => return None,
            None => format!(" ? {NOT_KEPT}"),
        };
        return Some(Line::from(view.span(Meaning::Muted, why)));
    }
    known.then(|| {
        let origin = metrics::origin(&curves.source, curves.as_of, newest, view);
        Line::from(vec![view.span(Meaning::Muted, " "), origin])
    })
}

fn changes(frame: &mut Frame, area: Rect, details: &Details, view: View) {
    let inner = parts::panel(frame, area, parts::heading(view, "Last changes"), view);
    let mut lines = Vec::new();
    if let Some(problem) = &details.changes.problem {
        lines.extend(parts::problem(view, problem, inner.width));
    }
    if let Some(since) = details.changes.since {
        lines.push(parts::loading(view, "reading the history", since));
    }
    let rows = usize::from(inner.height).saturating_sub(lines.len());
    for commit in details.changes.value.iter().flatten().take(rows) {
        let room = usize::from(inner.width).saturating_sub(32);
        lines.push(Line::from(vec![
            view.span(Meaning::Key, format!(" {} ", text::short(&commit.hash))),
            view.span(Meaning::Muted, format!("{} ", text::right(&view.when(commit.time_ms), 6))),
            view.span(Meaning::Text, format!("{} ", text::left(&commit.author, 12))),
            view.span(Meaning::Text, text::fit(&commit.message, room)),
        ]));
    }
    parts::lines(frame, inner, lines);
}

fn log(frame: &mut Frame, area: Rect, details: &Details, view: View) {
    let inner = parts::panel(frame, area, parts::heading(view, "Log"), view);
    let mut lines = Vec::new();
    if let Some(problem) = &details.tail_ended {
        lines.extend(parts::problem(view, problem, inner.width));
    }
    let room = usize::from(inner.height).saturating_sub(lines.len());
    for line in details.tail.iter().skip(details.tail.len().saturating_sub(room)) {
        let (level, _) = Level::of(&line.level, &line.text, Level::Unsaid);
        lines.push(Line::from(vec![
            view.span(Meaning::Muted, format!(" {} ", text::clock(line.time_ms, &view.state.zone))),
            logs::sign(level, view),
            view.span(Meaning::Text, line.text.clone()),
        ]));
    }
    parts::lines(frame, inner, lines);
}
