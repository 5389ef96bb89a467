//! A plan: what would be done and why, what goes, and what the last key would do.

mod several;

use super::{View, parts};
use crate::{
    console::{
        action::{self, confirm, propose},
        command::Command,
        state::{
            proposal::{Proposal, Shown},
            scroll::Scroll,
        },
        text,
        theme::Meaning,
    },
    hosted_api::{cost, problem::Problem},
};
use doltops_proto::hosted_api::{PlanResponse, PlannedStep, change::Change};
use ratatui::{
    Frame,
    layout::{Rect, Size},
    text::Line,
};

/// At most as many lines name what is deleted: the plan has all of it.
const GOES: usize = 3;
/// The least width of where a word is typed.
const WORD: usize = 8;

/// Draws it in a panel of its own.
pub fn draw(frame: &mut Frame, area: Rect, proposal: &Proposal, view: View) {
    let inner = panel(frame, area, proposal, view);
    let lines = lines(proposal, inner.as_size(), view);
    parts::lines(frame, inner, parts::cut(lines, usize::from(inner.height), view));
}

/// The same, where it can be scrolled. What is below or above is told by its last line.
pub fn draw_scrolled(frame: &mut Frame, area: Rect, proposal: &Proposal, scroll: &Scroll, view: View) {
    let inner = panel(frame, area, proposal, view);
    let mut lines = lines(proposal, inner.as_size(), view);
    let (all, height) = (lines.len(), usize::from(inner.height));
    let long = all > height && height > 1;
    let window = scroll.window(all, if long { height - 1 } else { height });
    let told = long.then(|| {
        let keys = [Command::PlanUp, Command::PlanDown].map(|command| view.state.keymap.shown(command));
        let (first, last) = (window.start + 1, window.end);
        Line::from(view.span(Meaning::Muted, format!("  lines {first} to {last} of {all}   {}", keys.join(" "))))
    });
    lines = lines.drain(window).collect();
    lines.extend(told);
    parts::lines(frame, inner, lines);
}

fn panel(frame: &mut Frame, area: Rect, proposal: &Proposal, view: View) -> Rect {
    let title = match proposal {
        Proposal::Shown(shown) | Proposal::Sending { shown, .. } => format!("Plan: {}", headline(shown)),
        _ => "Plan".to_owned(),
    };
    // The frame's corners, and a space at either side.
    let title = text::fit(&title, usize::from(area.width).saturating_sub(4));
    parts::panel(frame, area, parts::heading(view, &title), view)
}

/// How much it does, what becomes of the data, and whether the database is away: what matters most is cut off last.
pub(super) fn headline(shown: &Shown) -> String {
    let several = matches!(shown.change, Change::Batch(_) | Change::Merge(_));
    let steps = match shown.plan.steps.len() {
        0 if shown.does_nothing() => return "nothing would change".to_owned(),
        0 => "no step on any instance".to_owned(),
        steps => text::plural(steps, "step"),
    };
    let data = if shown.destroys_data() { ", DATA IS DESTROYED" } else { ", nothing is destroyed" };
    let away = match shown.plan.away_seconds {
        _ if shown.plan.stays_away && several => ", databases are away until they are started again".to_owned(),
        _ if shown.plan.stays_away => ", the database is away until it is started again".to_owned(),
        // A database that goes for good is not one that is not interrupted.
        0 if shown.destroys_data() => String::new(),
        0 => ", no interruption".to_owned(),
        seconds => format!(", {}", away(&shown.plan, seconds)),
    };
    format!("{steps}{data}{away}")
}

/// Of several it is each that is away so long, and not all of them one after the other.
fn away(plan: &PlanResponse, seconds: u32) -> String {
    let span = |seconds: u32| text::span(i64::from(seconds) * 1_000);
    let about = match plan.away_least_seconds {
        least if least == 0 || least == seconds => span(seconds),
        least => format!("{} to {}", span(least), span(seconds)),
    };
    match plan.away_count {
        0 | 1 => format!("the database is away for about {about}"),
        many => format!("{many} databases are away, each for about {about}"),
    }
}

