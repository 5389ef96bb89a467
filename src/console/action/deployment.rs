//! One deployment's screen, and keeping it as new as the fleet.

use crate::{
    console::{
        action::{branch::desk, screens, then},
        effect::Effect,
        state::{
            Screen, State, clone_of,
            deployment::{CHANGES, Details, TAIL},
            loaded::Loaded,
        },
    },
    hosted_api::problem::{Kind, Problem},
};
use std::collections::VecDeque;

/// Opens it for the row under the cursor.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some((name, commit)) = state.target().map(|row| (row.name.clone(), row.commit.clone())) else {
        return Vec::new();
    };
    let (history, log) = (state.ticket(), state.ticket());
    let details = Details {
        name: name.clone(),
        changes: Loaded::asked(state.now),
        commit,
        tail: VecDeque::new(),
        tail_ended: no_log(state),
        history,
        log,
    };
    screens::push(state, Screen::Deployment(Box::new(details)));
    vec![
        Effect::History { ticket: history, name: Some(name.clone()), limit: CHANGES, before: None },
        Effect::Logs { ticket: log, name, lines: u32::try_from(TAIL).unwrap_or(u32::MAX), since: 0 },
    ]
}

/// Why there is no log of what is shown.
fn no_log(state: &State) -> Option<Problem> {
    let why = match state.clone_of {
        Some(_) => Some(clone_of::why_not("the log")),
        None => then::not_of_then(state, "the log").or_else(|| desk::not_here(state, "the log")),
    };
    why.map(|why| Problem::new(Kind::Refused, why))
}

/// The fleet is new: asks for the changes of those deployments on the stack whose last commit is another.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let fleet = &state.fleet;
    state
        .screens
        .iter_mut()
        .filter_map(|screen| match screen {
            Screen::Deployment(details) => {
                let commit = fleet.find(&details.name).map(|row| row.commit.clone())?;
                (commit != details.commit).then(|| {
                    details.commit = commit;
                    ask(details)
                })
            }
            _ => None,
        })
        .collect()
}

/// A change was made: asks for the changes of the deployment on top.
pub fn reload(state: &mut State) -> Vec<Effect> {
    match state.screens.last_mut() {
        Some(Screen::Deployment(details)) => vec![ask(details)],
        _ => Vec::new(),
    }
}

fn ask(details: &Details) -> Effect {
    Effect::History { ticket: details.history, name: Some(details.name.clone()), limit: CHANGES, before: None }
}
