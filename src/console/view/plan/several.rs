//! A plan for several deployments: each with what changes of it, what is done, and what it costs then.
//!
//! Guarantees: every deployment that the change names has its lines, also where nothing is done on its instance; what
//! the plan says of another one (a change may lead to others) follows under that one's name.

use super::step_lines;
use crate::console::{
    action::propose,
    text,
    theme::Meaning,
    view::{View, parts},
};
use doltops_proto::hosted_api::{PlanResponse, PlannedStep, change::Batch};
use ratatui::text::Line;

/// The lines of each deployment, one deployment below the other.
pub fn lines(batch: &Batch, plan: &PlanResponse, width: u16, view: View) -> Vec<Line<'static>> {
    let mut names: Vec<&str> = batch
        .changes
        .iter()
        .filter_map(|change| change.change.as_ref())
        .map(|change| propose::described(change).0)
        .collect();
    let others = plan.steps.iter().map(|step| &step.deployment).chain(plan.changes.iter().map(|cell| &cell.deployment));
    for name in others {
        if !name.is_empty() && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.iter().flat_map(|name| of_one(name, plan, width, view)).collect()
}

fn of_one(name: &str, plan: &PlanResponse, width: u16, view: View) -> Vec<Line<'static>> {
    let mut head = vec![view.span(Meaning::Title, format!(" {}", text::clean(name)))];
    let cost = plan.cost.iter().flat_map(|cost| &cost.parts).find_map(|part| part.strip_prefix(&format!("{name}: ")));
    if let Some(cost) = cost {
        head.push(view.span(Meaning::Muted, format!("   a month: {}", text::clean(cost))));
    }
    let mut lines = vec![Line::from(head)];
    for cell in plan.changes.iter().filter(|cell| cell.deployment == name) {
        let mut line = parts::cell(view, cell, false);
        line.spans.insert(0, view.span(Meaning::Text, "    "));
        lines.push(line);
    }
    let steps: Vec<&PlannedStep> = plan.steps.iter().filter(|step| step.deployment == name).collect();
    lines.extend(step_lines(&steps, name, width, view));
    lines
}