fn lines(proposal: &Proposal, size: Size, view: View) -> Vec<Line<'static>> {
    let width = size.width;
    match proposal {
        Proposal::Incomplete(why) => vec![Line::from(view.span(Meaning::Muted, format!(" {why}")))],
        Proposal::Planning { since, .. } => vec![parts::loading(view, "working out the plan", *since)],
        Proposal::Refused { problem, .. } if problem.nothing_to_do() => nothing(problem, width, view),
        Proposal::Refused { problem, .. } => parts::problem(view, problem, width),
        Proposal::Sending { shown, since, .. } => {
            let mut lines = vec![parts::loading(view, "sent, waiting for the answer", *since)];
            lines.extend(whole(shown, size, 1, view));
            lines
        }
        Proposal::Shown(shown) => {
            let mut lines = Vec::new();
            if let Some(problem) = &shown.problem {
                lines.extend(parts::problem(view, problem, width));
            }
            lines.extend(word(shown, width, view));
            let above = lines.len();
            lines.extend(whole(shown, size, above, view));
            lines
        }
    }
}

/// That all is as it would be: no error, so it does not look like one.
fn nothing(problem: &Problem, width: u16, view: View) -> Vec<Line<'static>> {
    let said = text::wrap(&format!("{}: {}", problem.what, problem.next), usize::from(width).saturating_sub(2));
    said.into_iter().map(|line| Line::from(view.span(Meaning::Muted, format!(" {line}")))).collect()
}

/// The steps, then what they cost and what one should know; these first where the steps would push them out.
pub(super) fn whole(shown: &Shown, size: Size, above: usize, view: View) -> Vec<Line<'static>> {
    let (steps, known) = (steps(shown, size.width, view), known(shown, size.width, view));
    let fits = above + steps.len() + known.len() <= usize::from(size.height);
    if fits { [steps, known].concat() } else { [known, steps].concat() }
}

/// What is lost, by name, and where the word before that is typed; first, so that no long plan hides it.
fn word(shown: &Shown, width: u16, view: View) -> Vec<Line<'static>> {
    let Some(word) = shown.word() else { return Vec::new() };
    let mut lines = Vec::new();
    let goes: Vec<String> = shown.goes().into_iter().map(|name| lost(name, view)).collect();
    if !goes.is_empty() {
        let said = text::wrap(&format!("Deleted: {}.", goes.join("; ")), usize::from(width).saturating_sub(4));
        let more = said.len().saturating_sub(GOES);
        let said = said.into_iter().take(GOES).enumerate();
        lines.extend(said.map(|(at, line)| {
            let (sign, rest) = (if at == 0 { '▲' } else { ' ' }, if at + 1 == GOES && more > 0 { " …" } else { "" });
            Line::from(view.span(Meaning::Bad, format!(" {sign} {line}{rest}")))
        }));
    }
    let sign = if lines.is_empty() { '▲' } else { ' ' };
    lines.push(Line::from(vec![
        view.span(Meaning::Bad, format!(" {sign} This deletes data. Type {word} to confirm: ")),
        view.span(Meaning::Input, text::left(&format!("{}▏", text::clean(&shown.confirm)), WORD.max(word.len() + 2))),
    ]));
    lines
}

/// A deployment that goes, and what it holds as far as that is known.
fn lost(name: &str, view: View) -> String {
    let row = view.state.fleet.find(name);
    let held = row.and_then(|row| row.observed.as_ref()).map(|seen| seen.disk_used_bytes).filter(|held| *held > 0);
    let held = held.map(|held| format!(", {} of data", text::bytes(held))).unwrap_or_default();
    format!("{name}{held}")
}

fn steps(shown: &Shown, width: u16, view: View) -> Vec<Line<'static>> {
    let plan = &shown.plan;
    if let Change::Batch(batch) = &shown.change {
        return several::lines(batch, plan, width, view);
    }
    // Where nothing is done on an instance, as on a branch, it is the cells that tell what changes.
    if plan.steps.is_empty() && tells_cells(&shown.change) {
        return plan.changes.iter().map(|cell| indented(parts::cell(view, cell, false), view)).collect();
    }
    step_lines(&plan.steps.iter().collect::<Vec<_>>(), named(shown), width, view)
}

/// Whether the cells are told beside the steps; those of the others stand above the plan.
fn tells_cells(change: &Change) -> bool {
    !matches!(change, Change::Undo(_) | Change::Merge(_) | Change::RollBack(_) | Change::Revert(_))
}

fn indented(mut line: Line<'static>, view: View) -> Line<'static> {
    line.spans.insert(0, view.span(Meaning::Text, "   "));
    line
}

/// The steps, and why.
fn step_lines(steps: &[&PlannedStep], name: &str, width: u16, view: View) -> Vec<Line<'static>> {
    let action = steps.iter().map(|step| text::width(&doing(step, name))).max().unwrap_or(0);
    // The reason begins at one column for all steps; below its step where that would leave too little room for it.
    let beside = action + 6 <= usize::from(width) / 2;
    let mut lines: Vec<Line> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        lines.extend(told(index, step, name, Some(action).filter(|_| beside), usize::from(width), view));
    }
    lines
}

