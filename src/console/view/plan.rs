//! A plan: what would be done and why, what goes, and what the last key would do.

mod several;

use super::{View, parts};
use crate::console::{
    action::{self, confirm, propose},
    command::Command,
    state::{
        proposal::{Proposal, Shown},
        scroll::Scroll,
    },
    text,
    theme::Meaning,
};
use crate::hosted_api::cost;
use doltops_proto::hosted_api::{PlanResponse, PlannedStep, change::Change};
use ratatui::{Frame, layout::Rect, text::Line};

/// The least width of where a word is typed.
const WORD: usize = 8;

/// Draws it in a panel of its own.
pub fn draw(frame: &mut Frame, area: Rect, proposal: &Proposal, view: View) {
    let inner = panel(frame, area, proposal, view);
    let lines = lines(proposal, inner.width, view);
    parts::lines(frame, inner, parts::cut(lines, usize::from(inner.height), view));
}

/// The same, where it can be scrolled. What is below or above is told by its last line.
pub fn draw_scrolled(frame: &mut Frame, area: Rect, proposal: &Proposal, scroll: &Scroll, view: View) {
    let inner = panel(frame, area, proposal, view);
    let mut lines = lines(proposal, inner.width, view);
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
    parts::panel(frame, area, parts::heading(view, &title), view)
}

fn headline(shown: &Shown) -> String {
    let several = matches!(shown.change, Change::Batch(_));
    let steps = match shown.plan.steps.len() {
        0 if shown.does_nothing() => return "nothing would change".to_owned(),
        0 => "no step on any instance".to_owned(),
        1 => "1 step".to_owned(),
        many => format!("{many} steps"),
    };
    let away = match shown.plan.away_seconds {
        _ if shown.plan.stays_away && several => "databases are away until they are started again".to_owned(),
        _ if shown.plan.stays_away => "the database is away until it is started again".to_owned(),
        0 => "no interruption".to_owned(),
        seconds => {
            let whose = if several { "databases are" } else { "the database is" };
            format!("{whose} away for about {}", text::span(i64::from(seconds) * 1_000))
        }
    };
    let data = if shown.destroys_data() { "DATA IS DESTROYED" } else { "nothing is destroyed" };
    format!("{steps}, {away}, {data}")
}

fn lines(proposal: &Proposal, width: u16, view: View) -> Vec<Line<'static>> {
    match proposal {
        Proposal::Incomplete(why) => vec![Line::from(view.span(Meaning::Muted, format!(" {why}")))],
        Proposal::Planning { since, .. } => vec![parts::loading(view, "working out the plan", *since)],
        Proposal::Refused { problem, .. } => parts::problem(view, problem, width),
        Proposal::Sending { shown, since, .. } => {
            let mut lines = vec![parts::loading(view, "sent, waiting for the answer", *since)];
            lines.extend(steps(shown, width, view));
            lines
        }
        Proposal::Shown(shown) => {
            let mut lines = Vec::new();
            if let Some(problem) = &shown.problem {
                lines.extend(parts::problem(view, problem, width));
            }
            lines.extend(word(shown, view));
            lines.extend(steps(shown, width, view));
            lines
        }
    }
}

/// Where the word before a loss of data is typed; first, so that no long plan hides it.
fn word(shown: &Shown, view: View) -> Option<Line<'static>> {
    let word = shown.word()?;
    Some(Line::from(vec![
        view.span(Meaning::Bad, format!(" ▲ This deletes data. Type {word} to confirm: ")),
        view.span(Meaning::Input, text::left(&format!("{}▏", text::clean(&shown.confirm)), WORD.max(word.len() + 2))),
    ]))
}

fn steps(shown: &Shown, width: u16, view: View) -> Vec<Line<'static>> {
    let plan = &shown.plan;
    if let Change::Batch(batch) = &shown.change {
        // What holds for all of them first: their lines may be more than there is room for.
        let total = plan.cost.as_ref().map(|cost| format!("cost of all: {}", cost::in_words(cost)));
        let mut lines = around(plan, total, width, view);
        lines.extend(several::lines(batch, plan, width, view));
        return lines;
    }
    let (name, _) = propose::described(&shown.change);
    let mut lines = step_lines(&plan.steps.iter().collect::<Vec<_>>(), name, width, view);
    let total = plan.cost.as_ref().map(|cost| format!("cost: {}; {}", cost::in_words(cost), cost.parts.join("; ")));
    lines.extend(around(plan, total, width, view));
    lines
}

/// The steps, and why.
fn step_lines(steps: &[&PlannedStep], name: &str, width: u16, view: View) -> Vec<Line<'static>> {
    let action = steps.iter().map(|step| doing(step, name).chars().count()).max().unwrap_or(0);
    // The reason begins at one column for all steps, unless that leaves it no room.
    let action = action.min(usize::from(width) / 2);
    let mut lines: Vec<Line> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let mark = if step.destroys_data { "✗" } else { " " };
        let meaning = if step.destroys_data { Meaning::Bad } else { Meaning::Text };
        let reason = if step.destroys_data { format!("destroys data: {}", step.reason) } else { step.reason.clone() };
        let room = usize::from(width).saturating_sub(action + 8);
        let mut reasons = text::wrap(&reason, room).into_iter();
        lines.push(Line::from(vec![
            view.span(meaning, format!("{mark}{:>2} {}  ", index + 1, text::left(&doing(step, name), action))),
            view.span(Meaning::Muted, reasons.next().unwrap_or_default()),
        ]));
        lines.extend(
            reasons.map(|more| Line::from(view.span(Meaning::Muted, format!("{}{more}", " ".repeat(action + 6))))),
        );
    }
    lines
}

/// What it costs, and what it leaves out.
fn around(plan: &PlanResponse, cost: Option<String>, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines: Vec<Line> = Vec::new();
    if let Some(cost) = cost {
        let told = text::wrap(&text::clean(&cost), usize::from(width).saturating_sub(2));
        lines.extend(told.into_iter().map(|line| Line::from(view.span(Meaning::Text, format!(" {line}")))));
    }
    let note = |note: &String| text::wrap(&format!("note: {note}"), usize::from(width).saturating_sub(2));
    lines.extend(
        plan.notes.iter().flat_map(note).map(|note| Line::from(view.span(Meaning::Warning, format!(" {note}")))),
    );
    lines
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
    Some(words(shown))
}

fn words(shown: &Shown) -> String {
    let (name, what) = propose::described(&shown.change);
    match &shown.change {
        Change::RollBack(change) => format!("roll back {name} to {}", text::short(&change.to)),
        Change::Set(_) => format!("change the settings of {name}"),
        Change::Delete(_) => format!("delete {name}"),
        // What it is stands above the plan.
        Change::Undo(_) => "undo it".to_owned(),
        Change::Batch(batch) => action::several::in_words(batch),
        _ => format!("{what} {name}"),
    }
}
