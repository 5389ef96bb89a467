//! The one place where the state changes.
//!
//! Guarantees
//! - Pure: the same state and message give the same state and effects; no clock, no randomness, no I/O.
//! - An answer that nothing waits for is dropped.
//! - In the past time stands still, and no effect is given that reaches what runs now; on a branch none that reaches what
//!   it has not.
//! - In read-only mode no effect that changes anything is given.
//! - A change is sent only by `action::confirm`, for a plan that was on the screen.

use crate::console::{
    Exit,
    action::{
        activity, announce, blame, branch, branches, certificates, checks, commands, compare, connect, crashes, curves,
        deployment, doctor, form, forwards, history, incident, incidents, logs, look, metrics, mouse, open, orphans,
        panes, propose, pulse, report, then,
    },
    effect::Effect,
    keys,
    locator::Locator,
    message::{Answer, Message},
    state::{Link, Screen, State, Ticket, on_branch::reaches_main, then::reaches_now},
    told::Told,
};
use crate::hosted_api::problem::Problem;

/// How often the status is asked for (milliseconds): who else is attached decides what `q` asks.
const STATUS_EVERY: i64 = 30_000;

/// Takes a message in; says what is to be done.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    if let Message::Answer(ticket, answer) = &message {
        state.log.answered(*ticket, answer);
    }
    let before = match &message {
        Message::Fleet(_) | Message::FleetLost(_) => announce::before(state),
        _ => None,
    };
    let mut effects = taken_in(state, message);
    announce::changes(state, before);
    // Whatever it was, something else may be in view now.
    effects.extend(curves::refresh(state));
    effects.extend(panes::both(state, metrics::refresh));
    state.trail.at(Locator::of(state));
    // Nothing that changes is offered in read-only mode; that nothing gets out is held here, whoever adds a command.
    effects.retain(|effect| !(state.read_only && effect.changes()));
    effects.retain(|effect| !(state.then.is_some() && reaches_now(effect)));
    effects.retain(|effect| !(state.branch.is_some() && reaches_main(effect)));
    effects.iter().for_each(|effect| state.log.note(effect, state.now, state.branch.as_ref()));
    effects.extend(panes::both(state, commands::refresh));
    effects
}

fn taken_in(state: &mut State, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(key) => keys::press(state, &key),
        Message::Paste(text) => keys::paste(state, &text),
        Message::Mouse(mouse) => mouse::pointed(state, mouse),
        Message::Look(wanted) => look::reloaded(state, wanted),
        Message::Background { light } => {
            state.look.set_light(light);
            Vec::new()
        }
        Message::Resized(columns, rows) => {
            state.size = (columns, rows);
            Vec::new()
        }
        Message::Tick(now) => tick(state, now),
        Message::Hosting(hosting) => {
            state.hosting = hosting;
            Vec::new()
        }
        Message::Fleet(fleet) => watched(state, fleet),
        Message::FleetLost(problem) => {
            lost(state, problem);
            Vec::new()
        }
        Message::Incidents(answer) => incidents::watched(state, answer),
        Message::IncidentsLost(problem) => {
            incidents::lost(state, problem);
            Vec::new()
        }
        Message::Status(answer) => {
            if let Ok(status) = answer {
                state.status = Some(status);
            }
            // A form that was opened before it was known what is on offer.
            form::offer(state)
        }
        Message::Resolved(answer) => then::resolved(state, answer),
        Message::Past(earlier) => {
            state.statements.take_up(earlier);
            Vec::new()
        }
        Message::Client(ended) => connect::client_ended(state, ended),
        Message::Answer(ticket, answer) => panes::where_awaited(state, ticket, |state| answered(state, ticket, answer)),
        Message::IdleAsked => {
            state.idle_asked = true;
            Vec::new()
        }
        Message::TerminalLost => end(state, Exit::TerminalLost),
        Message::Terminated => end(state, Exit::Terminated),
    }
}

fn end(state: &mut State, exit: Exit) -> Vec<Effect> {
    state.exit = Some(exit);
    Vec::new()
}

fn tick(state: &mut State, now: i64) -> Vec<Effect> {
    if let Some(then) = &mut state.then {
        then.clock = now;
        return Vec::new();
    }
    let due = now.div_euclid(STATUS_EVERY) != state.now.div_euclid(STATUS_EVERY);
    state.now = now;
    pulse::arrange(state);
    let mut effects = panes::both(state, incident::refresh);
    effects.extend(panes::both(state, branches::refresh));
    effects.extend(panes::both(state, connect::time_out));
    if due && state.link == Link::Live {
        effects.push(Effect::Status);
    }
    effects
}

