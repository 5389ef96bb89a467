//! Metrics: what was measured over a span, asked for anew while one looks.

use crate::{
    console::{
        action::screens,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            loaded::Loaded,
            metrics::{Metrics, Span},
        },
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::MetricsResponse;

/// How often they are asked for while one looks (milliseconds): agents measure about as often.
const EVERY: i64 = 10_000;

/// Opens them for the deployment at hand.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let ticket = state.ticket();
    let metrics = Metrics { name, span: Span::default(), samples: Loaded::asked(state.now), asked: state.now, ticket };
    let effect = ask(&metrics, state.now);
    screens::push(state, Screen::Metrics(metrics));
    vec![effect]
}

/// Looks back over another span.
pub fn next_span(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let Some(Screen::Metrics(metrics)) = state.screens.last_mut() else { return Vec::new() };
    metrics.span = metrics.span.next();
    metrics.samples.since = Some(now);
    metrics.asked = now;
    vec![ask(metrics, now)]
}

/// Time has passed.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    match state.screens.last_mut() {
        Some(Screen::Metrics(metrics)) if metrics.samples.since.is_none() && now - metrics.asked >= EVERY => {
            metrics.asked = now;
            vec![ask(metrics, now)]
        }
        _ => Vec::new(),
    }
}

/// They have come.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<MetricsResponse, Problem>) -> Vec<Effect> {
    if state.curves.answered(ticket, &answer) {
        return Vec::new();
    }
    for screen in &mut state.screens {
        if let Screen::Metrics(metrics) = screen
            && metrics.ticket == ticket
        {
            metrics.samples.set(answer);
            return Vec::new();
        }
    }
    Vec::new()
}

fn ask(metrics: &Metrics, now: i64) -> Effect {
    Effect::Metrics { ticket: metrics.ticket, name: metrics.name.clone(), since: now - metrics.span.ms() }
}
