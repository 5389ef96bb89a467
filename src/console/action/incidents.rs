//! Incidents: following what is open, the list, and telling of new ones.

use crate::{
    console::{
        action::{incident, metrics, screens},
        effect::Effect,
        state::{
            Screen, State, Ticket,
            incidents::{Incidents, rank},
            recall::Listing,
        },
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::IncidentsResponse;

/// Chooses those that are shown by another filter.
pub fn set_filter(state: &mut State, filter: String) {
    let theirs = state.now + state.ahead;
    if let Some(Screen::Incidents(list)) = state.screens.last_mut() {
        list.set_filter(filter, &state.incidents, theirs);
    }
}

/// Opens the list.
pub fn open(state: &mut State) -> Vec<Effect> {
    let ticket = state.ticket();
    let filter = state.recall.last(Listing::Incidents);
    let mut list = Incidents::new(&state.incidents, ticket, filter, state.now + state.ahead);
    // From a deployment's screens, on its own.
    let here = state.screens.last().and_then(Screen::name).and_then(|name| state.incidents.of(name));
    if let Some(incident) = here {
        list.select(&incident.id);
    }
    screens::push(state, Screen::Incidents(Box::new(list)));
    Vec::new()
}

/// Shows those that are over as well, or leaves them out again.
pub fn resolved(state: &mut State) -> Vec<Effect> {
    let (now, theirs) = (state.now, state.now + state.ahead);
    let Some(Screen::Incidents(list)) = state.screens.last_mut() else { return Vec::new() };
    list.resolved = !list.resolved;
    list.arrange(&state.incidents, theirs);
    if !list.resolved {
        return Vec::new();
    }
    list.since = Some(now);
    vec![Effect::Incidents { ticket: list.ticket }]
}

/// What is open has changed.
pub fn watched(state: &mut State, answer: IncidentsResponse) -> Vec<Effect> {
    let news = state.incidents.set(answer);
    let mut effects = changed(state);
    // The worst of them: the footer has room for one, and the title counts the others.
    if let Some(worst) = news.first() {
        let more = if news.len() > 1 { format!(", and {} more", news.len() - 1) } else { String::new() };
        state.warn(format!("new incident, {}: {}{more}", worst.severity, worst.title));
        // What only will be trouble waits for whoever looks next.
        if rank(&worst.severity) >= rank("error") {
            effects.push(Effect::Bell);
        }
    }
    effects
}

/// No newer ones come for now; the stream is tried again.
pub fn lost(state: &mut State, problem: Problem) {
    state.incidents.problem = Some(problem);
}

/// Lists and stories follow what is open.
pub fn changed(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let theirs = state.now + state.ahead;
    state.fleet.set_incidents(state.incidents.worst_of_each());
    for screen in &mut state.screens {
        if let Screen::Incidents(list) = screen {
            list.arrange(&state.incidents, theirs);
            if list.resolved && list.since.is_none() {
                list.since = Some(state.now);
                effects.push(Effect::Incidents { ticket: list.ticket });
            }
        }
    }
    effects.extend(incident::follow(state));
    effects
}

/// Those that are over have come.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<IncidentsResponse, Problem>) -> Vec<Effect> {
    if metrics::incidents(state, ticket, &answer) {
        return Vec::new();
    }
    let theirs = state.now + state.ahead;
    for screen in &mut state.screens {
        if let Screen::Incidents(list) = screen
            && list.ticket == ticket
        {
            list.since = None;
            match answer {
                Ok(answer) => (list.over, list.problem) = (Some(answer.incidents), None),
                Err(problem) => list.problem = Some(problem),
            }
            list.arrange(&state.incidents, theirs);
            return Vec::new();
        }
    }
    Vec::new()
}
