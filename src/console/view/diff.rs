//! Two commits side by side, a line a cell: where it was at the left, what it became at the right; below one another
//! in one column where the screen is narrow.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{
    state::{
        diff::{Diff, Side},
        history::cell_name,
    },
    text,
    theme::Meaning,
};
use crate::hosted_api::desired_diff::said;
use doltops_proto::hosted_api::CellChange;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// From this width on old and new have a column each.
const BESIDE: u16 = 100;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, diff: &Diff, view: View) {
    let above = above(diff, area.width, view);
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let whose = if diff.name.is_some() { 0 } else { 16 };
    let (columns, taken) = columns(diff, area.width, whose);
    let below = diff.selected().map_or_else(Vec::new, |change| below(change, area.width, taken, view));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    if diff.chosen.list.is_empty() {
        return;
    }
    grid::draw(frame, body, &columns, &diff.chosen.list, view, |place| {
        diff.at(place).map_or_else(Vec::new, |change| row(change, whose > 0, area.width >= BESIDE, view))
    });
}

/// The columns, and the width of each value's.
fn columns(diff: &Diff, width: u16, whose: usize) -> (Vec<Column>, usize) {
    let gap = if whose > 0 { whose + 2 } else { 0 };
    let rest = usize::from(width).saturating_sub(1 + gap + 22 + 2);
    let mut columns = Vec::new();
    if whose > 0 {
        columns.push(Column::left("DEPLOYMENT", whose));
    }
    columns.push(Column::left("CELL", 22));
    if width < BESIDE {
        columns.push(Column::left("OLD → NEW", rest));
        return (columns, rest);
    }
    let each = rest.saturating_sub(2) / 2;
    let title = |word: &str, side: &Side| format!("{word} {}", text::short(&side.hash));
    columns.push(Column::left(&title("OLD", &diff.old), each));
    columns.push(Column::left(&title("NEW", &diff.new), each));
    (columns, each)
}

fn row(change: &CellChange, whose: bool, beside: bool, view: View) -> Vec<Span<'static>> {
    let owner = if change.deployment.is_empty() { &change.key } else { &change.deployment };
    let mut cells = Vec::new();
    if whose {
        cells.push(view.span(Meaning::Title, owner.clone()));
    }
    cells.push(view.span(Meaning::Text, cell_name(change).to_owned()));
    if !beside {
        let (from, to) = said(change);
        cells.push(view.span(look(change), format!("{from} → {to}")));
        return cells;
    }
    let (from, to) = said(change);
    cells.push(value(from, change.from.as_ref().map(|_| Meaning::Removed), view));
    cells.push(value(to, change.to.as_ref().map(|_| Meaning::Added), view));
    cells
}

fn look(change: &CellChange) -> Meaning {
    if change.to.is_some() { Meaning::Added } else { Meaning::Removed }
}

fn value(said: &str, there: Option<Meaning>, view: View) -> Span<'static> {
    view.span(there.unwrap_or(Meaning::Muted), said.to_owned())
}

/// Which two, and what of them is shown or why it is not there.
fn above(diff: &Diff, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = vec![side("old", Meaning::Removed, &diff.old, view), side("new", Meaning::Added, &diff.new, view)];
    if let Some(problem) = &diff.changes.problem {
        lines.extend(parts::problem(view, problem, width));
        return lines;
    }
    if let Some(since) = diff.changes.since {
        lines.push(parts::loading(view, "comparing", since));
        return lines;
    }
    let (shown, left_out) = diff.count();
    let cells = |count: usize| if count == 1 { "1 cell differs".to_owned() } else { format!("{count} cells differ") };
    let mut said =
        if shown == 0 { " nothing that people ask for differs".to_owned() } else { format!(" {}", cells(shown)) };
    if left_out > 0 {
        said += &format!("; {left_out} more in the books (records, operations): v");
    }
    lines.push(Line::from(view.span(Meaning::Muted, said)));
    let count = (diff.chosen.list.len(), shown);
    lines.extend(parts::filtered(view, (diff.chosen.text(), diff.chosen.wrong()), count));
    lines
}

/// ` old 78k3nplg   2 d   op2   orders: set max_connections`
fn side(word: &str, meaning: Meaning, side: &Side, view: View) -> Line<'static> {
    let mut spans =
        vec![view.span(meaning, format!(" {word} ")), view.span(Meaning::Key, text::short(&side.hash).to_owned())];
    if let Some((author, time, message)) = &side.about {
        spans.push(view.span(Meaning::Muted, format!("   {}   {author}   ", view.when(*time))));
        spans.push(view.span(Meaning::Text, message.clone()));
    }
    Line::from(spans)
}

/// The values whole, where they are longer than their column.
fn below(change: &CellChange, width: u16, column: usize, view: View) -> Vec<Line<'static>> {
    let long = [&change.from, &change.to].into_iter().flatten().any(|value| text::width(value) > column);
    if !long {
        return Vec::new();
    }
    let line = |word: &str, value: &str| parts::whole(view, &format!("{word} {value}"), usize::from(width), width);
    let (from, to) = said(change);
    [line("old", from), line("new", to)].concat()
}
