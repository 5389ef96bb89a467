//! The support form: a person opens an incident.

use crate::{
    console::{
        action::{field, incident, screens},
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            form::Field,
            report::{Report, SEVERITIES},
        },
    },
    hosted_api::problem::Problem,
};
use crossterm::event::KeyEvent;
use doltops_proto::hosted_api::{ChangeIncidentRequest, Incident, change_incident_request::Change};

/// Opens it, about the deployment at hand.
pub fn open(state: &mut State) -> Vec<Effect> {
    let about = match state.screens.last() {
        Some(Screen::Incidents(_)) => String::new(),
        _ => state.target().map(|row| row.name.clone()).unwrap_or_default(),
    };
    let severities = SEVERITIES.map(str::to_owned).to_vec();
    let fields = vec![
        Field::text("title", "Title", "", "what is wrong, in a line"),
        Field::choice("severity", "Severity", severities, "error", "how bad it is; the receivers of pages look at it"),
        Field::text("deployments", "Deployments", &about, "their names, a space between; may be empty"),
        Field::text("impact", "Impact", "", "what it means for those who use it; may be empty"),
        Field::text("description", "Description", "", "what was seen, what was tried; may be empty"),
    ];
    screens::push(state, Screen::Report(Box::new(Report { fields, focus: 0, sent: None, last: None, problem: None })));
    check(state);
    Vec::new()
}

/// A key that the field with the focus takes as text; false when it is none.
pub fn typed(report: &mut Report, key: &KeyEvent, name: &str) -> bool {
    if report.sent.is_some() {
        return false;
    }
    report.fields.get_mut(report.focus).is_some_and(|on| field::typed(on, key, name))
}

/// A pasted text goes into the field with the focus, without its line ends.
pub fn paste(state: &mut State, pasted: &str) -> Vec<Effect> {
    if let Some(Screen::Report(report)) = state.screens.last_mut()
        && report.sent.is_none()
        && let Some(on) = report.fields.get_mut(report.focus)
    {
        field::paste(on, pasted);
    }
    check(state);
    Vec::new()
}

/// Looks at what was typed: a deployment that is not there is named beside its field.
pub fn check(state: &mut State) {
    let Some(Screen::Report(report)) = state.screens.last_mut() else { return };
    let fleet = &state.fleet;
    let unknown = report.deployments().into_iter().find(|name| fleet.known && fleet.find(name).is_none());
    for field in &mut report.fields {
        field.error = match &unknown {
            Some(name) if field.key == "deployments" => Some(format!("there is no deployment {name}")),
            _ => None,
        };
    }
}

/// Moves between fields and choices.
pub fn step(state: &mut State, command: Command) -> Vec<Effect> {
    let Some(Screen::Report(report)) = state.screens.last_mut() else { return Vec::new() };
    if report.sent.is_some() {
        return Vec::new();
    }
    let forward = matches!(command, Command::NextField | Command::NextChoice);
    let (focus, many) = (report.focus, report.fields.len().max(1));
    if matches!(command, Command::NextField | Command::PreviousField) {
        report.focus = (focus + if forward { 1 } else { many - 1 }) % many;
        if let Some(field) = report.fields.get_mut(report.focus) {
            field.enter();
        }
    } else if let Some(field) = report.fields.get_mut(focus) {
        field.turn(forward);
    }
    Vec::new()
}

/// Sends it, or says why not.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    let (ticket, request_id, now) = (state.ticket(), state.request_id(), state.now);
    let Some(Screen::Report(report)) = state.screens.last_mut() else { return Vec::new() };
    if let Err(why) = report.ready() {
        state.warn(why);
        return Vec::new();
    }
    let change = Some(Change::Open(report.open()));
    let mut request = ChangeIncidentRequest { id: String::new(), request_id, change };
    incident::again(&mut request, report.last.as_ref());
    report.problem = None;
    report.sent = Some((ticket, now));
    report.last = Some(request.clone());
    vec![Effect::ChangeIncident { ticket, request: Box::new(request) }]
}

/// It was opened, or not; `None` where no form waits for this. The incident's own screen takes the form's place.
pub fn answered(state: &mut State, ticket: Ticket, answer: &Result<Incident, Problem>) -> Option<Vec<Effect>> {
    let waits =
        |screen: &Screen| matches!(screen, Screen::Report(report) if report.sent.is_some_and(|s| s.0 == ticket));
    let place = state.screens.iter().position(waits)?;
    match answer {
        Ok(incident) => {
            let on_top = place + 1 == state.screens.len();
            state.screens.remove(place);
            state.incidents.put(incident);
            let mut effects = super::incidents::changed(state);
            if on_top {
                effects.extend(incident::show(state, incident.clone()));
            }
            state.say(format!("opened: {} ({})", incident.title, incident.id));
            Some(effects)
        }
        Err(problem) => {
            if let Some(Screen::Report(report)) = state.screens.get_mut(place) {
                report.sent = None;
                let field = report.fields.iter_mut().find(|field| field.key == problem.field);
                match field {
                    Some(field) => field.error = Some(problem.what.clone()),
                    None => report.problem = Some(problem.clone()),
                }
            }
            Some(Vec::new())
        }
    }
}