fn watched(state: &mut State, told: Told) -> Vec<Effect> {
    let first = state.link != Link::Live;
    state.link = Link::Live;
    // The past has the clock that it is shown by.
    if told.as_of != 0 && state.then.is_none() {
        state.ahead = told.as_of - state.now;
    }
    let ended = crashes::before(state);
    state.fleet.commit = told.commit;
    state.fleet.store = told.store;
    state.fleet.acts = told.acts;
    state.fleet.set_rows(told.rows, state.now + state.ahead);
    crashes::tell(state, ended);
    pulse::refresh(state);
    certificates::refresh(state);
    let mut effects = panes::both(state, deployment::refresh);
    effects.extend(panes::both(state, activity::refresh));
    effects.extend(panes::both(state, branches::refresh));
    effects.extend(open::waited(state));
    if first || state.status.is_none() {
        effects.push(Effect::Status);
    }
    effects
}

fn lost(state: &mut State, problem: Problem) {
    let problem = Box::new(problem);
    state.link = match &state.link {
        Link::Lost(since, _) | Link::Connecting(since) => Link::Lost(*since, problem),
        Link::Live => Link::Lost(state.now, problem),
    };
}

fn answered(state: &mut State, ticket: Ticket, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Plan(answer) => propose::planned(state, ticket, answer),
        Answer::Changed(answer) => propose::changed(state, ticket, answer),
        Answer::History(answer) => history::loaded(state, ticket, answer),
        Answer::Diff(answer) => compare::loaded(state, ticket, answer),
        Answer::Blame(answer) => blame::loaded(state, ticket, answer),
        Answer::Check(told) => {
            checks::told(state, ticket, told);
            Vec::new()
        }
        Answer::CheckRows(answer) => {
            checks::rows(state, ticket, answer);
            Vec::new()
        }
        Answer::Metrics(answer) => metrics::loaded(state, ticket, answer),
        Answer::Examined(report) => doctor::examined(state, ticket, report),
        Answer::Orphans(answer) => orphans::loaded(state, ticket, answer),
        Answer::OrphanRemoved(answer) => orphans::removed(state, ticket, answer),
        Answer::Incidents(answer) => incidents::loaded(state, ticket, answer),
        Answer::Timeline(answer) => incident::loaded(state, ticket, *answer),
        Answer::IncidentChanged(answer) => {
            report::answered(state, ticket, &answer).unwrap_or_else(|| incident::changed(state, ticket, *answer))
        }
        Answer::Branches(answer) => branches::loaded(state, ticket, answer),
        Answer::Branch(answer) => branch::told(state, ticket, *answer),
        Answer::BranchChanged(answer) => branch::say::answered(state, ticket, *answer),
        Answer::Written(answer) => incident::written(state, ticket, answer),
        Answer::SqlOpened(answer) => connect::opened(state, ticket, answer),
        Answer::Sql(part) => connect::results::take_in(state, ticket, part),
        Answer::SqlDone(failed) => connect::results::done(state, ticket, failed),
        Answer::SqlExport(exported) => connect::export::told(state, ticket, exported),
        Answer::Forwarding(answer) => forwards::listens(state, ticket, answer),
        Answer::Forwarded(live, problem) => forwards::carries(state, ticket, live, problem),
        Answer::SqlCatalog(catalog) => connect::suggest::learn(state, ticket, catalog),
        Answer::Saved(path, answer) => logs::saved(state, &path, answer),
        Answer::Log(_) | Answer::LogEnded(_) | Answer::Events(_) | Answer::EventsEnded(_) => {
            stream(state, ticket, answer);
            Vec::new()
        }
    }
}

/// A part of a log or of the events: to the screen that follows it.
fn stream(state: &mut State, ticket: Ticket, answer: Answer) {
    let Some(screen) = state.screens.iter_mut().find(|screen| screen.tickets().contains(&ticket)) else { return };
    match (screen, answer) {
        (Screen::Logs(logs), Answer::Log(lines)) => logs.add(ticket, lines),
        (Screen::Logs(logs), Answer::LogEnded(problem)) => logs.ended(ticket, problem),
        (Screen::Deployment(details), Answer::Log(lines)) => {
            details.tail_ended = None;
            details.add(lines);
        }
        (Screen::Deployment(details), Answer::LogEnded(problem)) => details.tail_ended = Some(problem),
        (Screen::Events(events), Answer::Events(lines)) => {
            events.ended = None;
            events.add(lines);
        }
        (Screen::Activity(activity), Answer::Events(events)) => activity.add(events, state.fleet.rows()),
        (Screen::Activity(activity), Answer::EventsEnded(problem)) => activity.ended = Some(problem),
        (Screen::Events(events), Answer::EventsEnded(problem)) => events.ended = Some(problem),
        _ => {}
    }
}
