//! Each value that is desired of a deployment with the commit that gave it.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{state::blame::Blame, text, theme::Meaning};
use doltops_proto::hosted_api::BlamedCell;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, blame: &Blame, view: View) {
    let mut above = Vec::new();
    if let Some(problem) = &blame.cells.problem {
        above.extend(parts::problem(view, problem, area.width));
    }
    if let Some(since) = blame.cells.since {
        above.push(parts::loading(view, "looking through the commits", since));
    }
    let age = if view.state.absolute_times { 19 } else { 6 };
    // The values are short, their reasons are not.
    let (cell, value, by) = if area.width < 100 { (18, 12, 8) } else { (24, 20, 14) };
    let taken = 1 + cell + 2 + value + 2 + 8 + 1 + age + 2 + by + 2;
    let rest = usize::from(area.width).saturating_sub(taken);
    let below = blame.selected().map_or_else(Vec::new, |cell| about(cell, taken, area.width, view));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    let columns = [
        Column::left("CELL", cell),
        Column::left("VALUE", value),
        Column::left("COMMIT", 8),
        Column::right("AGE", age),
        Column::left("BY", by),
        Column::left("WHY", rest),
    ];
    grid::draw(frame, body, &columns, &blame.list, view, |index| {
        blame.cells.value.as_ref().and_then(|cells| cells.get(index)).map_or_else(Vec::new, |cell| row(cell, view))
    });
}

fn row(cell: &BlamedCell, view: View) -> Vec<Span<'static>> {
    let known = !cell.commit.is_empty();
    let or_dash = |text: String| if known { text } else { "–".to_owned() };
    vec![
        view.span(Meaning::Title, cell.cell.clone()),
        view.span(Meaning::Text, cell.value.clone()),
        view.span(Meaning::Key, or_dash(text::short(&cell.commit).to_owned())),
        view.span(Meaning::Muted, or_dash(view.when(cell.time_ms))),
        view.span(Meaning::Text, or_dash(cell.author.clone())),
        view.span(Meaning::Text, why(cell)),
    ]
}

/// What the commit says, and the person's own reason where they gave one.
fn why(cell: &BlamedCell) -> String {
    if cell.reason.is_empty() { cell.message.clone() } else { format!("{}: {}", cell.message, cell.reason) }
}

/// What does not fit into its row.
fn about(cell: &BlamedCell, taken: usize, width: u16, view: View) -> Vec<Line<'static>> {
    parts::whole(view, &why(cell), taken, width)
}
