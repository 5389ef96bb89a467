//! The whole console on a branch, and back.

use crate::{
    console::{
        action::branches,
        command::{Command, entry},
        effect::Effect,
        state::{
            Screen, State, Ticket,
            branches::is_open,
            on_branch::{instead, is_of_main},
            then::Leap,
        },
        text,
    },
    hosted_api::problem::Problem,
    model::{BranchName, Refusal},
};
use doltops_proto::hosted_api::{BranchSummary, ListBranchesResponse};

/// Shows the console on the change request at hand; where there is none, those that one can choose from.
pub fn switch(state: &mut State) -> Vec<Effect> {
    match super::at_hand(state).map(str::to_owned) {
        Some(name) => leap(state, &name),
        None => branches::open(state),
    }
}

/// Whether the console can be shown on the change request at hand.
///
/// # Errors
/// How it ended, or that it is shown already.
pub fn may_switch(state: &State) -> Result<(), String> {
    let summary = match state.screens.last() {
        Some(Screen::Branch(branch)) => branch.summary(),
        Some(Screen::Branches(list)) => list.selected(),
        _ => return Ok(()),
    };
    match summary {
        Some(summary) if state.branch.as_ref().is_some_and(|shown| shown.as_str() == summary.name) => {
            Err(format!("this is {}", summary.name))
        }
        Some(summary) if !is_open(summary) => Err(over(summary)),
        _ => Ok(()),
    }
}

/// Why nothing can be prepared on it any more.
fn over(summary: &BranchSummary) -> String {
    let BranchSummary { name, state, closed_by, .. } = summary;
    let came = if state == "merged" { "what stood on it is on main" } else { "nothing of it came to main" };
    format!("{name} was {state} by {closed_by}: {came}, and nothing is prepared on it any more")
}

fn leap(state: &mut State, name: &str) -> Vec<Effect> {
    let shown = state.branch.as_ref().is_some_and(|shown| shown.as_str() == name);
    match name.parse::<BranchName>() {
        _ if shown => state.say(format!("this is {name}")),
        Ok(name) => state.leap = Some(Leap::Branch(name)),
        Err(refusal) => state.warn(refusal.to_string()),
    }
    Vec::new()
}

/// Shows it on the one of that name, as soon as it is known that there is one; `main` leads back.
///
/// # Errors
/// It is no name.
pub fn to(state: &mut State, typed: &str) -> Result<Vec<Effect>, String> {
    if typed == "main" {
        return match state.branch {
            Some(_) => Ok(super::super::then::back(state)),
            None => Err("this is main".to_owned()),
        };
    }
    let name: BranchName = typed.parse().map_err(|refusal: Refusal| refusal.to_string())?;
    let ticket = state.ticket();
    state.switching = Some((ticket, name));
    Ok(vec![Effect::Branches { ticket, closed: true }])
}

/// It is known which there are; false where nobody has asked for one by its name.
pub fn known(state: &mut State, ticket: Ticket, answer: &Result<ListBranchesResponse, Problem>) -> bool {
    let Some((_, name)) = state.switching.take_if(|(asked, _)| *asked == ticket) else { return false };
    match answer {
        Ok(list) if list.branches.iter().any(|branch| branch.name == name.as_str()) => {
            match list.branches.iter().find(|branch| branch.name == name.as_str() && !is_open(branch)) {
                Some(closed) => state.warn(over(closed)),
                None => drop(leap(state, name.as_str())),
            }
        }
        Ok(list) => {
            let open = list.branches.iter().filter(|branch| branch.state == "open");
            let names: Vec<&str> = open.map(|branch| branch.name.as_str()).collect();
            let there =
                if names.is_empty() { "none is open".to_owned() } else { format!("there are {}", names.join(", ")) };
            state.warn(format!("there is no change request {name}; {there}"));
        }
        Err(problem) => state.warn(problem.to_string()),
    }
    true
}

/// Why what is about main is not to be had on a branch.
pub fn not_here(state: &State, what: &str) -> Option<String> {
    let branch = state.branch.as_ref()?;
    Some(format!("{what} is about what runs, which is main; this is the branch {branch}: Esc goes back"))
}

/// Whether a command can be asked for on what is shown.
///
/// # Errors
/// Why not, and what to do instead.
pub fn fits(state: &State, command: Command) -> Result<(), String> {
    if !is_of_main(command) {
        return Ok(());
    }
    let name = entry(command).name;
    match (not_here(state, name), &state.branch, instead(command)) {
        (Some(_), Some(branch), Some(instead)) => {
            Err(format!("{name} is of main; this is the branch {}: {instead}", text::clean(branch.as_str())))
        }
        (Some(why), ..) => Err(why),
        (None, ..) => Ok(()),
    }
}
