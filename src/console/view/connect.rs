//! SQL: the editor above, the result below.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::{
    console::{
        state::connect::{Connect, Focus, MAX_ROWS, Outcome, Phase},
        text,
        theme::Meaning,
    },
    hosted_api::problem::{Kind, Problem},
    sql::ResultSet,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
    widgets::Paragraph,
};
use tui_textarea::{CursorMove, TextArea};

/// The widest column of a result: a longer text is cut off, so that its neighbours are seen.
const WIDEST: usize = 40;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, connect: &Connect, view: View) {
    let lines = u16::try_from(connect.editor.lines().len()).unwrap_or(u16::MAX);
    let height = lines.clamp(3, area.height / 3) + 2;
    let [upper, lower] = Layout::vertical([Constraint::Length(height), Constraint::Min(0)]).areas(area);
    let rights = if connect.read_only { "read-only" } else { "reads and writes" };
    let title = format!("SQL on {}, {rights}", connect.name);
    let mut heading = parts::heading(view, &title);
    heading.spans.push(phase(connect, view));
    let inner = parts::panel(frame, upper, heading, view);
    editor(frame, inner, connect, view);
    result(frame, lower, connect, view);
}

fn phase(connect: &Connect, view: View) -> ratatui::text::Span<'static> {
    match &connect.phase {
        Phase::Opening(since) => view.span(Meaning::Busy, format!("◌ connecting{} ", view.waiting(*since))),
        Phase::Ready => view.span(Meaning::Good, "● connected "),
        Phase::Running(since) => view.span(Meaning::Busy, format!("◐ running{} ", view.waiting(*since))),
        Phase::Broken(_) => view.span(Meaning::Bad, "✗ not connected "),
    }
}

fn editor(frame: &mut Frame, area: Rect, connect: &Connect, view: View) {
    let mut editor = shown(&connect.editor);
    editor.set_style(view.style(Meaning::Text));
    editor.set_cursor_line_style(ratatui::style::Style::default());
    editor.set_placeholder_text("SELECT … ;");
    editor.set_placeholder_style(view.style(Meaning::Muted));
    // The terminal's own cursor shows the place: it blinks as its user wants it to.
    editor.set_cursor_style(ratatui::style::Style::default());
    frame.render_widget(&editor, area);
    if connect.focus == Focus::Editor {
        let cursor = editor.screen_cursor();
        let (top, left) = editor.scroll_offset();
        let x = area.x + u16::try_from(cursor.col).unwrap_or(0).saturating_sub(left);
        let y = area.y + u16::try_from(cursor.row).unwrap_or(0).saturating_sub(top);
        view.cursor(
            frame,
            Position::new(x.min(area.right().saturating_sub(1)), y.min(area.bottom().saturating_sub(1))),
        );
    }
}