/// What it costs, and what one should know of it.
fn known(shown: &Shown, width: u16, view: View) -> Vec<Line<'static>> {
    let plan = &shown.plan;
    let mut lines: Vec<Line> = Vec::new();
    if let Some(cost) = &plan.cost {
        let told = match &shown.change {
            // Each has its own beside its name.
            Change::Batch(_) => format!("cost of all: {}", cost::in_words(cost)),
            _ => format!("cost: {}; {}", cost::in_words(cost), cost.parts.join("; ")),
        };
        let told = text::wrap(&text::clean(&told), usize::from(width).saturating_sub(2));
        lines.extend(told.into_iter().map(|line| Line::from(view.span(Meaning::Text, format!(" {line}")))));
    }
    let note = |note: &String| text::wrap(&format!("note: {note}"), usize::from(width).saturating_sub(2));
    lines.extend(
        plan.notes.iter().flat_map(note).map(|note| Line::from(view.span(Meaning::Warning, format!(" {note}")))),
    );
    lines
}

/// A step and its reason: beside it from this column on, or else below it.
fn told(
    index: usize,
    step: &PlannedStep,
    name: &str,
    column: Option<usize>,
    width: usize,
    view: View,
) -> Vec<Line<'static>> {
    let mark = if step.destroys_data { "✗" } else { " " };
    let meaning = if step.destroys_data { Meaning::Bad } else { Meaning::Text };
    let reason = if step.destroys_data { format!("destroys data: {}", step.reason) } else { step.reason.clone() };
    let doing = doing(step, name);
    let (first, indent) = match column {
        Some(column) => (format!("{mark}{:>2} {}  ", index + 1, text::left(&doing, column)), column + 6),
        None => (format!("{mark}{:>2} {}", index + 1, text::fit(&doing, width.saturating_sub(5))), 6),
    };
    let mut reasons = text::wrap(&reason, width.saturating_sub(indent + 2)).into_iter();
    let beside = column.and_then(|_| reasons.next()).unwrap_or_default();
    let mut lines = vec![Line::from(vec![view.span(meaning, first), view.span(Meaning::Muted, beside)])];
    lines.extend(reasons.map(|more| Line::from(view.span(Meaning::Muted, format!("{}{more}", " ".repeat(indent))))));
    lines
}

/// Whose steps need no name: the deployment that the change is about, or the only one that an undo touches.
fn named(shown: &Shown) -> &str {
    let mut owners = shown.plan.steps.iter().map(|step| step.deployment.as_str());
    match (&shown.change, owners.next()) {
        // It stands above the plan.
        (Change::Undo(_), Some(first)) if owners.all(|owner| owner == first) => first,
        _ => propose::described(&shown.change).0,
    }
}

/// The step in words; whose it is only where that is not clear from where one is.
fn doing(step: &PlannedStep, name: &str) -> String {
    let whose = if step.deployment.is_empty() || step.deployment == name { "" } else { step.deployment.as_str() };
    let space = if whose.is_empty() { "" } else { ": " };
    format!("{whose}{space}{} {}", step.action.replace('-', " "), step.target).trim_end().to_owned()
}

/// What the last key would do, in its own words; none while it would do nothing.
pub fn last_key(view: View) -> Option<String> {
    confirm::ready(view.state).ok()?;
    let proposal = view.state.proposal()?;
    let Proposal::Shown(shown) = proposal else { return None };
    let on = view.state.branch.as_ref().filter(|_| !matches!(shown.change, Change::Merge(_)));
    Some(words(shown) + &on.map_or_else(String::new, |branch| format!(" on {branch}")))
}

fn words(shown: &Shown) -> String {
    let (name, what) = propose::described(&shown.change);
    match &shown.change {
        Change::RollBack(change) => format!("roll back {name} to {}", text::short(&change.to)),
        Change::Set(_) => format!("change the settings of {name}"),
        Change::Delete(_) => format!("delete {name}"),
        // What it is stands above the plan.
        Change::Undo(_) => "undo it".to_owned(),
        Change::Revert(change) if change.after.is_empty() => {
            format!("take back what {} changed", text::short(&change.commit))
        }
        Change::Revert(change) => {
            format!("take back {}..{}", text::short(&change.after), text::short(&change.commit))
        }
        Change::Batch(batch) => action::several::in_words(batch),
        _ => format!("{what} {name}"),
    }
}
