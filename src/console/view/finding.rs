//! A flagged commit: what it changed in its table, the rows that did it on top.

use super::{
    View, checks,
    grid::{self, Column},
    parts,
};
use crate::{
    checks::history::Shown,
    console::{
        state::finding::{Finding, said},
        text,
        theme::Meaning,
    },
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// Columns of a cell: a date and its time, or the beginning of a text.
const CELL: usize = 19;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, finding: &Finding, view: View) {
    let above = above(finding, area.width, view);
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body] = Layout::vertical([lines(above.len()), Constraint::Min(0)]).areas(area);
    parts::lines(frame, head, above);
    if finding.list.is_empty() {
        return;
    }
    let names = finding.columns();
    let mut columns = vec![Column::left("", 1), Column::left("CHANGE", 8)];
    // What does not fit is a key away.
    let room = usize::from(area.width).saturating_sub(grid::taken(&columns));
    columns.extend(names.iter().take(room / (CELL + 2)).map(|name| Column::left(name, CELL)));
    grid::draw(frame, body, &columns, &finding.list, view, |place| {
        finding.at(place).map_or_else(Vec::new, |(did, change)| row(*did, change, &names, view))
    });
}

fn row(did: bool, change: &Shown, names: &[&str], view: View) -> Vec<Span<'static>> {
    let look = match change.change.as_str() {
        "added" => Meaning::Added,
        "removed" => Meaning::Removed,
        _ => Meaning::Text,
    };
    let mut cells = vec![
        view.span(Meaning::Bad, if did { "✗" } else { "" }),
        view.span(if did { Meaning::Title } else { look }, change.change.clone()),
    ];
    cells.extend(names.iter().map(|name| match change.cells.iter().find(|cell| cell.column == *name) {
        Some(cell) => {
            let changed = change.change == "modified" && cell.before != cell.after;
            view.span(if changed { Meaning::Warning } else { look }, said(change, cell))
        }
        None => view.span(Meaning::Muted, "–"),
    }));
    cells
}

fn above(finding: &Finding, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = checks::about(&finding.flag, (1, 1), width, view);
    if let Some(problem) = &finding.changes.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    if let Some(since) = finding.changes.since {
        lines.push(parts::loading(view, "reading what the commit changed", since));
        return lines;
    }
    let of = if finding.flag.table.is_empty() {
        " the first rows that it returns".to_owned()
    } else {
        let more = if finding.more { ", and more" } else { "" };
        let table = text::clean(&finding.flag.table);
        format!(" {} of {table}{more}; ✗ those that did it", text::plural(finding.list.len(), "row"))
    };
    lines.push(Line::from(view.span(Meaning::Muted, of)));
    lines
}
