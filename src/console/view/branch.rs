//! One change request: its cells against main, what merging it now would do, and what was said about it.
//!
//! Where there is no room for all three, the plan and the review take turns.

mod cells;
mod record;
mod review;

use super::{View, branches, parts, plan};
use crate::console::{
    command::Command,
    state::{
        branch::{Branch, Part},
        branches::is_open,
        scroll::Scroll,
    },
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// From this width on, plan and review stand beside the cells, or beside one another.
const SIDE_BY_SIDE: u16 = 140;
/// And from this one on where there is a conflict, whose cells have four values.
const BESIDE_A_CONFLICT: u16 = 180;
/// From this height on, both are seen at once.
const BOTH: u16 = 30;
/// The least height of what stands below the cells.
const BELOW: u16 = 6;

/// Draws it.
pub(super) fn draw(frame: &mut Frame, area: Rect, branch: &Branch, view: View) {
    let head = head(branch, area.width, view);
    let top = u16::try_from(head.len()).unwrap_or(u16::MAX);
    let [above, body] = Layout::vertical([Constraint::Length(top), Constraint::Min(0)]).areas(area);
    parts::lines(frame, above, head);
    if branch.told.value.is_none() {
        return;
    }
    let conflict = branch.cells().iter().any(|cell| cell.conflict.is_some());
    let (list, rest) = if area.width >= if conflict { BESIDE_A_CONFLICT } else { SIDE_BY_SIDE } {
        let [left, right] = Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(body);
        (left, right)
    } else {
        let rows = u16::try_from(branch.cells().len()).unwrap_or(u16::MAX).saturating_add(1);
        let most = body.height.saturating_sub(BELOW).min(body.height / 2).max(3);
        let [upper, lower] = Layout::vertical([Constraint::Length(rows.min(most)), Constraint::Min(0)]).areas(body);
        (upper, lower)
    };
    cells::draw(frame, list, branch, view);
    beside(frame, rest, branch, view);
}

fn beside(frame: &mut Frame, area: Rect, branch: &Branch, view: View) {
    if area.width >= SIDE_BY_SIDE {
        let [left, right] = Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(area);
        part(frame, left, branch, Part::Plan, view);
        part(frame, right, branch, Part::Review, view);
    } else if area.height >= BOTH.min(area.width / 4) && area.height >= 20 {
        let [upper, lower] = Layout::vertical([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(area);
        part(frame, upper, branch, Part::Plan, view);
        part(frame, lower, branch, Part::Review, view);
    } else {
        part(frame, area, branch, branch.part, view);
    }
}

/// One of them; the one that the keys scroll has the look of what has the focus.
fn part(frame: &mut Frame, area: Rect, branch: &Branch, which: Part, view: View) {
    let Some(told) = &branch.told.value else { return };
    let look = if which == branch.part { Meaning::Key } else { Meaning::Border };
    let room = usize::from(area.width).saturating_sub(4);
    let (title, scroll) = match which {
        Part::Plan => (plan_title(branch), &branch.plan),
        Part::Review => (review::title(told), &branch.review),
    };
    let other = match (branch.part == which, which) {
        (false, _) => String::new(),
        (true, Part::Plan) => format!("   {} review", view.state.keymap.shown(Command::OtherPart)),
        (true, Part::Review) if branch.summary().is_some_and(|it| !is_open(it)) => {
            format!("   {} how it ended", view.state.keymap.shown(Command::OtherPart))
        }
        (true, Part::Review) => format!("   {} plan", view.state.keymap.shown(Command::OtherPart)),
    };
    let title = text::fit(&format!("{title}{other}"), room);
    let inner = parts::panel_of(frame, area, parts::heading(view, &title), look, view);
    let lines = match which {
        Part::Plan => plan_lines(branch, inner, view),
        Part::Review => review::lines(told, inner.width, view),
    };
    scrolled(frame, inner, lines, scroll, view);
}

/// What is below or above is told by the last line.
fn scrolled(frame: &mut Frame, area: Rect, mut lines: Vec<Line<'static>>, scroll: &Scroll, view: View) {
    let (all, height) = (lines.len(), usize::from(area.height));
    let long = all > height && height > 1;
    let window = scroll.window(all, if long { height - 1 } else { height });
    let told = long.then(|| {
        let keys = [Command::PartUp, Command::PartDown].map(|command| view.state.keymap.shown(command));
        let (first, last) = (window.start + 1, window.end);
        Line::from(view.span(Meaning::Muted, format!("  lines {first} to {last} of {all}   {}", keys.join(" "))))
    });
    lines = lines.drain(window).collect();
    lines.extend(told);
    parts::lines(frame, area, lines);
}

fn plan_title(branch: &Branch) -> String {
    match (&branch.planned, branch.summary().is_none_or(is_open)) {
        (Some(shown), _) => format!("Merged now: {}", plan::headline(shown)),
        (None, true) => "Merged now".to_owned(),
        (None, false) => "How it ended".to_owned(),
    }
}

fn plan_lines(branch: &Branch, area: Rect, view: View) -> Vec<Line<'static>> {
    let Some(told) = &branch.told.value else { return Vec::new() };
    match (&branch.planned, told.summary.as_ref().is_some_and(is_open)) {
        (Some(shown), _) => plan::whole(shown, area.as_size(), 0, view),
        (None, true) => {
            let none = " There is no plan of merging it yet: see above what stands in the way.";
            vec![Line::from(view.span(Meaning::Muted, none))]
        }
        (None, false) => record::lines(told, area.width, view),
    }
}

/// What it is, and what stands in the way of its merge.
fn head(branch: &Branch, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(problem) = &branch.told.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    let Some(told) = &branch.told.value else {
        lines.extend(branch.told.since.map(|since| parts::loading(view, "reading the change request", since)));
        return lines;
    };
    let summary = told.summary.clone().unwrap_or_default();
    let (sign, look) = branches::state(&summary);
    lines.push(Line::from(vec![
        view.span(look, format!(" {sign} {}  ", summary.state)),
        view.span(Meaning::Title, summary.title.clone()),
    ]));
    let mut counts = vec![view.span(Meaning::Muted, " conflicts "), branches::conflicts(&summary, view)];
    counts.extend([view.span(Meaning::Muted, "   approved "), branches::approved(&summary, view)]);
    let taken = counts.iter().map(|span| text::width(&span.content)).sum::<usize>() + 3;
    let room = usize::from(width);
    let place =
        text::wrap_within(&branches::place(&summary, view), room.saturating_sub(taken), room.saturating_sub(3), 2);
    let mut place = place.into_iter().map(|line| view.span(Meaning::Muted, format!("   {line}")));
    counts.extend(place.next());
    lines.push(Line::from(counts));
    lines.extend(place.map(Line::from));
    if !told.hindrance.is_empty() {
        let room = usize::from(width).saturating_sub(4);
        let said = text::wrap(&format!("▲ it cannot be merged now: {}", told.hindrance), room);
        lines.extend(said.into_iter().take(3).map(|line| Line::from(view.span(Meaning::Warning, format!(" {line}")))));
    }
    lines
}
