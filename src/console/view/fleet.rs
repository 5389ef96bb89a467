//! The table of deployments: is it well, what is it, how busy, what is being done about it.

pub mod cells;
mod layout;

use self::layout::Table;
use super::{
    View, grid,
    metrics::{self, NONE_IN_A_CLONE, NOT_KEPT},
    parts, summary,
};
use crate::console::{command::Command, state::Link, text, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// From this width on, the row under the cursor is shown in full at the right; below it, what it is doing at the foot.
const WITH_DETAILS: u16 = 160;
/// The least width of that, and its share of a hundred columns of a wider screen: the table keeps all of its usual columns,
/// and the one that explains its words.
const DETAILS: u16 = 56;
const SHARE: u16 = 31;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    if view.state.fleet.rows().is_empty() {
        nothing(frame, area, view);
        return;
    }
    let wide = area.width >= WITH_DETAILS;
    let [left, details] =
        Layout::horizontal([Constraint::Min(0), Constraint::Length(details_width(area.width, view))]).areas(area);
    let fleet = &view.state.fleet;
    let shown = (fleet.list.len(), fleet.rows().len());
    let filtered = parts::filtered(view, (fleet.filter(), fleet.filter_wrong()), shown);
    let origin = origin(view);
    let [filter, table, of_metrics, about] = Layout::vertical([
        Constraint::Length(u16::from(filtered.is_some())),
        Constraint::Min(0),
        Constraint::Length(u16::from(origin.is_some())),
        Constraint::Length(if wide { 0 } else { 2 }),
    ])
    .areas(left);
    parts::lines(frame, filter, filtered.into_iter().collect());
    if view.state.fleet.list.is_empty() {
        parts::lines(
            frame,
            table,
            vec![Line::from(view.span(
                Meaning::Muted,
                format!(" nothing matches: {} shows all again", view.state.keymap.way(Command::Back)),
            ))],
        );
        return;
    }
    rows(frame, table, view);
    parts::lines(frame, of_metrics, origin.into_iter().collect());
    let Some(row) = view.state.fleet.selected() else { return };
    if wide {
        let inner = parts::panel(frame, details, parts::heading(view, &row.name), view);
        parts::lines(frame, inner, summary::lines(row, inner.width, view));
    } else {
        parts::lines(frame, about, summary::about(row, about.width, view));
    }
}

/// What is read is not wrapped into a narrow column.
fn details_width(width: u16, view: View) -> u16 {
    match view.linear {
        _ if width < WITH_DETAILS => 0,
        None => (width * SHARE / 100).max(DETAILS),
        Some(_) => WITH_DETAILS,
    }
}

/// Where the pictures are from and how old they are, where they are not part of the rows themselves.
fn origin(view: View) -> Option<Line<'static>> {
    if view.state.clone_of.is_some() {
        return Some(Line::from(view.span(Meaning::Muted, format!(" CPU and queries: {NONE_IN_A_CLONE}"))));
    }
    if !view.state.reads_kept_metrics() {
        return None;
    }
    let curves = &view.state.curves;
    let mut spans = vec![view.span(Meaning::Muted, " CPU and queries: ")];
    match &curves.problem {
        Some(problem) => {
            spans.push(view.span(Meaning::Bad, format!("▲ {}{}", problem.what, metrics::again(problem))));
        }
        None if curves.as_of == 0 => spans.push(view.span(Meaning::Busy, "◌ being read")),
        None if view.state.then.is_some() && !any_in_view(view) => spans.push(view.span(Meaning::Muted, NOT_KEPT)),
        None => spans.push(metrics::origin(&curves.source, curves.as_of, None, view)),
    }
    Some(Line::from(spans))
}

/// Whether any row that is seen has a picture.
fn any_in_view(view: View) -> bool {
    let fleet = &view.state.fleet;
    let mut rows = fleet.list.in_view().filter_map(|place| fleet.row(place));
    rows.any(|row| !view.state.curves.of(&row.name).is_empty())
}

fn rows(frame: &mut Frame, area: Rect, view: View) {
    let table = Table::new(&view.state.fleet, usize::from(area.width));
    grid::draw(frame, area, &table.widths, &view.state.fleet.list, view, |index| {
        let room = cells::Room { bars: table.bars, doing: table.doing() };
        let cell = |row, column: &_| cells::cell(*column, row, room, view);
        view.state.fleet.row(index).map_or_else(Vec::new, |row| table.columns.iter().map(|it| cell(row, it)).collect())
    });
}

/// No row: because none was seen yet, because none answers, or because there is none.
fn nothing(frame: &mut Frame, area: Rect, view: View) {
    let mut lines = vec![Line::default()];
    match &view.state.link {
        Link::Connecting(since) => lines.extend(connecting(view, *since)),
        Link::Lost(_, problem) => {
            // Why this process cannot host tells more than that nobody answers.
            let problem = view.state.hosting.failed.as_deref().unwrap_or(problem);
            lines.extend(parts::problem(view, problem, area.width.saturating_sub(2)));
            lines.push(Line::from(view.span(Meaning::Muted, "  trying again")));
        }
        Link::Live => {
            lines.push(Line::from(view.span(Meaning::Title, "There is no deployment yet.")));
            lines.push(Line::default());
            if view.state.read_only {
                lines.push(Line::from(
                    view.span(Meaning::Text, "This console is read-only: another one can create it."),
                ));
                return place(frame, area, lines);
            }
            lines.push(Line::from(vec![
                view.span(Meaning::Text, "Press "),
                view.span(Meaning::Key, view.state.keymap.way(Command::Create)),
                view.span(Meaning::Text, " to create one. "),
                view.span(Meaning::Key, view.state.keymap.way(Command::Help)),
                view.span(Meaning::Text, " shows every key."),
            ]));
        }
    }
    place(frame, area, lines);
}

fn place(frame: &mut Frame, area: Rect, lines: Vec<Line>) {
    let room = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    parts::lines(frame, room, lines);
}

fn connecting(view: View, since: i64) -> Vec<Line<'static>> {
    let Some(step) = &view.state.hosting.starting else {
        return vec![parts::loading(view, "connecting to the control plane", since)];
    };
    let step = Line::from(view.span(Meaning::Muted, format!("  {}", text::clean(step))));
    vec![parts::loading(view, "starting the control plane", since), step]
}
