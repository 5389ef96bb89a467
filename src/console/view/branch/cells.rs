//! The cells of a change request, conflicts first: what each was, what main says, what the branch says, what was decided.

use crate::console::{
    state::branch::{Branch, Cell},
    text,
    theme::Meaning,
    view::{
        View,
        grid::{self, Column},
        parts,
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

/// From this width on, a conflict's values have a column each, in which the name of an instance type is not cut.
const COLUMNS: u16 = 90;
/// Before the name of a conflict.
const SIGN: usize = 2;

/// Draws them.
pub fn draw(frame: &mut Frame, area: Rect, branch: &Branch, view: View) {
    if branch.cells().is_empty() {
        let none = format!(" nothing was changed on {} yet", branch.name);
        return parts::lines(frame, area, vec![Line::from(view.span(Meaning::Muted, none))]);
    }
    let (columns, apart) = columns(branch, area.width);
    grid::draw(frame, area, &columns, &branch.list, view, |place| {
        branch.cells().get(place).map_or_else(Vec::new, |cell| row(cell, apart, view))
    });
}

/// The columns, and whether the values have one each: where there is a conflict and room for them.
fn columns(branch: &Branch, width: u16) -> (Vec<Column>, bool) {
    let widest = |of: &dyn Fn(&Cell) -> usize| branch.cells().iter().map(of).max().unwrap_or(0);
    // As wide as their heading at least; a long name leaves the values their room.
    let whose = widest(&|cell| text::width(&cell.deployment)).clamp(10, 20);
    let name = widest(&|cell| text::width(&cell.name) + SIGN).clamp(13, 24);
    let differs = |cell: &Cell| cell.conflict.is_some() || cell.ours != cell.base;
    let apart = width >= COLUMNS && branch.cells().iter().any(differs);
    let room = usize::from(width).saturating_sub(1 + whose + 2 + name);
    let mut columns = vec![Column::left("DEPLOYMENT", whose), Column::left("CELL", name)];
    if apart {
        let each = room.saturating_sub(4 * 2) / 4;
        columns.extend(["BASE", "OURS (MAIN)", "THEIRS", "DECIDED"].map(|title| Column::left(title, each)));
    } else {
        columns.push(Column::left("BASE → BRANCH", room.saturating_sub(2)));
    }
    (columns, apart)
}

fn row(cell: &Cell, apart: bool, view: View) -> Vec<Span<'static>> {
    let mut cells = vec![view.span(Meaning::Title, cell.deployment.clone()), name(cell, view)];
    if !apart {
        cells.push(view.span(look(cell), told(cell)));
        return cells;
    }
    let changed = if cell.ours == cell.base { Meaning::Muted } else { Meaning::Added };
    cells.extend([
        value(cell, &cell.base, Meaning::Muted, view),
        value(cell, &cell.ours, changed, view),
        value(cell, &cell.theirs, Meaning::Added, view),
        decided(cell, view),
    ]);
    cells
}

fn name(cell: &Cell, view: View) -> Span<'static> {
    let (sign, look) = match &cell.conflict {
        Some(conflict) if !conflict.decided => ("▲ ", Meaning::Warning),
        Some(_) => ("● ", Meaning::Good),
        None => ("", Meaning::Text),
    };
    view.span(look, format!("{sign}{}", cell.name))
}

fn value(cell: &Cell, value: &Option<String>, look: Meaning, view: View) -> Span<'static> {
    view.span(if value.is_some() { look } else { Meaning::Muted }, cell.said(value))
}

fn decided(cell: &Cell, view: View) -> Span<'static> {
    match &cell.conflict {
        None => view.span(Meaning::Muted, ""),
        Some(conflict) if !conflict.decided => view.span(Meaning::Warning, "open"),
        Some(conflict) => view.span(Meaning::Good, cell.settled(conflict)),
    }
}

fn look(cell: &Cell) -> Meaning {
    if cell.is_open() { Meaning::Warning } else { Meaning::Added }
}

/// All of it in one column: `local.small → local.medium, main local.large: open`, or `…, not local.large` once that is
/// decided, with what was decided where the eye looks for the new value.
fn told(cell: &Cell) -> String {
    let of = |value: &Option<String>| cell.said(value);
    let edit = |to: &Option<String>| format!("{} → {}", of(&cell.base), of(to));
    match &cell.conflict {
        None if cell.ours != cell.base => format!("{}, main {}", edit(&cell.theirs), of(&cell.ours)),
        None => edit(&cell.theirs),
        Some(conflict) if conflict.decided => {
            let others = [&conflict.ours, &cell.theirs].into_iter().filter(|value| **value != conflict.value);
            let settled = format!("{} → {}", of(&cell.base), cell.settled(conflict));
            format!("{settled}, not {}", others.map(of).collect::<Vec<_>>().join(" or "))
        }
        Some(conflict) => format!("{}, main {}: open", edit(&cell.theirs), of(&conflict.ours)),
    }
}