/// The editor with a sign for each character that would move the cursor, turn the line's order or hide: what runs is the
/// text itself, so that nothing of it may go unseen. One for one, so that the cursor stays where it is.
fn shown(editor: &TextArea<'static>) -> TextArea<'static> {
    let mut shown = TextArea::new(editor.lines().iter().map(|line| text::visible(line)).collect());
    let place = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    let cursor = editor.cursor();
    if let Some((from, to)) = editor.selection_range() {
        shown.move_cursor(CursorMove::Jump(place(from.0), place(from.1)));
        shown.start_selection();
        shown.move_cursor(CursorMove::Jump(place(to.0), place(to.1)));
    }
    if shown.cursor() != cursor {
        shown.move_cursor(CursorMove::Jump(place(cursor.0), place(cursor.1)));
    }
    shown
}

fn result(frame: &mut Frame, area: Rect, connect: &Connect, view: View) {
    match (&connect.phase, connect.result(), &connect.outcome.problem) {
        // That there is no connection goes before what an earlier one gave.
        (Phase::Broken(problem), _, earlier) if earlier.as_ref() != Some(problem) => {
            failed(frame, area, &Outcome::default(), problem, connect, view);
        }
        (_, Some(result), _) => rows(frame, area, connect, result, view),
        (_, None, Some(problem)) => failed(frame, area, &connect.outcome, problem, connect, view),
        _ => {
            parts::panel(frame, area, parts::heading(view, "Result"), view);
        }
    }
}

/// What was carried out before the error, the error, and what that means for what came after it.
fn failed(frame: &mut Frame, area: Rect, outcome: &Outcome, problem: &Problem, connect: &Connect, view: View) {
    let title = match outcome.pages() {
        many if many > 1 => format!("Result {} of {many}: failed", connect.shown + 1),
        _ => "Result".to_owned(),
    };
    let inner = parts::panel(frame, area, parts::heading(view, &title), view);
    let mut lines: Vec<Line> = Vec::new();
    for (index, result) in outcome.results.iter().enumerate().filter(|(_, result)| !result.broken) {
        let said = format!(" ● statement {}: {}, {} ms", index + 1, gave(result), result.took.as_millis());
        lines.push(Line::from(view.span(Meaning::Good, said)));
    }
    // What failed is what one must see; of what went well only as much as there is room for.
    let mut ended = parts::problem(view, problem, inner.width);
    ended.extend(ran(outcome, problem, view));
    if matches!(connect.phase, Phase::Broken(_)) {
        ended.push(Line::from(view.span(Meaning::Muted, "  F5 connects anew")));
    }
    let room = usize::from(inner.height).saturating_sub(ended.len()).max(1);
    let mut lines = parts::cut(lines, room, view);
    lines.extend(ended);
    parts::lines(frame, inner, lines);
}

/// Which statements were carried out.
fn ran(outcome: &Outcome, problem: &Problem, view: View) -> Option<Line<'static>> {
    let which = match outcome.carried_out() {
        0 => return None,
        1 => "statement 1 was".to_owned(),
        many => format!("statements 1 to {many} were"),
    };
    // Of a connection that was lost nobody knows how far it came.
    let rest = if problem.kind == Kind::Unreachable { "" } else { "; nothing after the one that failed was" };
    Some(Line::from(view.span(Meaning::Text, format!("  {which} carried out{rest}. F4 shows results"))))
}

/// What a statement gave, in a few words.
fn gave(result: &ResultSet) -> String {
    let rows = |count: u64| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    if result.columns.is_empty() {
        format!("{} changed", rows(result.affected))
    } else {
        rows(result.rows.len() as u64)
    }
}

fn rows(frame: &mut Frame, area: Rect, connect: &Connect, result: &ResultSet, view: View) {
    let inner = parts::panel(frame, area, parts::heading(view, &headline(connect, result)), view);
    if result.columns.is_empty() {
        let said = format!(" done, {}", gave(result));
        frame.render_widget(Paragraph::new(Line::from(view.span(Meaning::Good, said))), inner);
        return;
    }
    let columns: Vec<Column> = (connect.column..result.columns.len()).map(|index| column(result, index)).collect();
    grid::draw(frame, inner, &columns, &connect.list, view, |index| {
        let cells = result.rows.get(index).map(Vec::as_slice).unwrap_or_default();
        let shown = cells.iter().skip(connect.column).map(|cell| match cell {
            Some(text) => view.span(Meaning::Text, text.clone()),
            None => view.span(Meaning::Stale, "NULL"),
        });
        shown.collect()
    });
}

/// As wide as its widest cell among those that a person is likely to see at once.
fn column(result: &ResultSet, index: usize) -> Column {
    let title = result.columns.get(index).map_or("", String::as_str);
    let cells = result.rows.iter().filter_map(|row| row.get(index));
    let widest = cells.map(|cell| cell.as_deref().map_or(4, text::width)).max().unwrap_or(0);
    let width = widest.max(text::width(title)).clamp(1, WIDEST);
    let numbers =
        result.rows.iter().filter_map(|row| row.get(index)?.as_deref()).all(|cell| cell.parse::<f64>().is_ok());
    if numbers && !result.rows.is_empty() { Column::right(title, width) } else { Column::left(title, width) }
}

fn headline(connect: &Connect, result: &ResultSet) -> String {
    let more = if result.more { format!(", the first {MAX_ROWS} only") } else { String::new() };
    let broken = if result.broken { ", then it failed" } else { "" };
    let which = match connect.outcome.pages() {
        many if many > 1 => format!(" {} of {many}", connect.shown + 1),
        _ => String::new(),
    };
    format!("Result{which}: {}{more}{broken}, {} ms", gave(result), result.took.as_millis())
}
