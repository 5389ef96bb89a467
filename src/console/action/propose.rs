//! Asks what a change would do, and takes the answers.

use crate::{
    console::{
        action::{deployment, incident, screens, several},
        effect::Effect,
        state::{
            Screen, State, Ticket,
            proposal::{PLANNING, Proposal, Shown},
            then::Leap,
        },
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{ChangeResponse, PlanResponse, change::Change};
use std::time::Duration;

/// How long typing must rest before a plan is asked for: longer than between two key strokes, shorter than a wait.
pub const WHILE_TYPING: Duration = Duration::from_millis(150);

/// The change on the screen on top is now this one, or not yet complete. Asks for its plan unless that is known.
pub fn propose(state: &mut State, wish: Result<Change, String>, after: Duration) -> Vec<Effect> {
    let ticket = state.ticket();
    let now = state.now;
    let Some(proposal) = state.proposal_mut() else { return Vec::new() };
    // What was sent stays until its answer is there.
    if matches!(proposal, Proposal::Sending { .. }) {
        return Vec::new();
    }
    let known = !matches!(proposal, Proposal::Refused { .. }) && wish.as_ref().ok() == proposal.change();
    if known && wish.is_ok() {
        return Vec::new();
    }
    let mut effects: Vec<Effect> = proposal.preview().into_iter().map(Effect::Cancel).collect();
    *proposal = match wish {
        Err(why) => Proposal::Incomplete(why),
        Ok(change) => {
            effects.push(Effect::Plan { ticket, change: change.clone(), after });
            Proposal::Planning { ticket, change, since: now }
        }
    };
    effects
}

/// A plan has come, or a refusal.
pub fn planned(state: &mut State, ticket: Ticket, answer: Result<PlanResponse, Problem>) -> Vec<Effect> {
    let request_id = state.request_id();
    let Some(proposal) = waiting(state, ticket) else { return Vec::new() };
    let Proposal::Planning { change, .. } = proposal.clone() else { return Vec::new() };
    match answer {
        Ok(plan) => {
            *proposal = Proposal::Shown(Shown { change, plan, request_id, problem: None, confirm: String::new() })
        }
        Err(problem) => {
            *proposal = Proposal::Refused { change, problem: problem.clone() };
            beside_its_field(state, &problem);
        }
    }
    state.notice.take_if(|notice| notice.text == PLANNING);
    Vec::new()
}

/// A confirmed change was made, or not.
pub fn changed(state: &mut State, ticket: Ticket, answer: Result<ChangeResponse, Problem>) -> Vec<Effect> {
    let next_id = state.request_id();
    let Some(proposal) = waiting(state, ticket) else {
        // Its screen was left meanwhile; the person is told all the same.
        match answer {
            Ok(done) => state.say(format!("done: commit {}", crate::console::text::short(&done.commit))),
            Err(problem) => state.warn(problem.to_string()),
        }
        return Vec::new();
    };
    let Proposal::Sending { mut shown, .. } = proposal.clone() else { return Vec::new() };
    match answer {
        Ok(done) => landed(state, &shown.change, &done),
        Err(mut problem) => {
            if let Some(plan) = problem.plan.take() {
                shown.plan = *plan;
                shown.request_id = next_id;
                shown.confirm.clear();
            }
            shown.problem = Some(problem.clone());
            *proposal = Proposal::Shown(shown);
            beside_its_field(state, &problem);
            Vec::new()
        }
    }
}

fn landed(state: &mut State, change: &Change, done: &ChangeResponse) -> Vec<Effect> {
    let mut effects = screens::pop(state);
    let (name, what) = described(change);
    match change {
        Change::Create(create) => state.fleet.select(&create.name),
        // Marks that stay would be acted on by the next key.
        Change::Batch(_) => drop(state.fleet.clear_marks()),
        _ => state.fleet.unmark(name),
    }
    // A deployment that goes takes its screens with it.
    if matches!(change, Change::Delete(_)) {
        while !state.screens.is_empty() {
            effects.extend(screens::pop(state));
        }
    }
    let summary = done.plan.as_ref().map(|plan| plan.summary.clone()).unwrap_or_default();
    let said = match change {
        Change::Undo(_) | Change::Revert(_) | Change::Merge(_) if !summary.is_empty() => {
            crate::console::text::clean(&summary)
        }
        Change::Batch(batch) => several::in_words(batch),
        _ => format!("{name}: {what}"),
    };
    let commit = crate::console::text::short(&done.commit).to_owned();
    match (&state.branch, change) {
        // It is over: main is what one wants to see now.
        (Some(branch), Change::Merge(merge)) if merge.branch == branch.as_str() => {
            state.leap = Some(Leap::Now);
            state.say(format!("{said}, commit {commit}"));
        }
        (Some(branch), _) if !matches!(change, Change::Merge(_)) => {
            state.say(format!("{said}, commit {commit} of {branch}; nothing that runs is touched"));
        }
        _ => state.say(format!("{said}, commit {commit}")),
    }
    effects.extend(deployment::reload(state));
    effects.extend(incident::reload(state));
    effects
}

/// The deployment that a change is about, and the change in a word.
pub fn described(change: &Change) -> (&str, &'static str) {
    match change {
        Change::Create(c) => (&c.name, "create"),
        Change::Resize(c) => (&c.name, "resize"),
        Change::Set(c) => (&c.name, "settings"),
        Change::Stop(c) => (&c.name, "stop"),
        Change::Start(c) => (&c.name, "start"),
        Change::Restart(c) => (&c.name, "restart"),
        Change::Pause(c) => (&c.name, "pause"),
        Change::Resume(c) => (&c.name, "resume"),
        Change::Protect(c) => (&c.name, "protect"),
        Change::Unprotect(c) => (&c.name, "unprotect"),
        Change::Delete(c) => (&c.name, "delete"),
        Change::RollBack(c) if c.all => ("everything", "roll back"),
        Change::RollBack(c) => (&c.name, "roll back"),
        Change::Undo(_) => ("the last change", "undo"),
        Change::Revert(c) if c.after.is_empty() => ("the commit", "take back"),
        Change::Revert(_) => ("the commits", "take back"),
        Change::Merge(c) => (&c.branch, "merge"),
        Change::Batch(_) => ("several deployments", "change"),
    }
}

fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut Proposal> {
    state.screens.iter_mut().find_map(|screen| match screen {
        Screen::Form(form) if form.proposal.awaits(ticket) => Some(&mut form.proposal),
        Screen::RollBack(roll_back) if roll_back.proposal.awaits(ticket) => Some(&mut roll_back.proposal),
        _ => None,
    })
}

fn beside_its_field(state: &mut State, problem: &Problem) {
    if let Some(Screen::Form(form)) = state.screens.last_mut() {
        form.set_error(&problem.field, problem.what.clone());
    }
}
