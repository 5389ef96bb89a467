//! What statements gave: rows, a plan, a count, or why not.

use crate::{
    console::{
        state::connect::{
            Connect, Focus, Outcome, Phase,
            grid::{End, Grid},
        },
        text,
        theme::Meaning,
        view::{
            View,
            grid::{self, Cell, Column},
            parts,
        },
    },
    hosted_api::problem::{Kind as Trouble, Problem},
    sql::Kind,
};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::Line,
    widgets::Paragraph,
};

/// The widest column of a result: a longer text is cut off, so that its neighbours are seen.
const WIDEST: usize = 40;

/// What Dolt says where no database is in use: the first thing that one meets on a new deployment.
const NO_DATABASE: &str = "no database selected";

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, connect: &Connect, view: View) {
    match (&connect.phase, connect.result(), &connect.outcome.problem) {
        // That there is no connection goes before what an earlier one gave.
        (Phase::Broken(problem), _, None) => failed(frame, area, &Outcome::default(), problem, connect, view),
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
    for result in outcome.results.iter().filter(|result| result.end != End::Broken) {
        let said = format!(" ● statement {}: {}, {} ms", result.statement + 1, gave(result), result.took.as_millis());
        lines.push(Line::from(view.span(Meaning::Good, said)));
    }
    // What failed is what one must see; of what went well only as much as there is room for.
    let mut ended = parts::problem(view, problem, inner.width);
    if connect.mark.is_some() {
        ended.push(Line::from(view.span(Meaning::Muted, "  underlined in the text, where the cursor is")));
    }
    if problem.what.contains(NO_DATABASE) {
        let next = "  SHOW DATABASES; lists them, USE name; takes one, CREATE DATABASE name; makes one";
        ended.push(Line::from(view.span(Meaning::Text, next)));
    }
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
    let which = match outcome.carried_out {
        0 => return None,
        1 => "statement 1 was".to_owned(),
        many => format!("statements 1 to {many} were"),
    };
    // Of a connection that was lost nobody knows how far it came.
    let rest = if problem.kind == Trouble::Unreachable { "" } else { "; nothing after the one that failed was" };
    Some(Line::from(view.span(Meaning::Text, format!("  {which} carried out{rest}. F4 shows results"))))
}

/// What a statement gave, in a few words.
fn gave(result: &Grid) -> String {
    let rows = |count: u64| text::plural(count, "row");
    if result.heads.is_empty() { format!("{} changed", rows(result.affected)) } else { rows(result.came()) }
}

fn rows(frame: &mut Frame, area: Rect, connect: &Connect, result: &Grid, view: View) {
    let inner = parts::panel(frame, area, parts::heading(view, &headline(connect, result)), view);
    if result.heads.is_empty() {
        let said = format!(" done, {}", gave(result));
        frame.render_widget(Paragraph::new(Line::from(view.span(Meaning::Good, said))), inner);
        return;
    }
    let plan = result.heads.first().is_some_and(|head| result.heads.len() == 1 && head.name == "plan");
    let widest = if plan { usize::from(inner.width) } else { WIDEST };
    let all: Vec<Column> = (0..result.heads.len()).map(|index| column(result, index, widest)).collect();
    let left = first_in_view(connect, &all, usize::from(inner.width));
    let columns = all.get(left..).unwrap_or_default();
    grid::draw(frame, inner, columns, &connect.list, view, |index| {
        let cells = result.rows().get(index).map(Vec::as_slice).unwrap_or_default();
        let here = connect.focus == Focus::Results && index == connect.list.cursor();
        let shown = cells.iter().enumerate().skip(left).zip(columns).map(|((at, cell), column)| {
            let shown = match cell {
                Some(line) if plan => planned(line, view),
                Some(text) => cell_text(text, column.width, view),
                None => view.span(Meaning::Stale, "NULL"),
            };
            if here && at == connect.column && result.heads.len() > 1 { under_cursor(shown) } else { shown }
        });
        shown.collect()
    });
}

/// Of a long cell only what can be seen is cleaned: a frame must not wait for a megabyte.
fn cell_text(cell: &str, width: usize, view: View) -> Cell {
    let beginning: String = cell.chars().take(4 * width + 4).collect();
    let mut shown = text::clean(&beginning);
    if beginning.len() < cell.len() && text::width(&shown) <= width {
        shown.push('…');
    }
    // An empty text looks like nothing; NULL has its word.
    if cell.is_empty() { view.span(Meaning::Muted, "''") } else { view.span(Meaning::Text, shown) }
}

fn under_cursor(cell: Cell) -> Cell {
    let style: Style = cell.style.add_modifier(Modifier::REVERSED);
    cell.style(style)
}

/// A line of a plan: what is done stands out from how.
fn planned(line: &str, view: View) -> Cell {
    let name = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let meaning = if name.contains(": ") { Meaning::Muted } else { Meaning::Title };
    view.span(meaning, text::clean(line))
}

/// The first column in view, so that the one under the cursor is.
fn first_in_view(connect: &Connect, columns: &[Column], width: usize) -> usize {
    let wanted = if connect.focus == Focus::Results { connect.column } else { connect.column.min(connect.left.get()) };
    let mut left = connect.left.get().min(wanted);
    while left < wanted && columns.get(left..=wanted).is_some_and(|shown| grid::taken(shown) > width) {
        left += 1;
    }
    connect.left.set(left);
    left
}

/// As wide as the widest cell so far.
fn column(result: &Grid, index: usize, widest: usize) -> Column {
    let head = result.heads.get(index);
    let title = head.map_or("", |head| head.name.as_str());
    let seen = result.widths.get(index).copied().unwrap_or(0);
    let width = seen.max(text::width(title)).clamp(2, widest.max(2));
    if head.is_some_and(|head| head.kind == Kind::Number) {
        Column::right(title, width)
    } else {
        Column::left(title, width)
    }
}

fn headline(connect: &Connect, result: &Grid) -> String {
    let which = match connect.outcome.pages() {
        many if many > 1 => format!(" {} of {many}", connect.shown + 1),
        _ => String::new(),
    };
    let how = match result.end {
        End::Reading => " so far",
        End::Paused if connect.fetching => " so far, fetching more",
        End::Paused => " so far, ↓ fetches more",
        End::Whole => "",
        End::Cut => ", the first only; E exports all",
        End::Broken => ", then it ended early",
    };
    let gone = if result.gone > 0 { format!(", kept from {} on", result.gone + 1) } else { String::new() };
    let took = if result.end == End::Whole { format!(", {} ms", result.took.as_millis()) } else { String::new() };
    format!("Result{which}: {}{how}{gone}{took}", gave(result))
}
