//! Commits at the left, what the one under the cursor changed at the right, cell by cell.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{
    state::history::{DESIRED, History, changes_desired, is_desired},
    text,
    theme::Meaning,
};
use doltops_proto::hosted_api::Commit;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};
use std::collections::BTreeSet;

/// The widest that the graph gets: eight lines beside one another, and room for what the commits say.
const LINES: usize = 15;

/// From this width on the list and what a commit changed stand side by side: a message has 40 columns then.
const BESIDE: u16 = 150;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, history: &History, view: View) {
    let [left, right] = if area.width < BESIDE { stacked(area) } else { split(area) };
    let title =
        history.name.as_deref().map_or("Commits of the control plane".to_owned(), |name| format!("Commits of {name}"));
    commits(frame, left, history, &title, view);
    let inner = match history.selected() {
        Some(commit) => {
            let title = format!("What {} changed", text::short(&commit.hash));
            let inner = parts::panel(frame, right, parts::heading(view, &title), view);
            let lines = details(commit, history.name.is_none(), inner.width, view);
            let scroll = history.scroll.min(lines.len().saturating_sub(1));
            let rest = lines.into_iter().skip(scroll).collect();
            parts::lines(frame, inner, parts::cut(rest, usize::from(inner.height), view));
            return;
        }
        None => parts::panel(frame, right, parts::heading(view, "What changed"), view),
    };
    parts::lines(frame, inner, Vec::new());
}

/// Side by side, or one below the other where that would be too narrow.
pub fn split(area: Rect) -> [Rect; 2] {
    if area.width >= 100 {
        Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(area)
    } else {
        stacked(area)
    }
}

fn stacked(area: Rect) -> [Rect; 2] {
    Layout::vertical([Constraint::Percentage(45), Constraint::Percentage(55)]).areas(area)
}

/// The list of commits.
pub fn commits(frame: &mut Frame, area: Rect, history: &History, title: &str, view: View) {
    let inner = parts::panel(frame, area, parts::heading(view, title), view);
    let known = history.commits.value.as_deref().unwrap_or_default();
    let mut above: Vec<Line> = Vec::new();
    if let Some(problem) = &history.commits.problem {
        above.extend(parts::problem(view, problem, inner.width));
    }
    if let Some(since) = history.commits.since {
        let what = if known.is_empty() { "reading the history" } else { "reading older commits" };
        above.push(parts::loading(view, what, since));
    }
    let shown = (history.chosen.list.len(), known.len());
    if let Some(mut line) = parts::filtered(view, (history.chosen.text(), history.chosen.wrong()), shown) {
        if history.more {
            line.spans.push(view.span(Meaning::Muted, "   G reads older"));
        }
        above.push(line);
    }
    if above.is_empty() && known.is_empty() {
        above.push(Line::from(view.span(Meaning::Muted, " no commit has changed it")));
    }
    let height = u16::try_from(above.len()).unwrap_or(0);
    let [top, rest] = Layout::vertical([Constraint::Length(height), Constraint::Min(0)]).areas(inner);
    parts::lines(frame, top, above);
    let when = if view.state.absolute_times { 19 } else { 6 };
    let lines = history.graph.iter().map(|row| text::width(row)).max().unwrap_or(0).min(LINES);
    let message = usize::from(rest.width).saturating_sub(1 + lines + 2 + 9 + 1 + when + 2 + 12 + 2);
    let columns = [
        Column::left("", lines),
        Column::left("", 9),
        Column::right("", when),
        Column::left("", 12),
        Column::left("", message),
    ];
    let marked = history.marked.as_ref().map(|commit| commit.hash.as_str());
    grid::draw(frame, rest, &columns, &history.chosen.list, view, |index| {
        history.at(index).map_or_else(Vec::new, |commit| {
            let first = commit.message.split("  ").next().unwrap_or_default();
            let weight = if changes_desired(commit) { Meaning::Text } else { Meaning::Muted };
            let is_marked = marked == Some(commit.hash.as_str());
            let (sign, look) = if is_marked { ("*", Meaning::Warning) } else { ("", Meaning::Key) };
            vec![
                view.span(weight, history.graph.get(index).cloned().unwrap_or_default()),
                view.span(look, format!("{}{sign}", text::short(&commit.hash))),
                view.span(Meaning::Muted, view.when(commit.time_ms)),
                view.span(Meaning::Text, commit.author.clone()),
                view.span(weight, first.to_owned()),
            ]
        })
    });
}

fn details(commit: &Commit, whose: bool, width: u16, view: View) -> Vec<Line<'static>> {
    let by = format!(" {} by {}", text::moment(commit.time_ms, &view.state.zone), commit.author);
    let mut lines = vec![
        Line::from(view.span(Meaning::Key, format!(" {}", commit.hash))),
        Line::from(view.span(Meaning::Muted, by)),
    ];
    let message = text::wrap(&commit.message, usize::from(width).saturating_sub(2));
    lines.extend(message.into_iter().map(|line| Line::from(view.span(Meaning::Title, format!(" {line}")))));
    if let Some(it) = &commit.brought_in {
        let from = if it.base.is_empty() { String::new() } else { format!(", made from {}", text::short(&it.base)) };
        let said =
            format!("◆ brought in the change request {}: its branch at {}{from}", it.branch, text::short(&it.head));
        let wrapped = text::wrap(&said, usize::from(width).saturating_sub(2)).into_iter();
        lines.extend(wrapped.map(|line| Line::from(view.span(Meaning::Good, format!(" {line}")))));
    }
    lines.push(Line::default());
    let mut tables: Vec<&str> = commit.changes.iter().map(|change| change.table.as_str()).collect();
    tables.sort_by_key(|table| (place(table), *table));
    tables.dedup();
    for table in tables {
        lines.push(Line::from(view.span(Meaning::Heading, format!(" {table}"))));
        lines.extend(rows(commit, table, whose, view));
    }
    if commit.changes.is_empty() {
        lines.push(Line::from(view.span(Meaning::Muted, " no cell differs from the commit before")));
    }
    lines
}

/// A table's cells. A row that was written down whole is one line: the message tells what it is about.
fn rows(commit: &Commit, table: &str, whose: bool, view: View) -> Vec<Line<'static>> {
    let of_table = || commit.changes.iter().filter(|change| change.table == table);
    if !is_desired(table) && of_table().all(|change| change.from.is_none()) {
        let written: BTreeSet<&str> = of_table().map(|change| change.key.as_str()).collect();
        let rows = if written.len() == 1 { "row" } else { "rows" };
        return vec![Line::from(view.span(Meaning::Muted, format!("  + {} {rows}", written.len())))];
    }
    let indented = |change| {
        let mut line = parts::cell(view, change, whose);
        line.spans.insert(0, view.span(Meaning::Text, "  "));
        line
    };
    of_table().map(indented).collect()
}

/// What people ask for stands before what was recorded about it.
fn place(table: &str) -> usize {
    DESIRED.iter().position(|first| *first == table).unwrap_or(usize::MAX)
}
