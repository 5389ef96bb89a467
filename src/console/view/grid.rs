//! Rows of cells under headings: every table of the console.
//!
//! `list` is the one that arrows move here, so that a click on a row moves the same cursor.
//!
//! Guarantees: only the rows in view are asked for; the row under the cursor is marked by a sign and by its look.

use super::{View, linear, paint};
use crate::console::{
    state::{columns, hits::Target, list::List},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

/// One column.
pub struct Column {
    /// Its heading.
    pub title: String,
    /// In columns of the terminal.
    pub width: usize,
    /// Numbers stand at the right.
    pub right: bool,
    /// The rows can be sorted by it.
    pub sorts: Option<columns::Column>,
    /// What is too long for it takes the room of the empty cells that follow.
    pub flows: bool,
}

impl Column {
    /// Texts, at the left.
    pub fn left(title: &str, width: usize) -> Self {
        Self { title: title.to_owned(), width, right: false, sorts: None, flows: false }
    }

    /// Numbers, at the right.
    pub fn right(title: &str, width: usize) -> Self {
        Self { title: title.to_owned(), width, right: true, sorts: None, flows: false }
    }
}

impl Column {
    /// What is too long for it takes the room of the empty cells that follow.
    #[must_use]
    pub fn flowing(self) -> Self {
        Self { flows: true, ..self }
    }

    /// The space before it. Numbers rarely fill their column, so that less is enough.
    pub fn gap(&self) -> usize {
        if self.right { 1 } else { 2 }
    }
}

/// The columns that these take together, with the sign at the left.
pub fn taken(columns: &[Column]) -> usize {
    let all: usize = columns.iter().map(|column| column.gap() + column.width).sum();
    (1 + all).saturating_sub(columns.first().map_or(0, Column::gap))
}

/// A cell: one look, one text.
pub type Cell = Span<'static>;

/// Draws the rows of `list` that are in view, under the columns' headings unless these are all empty.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    columns: &[Column],
    list: &List,
    view: View,
    row: impl Fn(usize) -> Vec<Cell>,
) {
    let mut lines = Vec::new();
    if view.linear.is_some() {
        statements(frame, area, columns, list, view, row);
        return;
    }
    let headed = columns.iter().any(|column| !column.title.is_empty());
    if headed {
        headings(area, columns, view);
        let titles = columns.iter().map(|column| view.span(Meaning::Heading, column.title.clone())).collect();
        lines.push(line(" ", titles, columns, view));
    }
    let height = usize::from(area.height).saturating_sub(usize::from(headed));
    let window = list.window(height);
    let rows = Rect { y: area.y + u16::from(headed), height: area.height.saturating_sub(u16::from(headed)), ..area };
    view.state.hits.add(rows, Target::Rows(window.start));
    for index in window {
        let selected = index == list.cursor();
        let line = line(if selected { "▌" } else { " " }, row(index), columns, view);
        lines.push(if selected { mark(line, area.width, view) } else { line });
    }
    paint::lines(frame, area, lines);
}

/// Rows that are read: each cell after its heading, so that a line says all by itself.
fn statements(
    frame: &mut Frame,
    area: Rect,
    columns: &[Column],
    list: &List,
    view: View,
    row: impl Fn(usize) -> Vec<Cell>,
) {
    let statement = |(cell, column): (Cell, &Column)| {
        // "CPU, 15 min" heads a picture of them.
        let heading = column.title.split(',').next().unwrap_or_default().trim_end_matches(['↑', '↓']).to_lowercase();
        let named = matches!(heading.as_str(), "" | "name");
        let text = linear::spoken(&cell.content);
        (!text.is_empty()).then(|| if named { text } else { format!("{heading} {text}") })
    };
    let line = |index: usize| {
        let said: Vec<String> = row(index).into_iter().zip(columns).filter_map(statement).collect();
        let sign = if index == list.cursor() { "▌" } else { " " };
        Line::from(view.span(Meaning::Text, format!("{sign}{}", said.join("  "))))
    };
    let lines: Vec<Line> = list.window(usize::from(area.height)).map(line).collect();
    paint::lines(frame, area, lines);
}

/// Where each heading can be pointed at.
fn headings(area: Rect, columns: &[Column], view: View) {
    let mut x = area.x.saturating_add(1);
    for (index, column) in columns.iter().enumerate() {
        let gap = if index == 0 { 0 } else { column.gap() };
        let width = u16::try_from(gap + column.width).unwrap_or(u16::MAX);
        let room = Rect { x, width, height: 1, ..area }.intersection(area);
        if let Some(sorts) = column.sorts {
            view.state.hits.add(room, Target::Heading(sorts));
        }
        x = x.saturating_add(width);
    }
}

fn line(sign: &'static str, cells: Vec<Cell>, columns: &[Column], view: View) -> Line<'static> {
    let mut spans = vec![view.span(Meaning::Key, sign)];
    let widths = widths(&cells, columns);
    for (index, ((cell, column), width)) in cells.into_iter().zip(columns).zip(widths).enumerate() {
        let Some(width) = width else { continue };
        if index > 0 {
            spans.push(Span::raw(" ".repeat(column.gap())));
        }
        let text = if column.right { text::right(&cell.content, width) } else { text::left(&cell.content, width) };
        spans.push(Span::styled(text, cell.style));
    }
    Line::from(spans)
}

/// The width of each cell; none where another one has flowed over it.
fn widths(cells: &[Cell], columns: &[Column]) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = columns.iter().map(|column| Some(column.width)).collect();
    for (at, (cell, column)) in cells.iter().zip(columns).enumerate().filter(|(_, (_, column))| column.flows) {
        let wanted = text::width(&cell.content);
        let mut has = column.width;
        let empty = (at + 1..cells.len().min(columns.len())).take_while(|next| cells[*next].content.is_empty());
        for next in empty {
            if has >= wanted {
                break;
            }
            has += columns[next].gap() + columns[next].width;
            widths[next] = None;
        }
        widths[at] = Some(has);
    }
    widths
}

/// The row under the cursor: its background across the whole width, its cells in their own colours.
pub fn mark(mut line: Line<'static>, width: u16, view: View) -> Line<'static> {
    let selected = view.style(Meaning::Selected);
    let rest = usize::from(width).saturating_sub(line.width());
    line.spans.push(Span::raw(" ".repeat(rest)));
    for span in &mut line.spans {
        let own = span.style.fg;
        span.style = span.style.patch(selected);
        span.style.fg = own.or(selected.fg);
    }
    line
}
