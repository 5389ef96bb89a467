//! A flagged commit: what it changed in its table, the rows that did it on top.

use super::{
    View, checks,
    grid::{self, Column},
    parts,
};
use crate::{
    checks::history::{Part, Shown},
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
    let mut lines = checks::about(&finding.flag, None, (1, 1), width, view);
    if let Some(problem) = &finding.changes.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    if let Some(since) = finding.changes.since {
        lines.push(parts::loading(view, "reading what the commit changed", since));
        return lines;
    }
    let said = text::wrap(&counts(finding), usize::from(width).saturating_sub(2));
    lines.extend(said.into_iter().map(|line| Line::from(view.span(Meaning::Muted, format!(" {line}")))));
    lines
}

/// How many rows there are, how many of them it is about, and how one comes to those that are not here.
fn counts(finding: &Finding) -> String {
    let (flag, shown) = (&finding.flag, finding.list.len());
    let evidence = &flag.evidence;
    if flag.table.is_empty() {
        let more = if evidence.has_more() { "; it returns more" } else { "" };
        return format!("the first {shown} rows that it returns{more}");
    }
    let table = text::clean(&flag.table);
    let of = format!("{}{}", if evidence.counted { "" } else { "at least " }, evidence.of);
    let about = match (evidence.part, finding.guilty()) {
        (_, _) if evidence.of == 0 => String::new(),
        (Part::Each, guilty) if guilty < evidence.of => format!("; ✗ did it: {guilty} of {of}"),
        (Part::Each, _) => format!("; ✗ did it: {of}"),
        (Part::Farthest, _) => format!("; {of} that came did it together, those farthest from the usual first"),
        (Part::Together, _) => format!("; {of} that came did it together"),
    };
    match flag.diff.as_ref().filter(|_| finding.more) {
        Some(diff) => format!("the first {shown} rows of {table} that it changed{about}. All: {}", text::clean(diff)),
        None => format!("{} of {table} that it changed{about}", text::plural(shown, "row")),
    }
}
