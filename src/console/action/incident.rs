//! One incident: its story, what a person does about it, and the way to what may have caused it.
//!
//! Guarantees: a change of an incident is sent by Enter alone, after its line was on the screen. It needs no plan: it
//! touches no database.

use crate::{
    console::{
        action::screens,
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            incident::{Act, Acting, Story},
        },
        text,
    },
    hosted_api::{post_mortem, problem::Problem},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use doltops_proto::hosted_api::{ChangeIncidentRequest, Incident, TimelineResponse};

/// How often the story is read anew while one looks and it goes on (milliseconds): curves and logs change by themselves.
const EVERY: i64 = 15_000;

/// Opens the incident under the cursor of the list.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Incidents(list)) = state.screens.last() else { return Vec::new() };
    list.selected().cloned().map_or_else(Vec::new, |incident| show(state, incident))
}

/// Opens one.
pub fn show(state: &mut State, incident: Incident) -> Vec<Effect> {
    let (ticket, id) = (state.ticket(), incident.id.clone());
    let story = Story::asked(incident, ticket, state.now);
    screens::push(state, Screen::Incident(Box::new(story)));
    vec![Effect::Timeline { ticket, id }]
}

/// What is open has changed: stories of incidents that are otherwise now are read anew.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let (now, board) = (state.now, &state.incidents);
    let mut effects = Vec::new();
    for screen in &mut state.screens {
        if let Screen::Incident(story) = screen {
            // One that is no longer among them is over.
            let is_over = board.known && story.incident.state != "resolved";
            match board.find(&story.incident.id).cloned() {
                Some(incident) if incident != story.incident => {
                    story.incident = incident;
                    effects.push(ask(story, now));
                }
                None if is_over => effects.push(ask(story, now)),
                _ => {}
            }
        }
    }
    effects
}

/// Time has passed.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    match state.screens.last_mut() {
        Some(Screen::Incident(story))
            if story.incident.state != "resolved" && story.timeline.since.is_none() && now - story.asked >= EVERY =>
        {
            vec![ask(story, now)]
        }
        _ => Vec::new(),
    }
}

/// A change was made: it is part of the story on top.
pub fn reload(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    match state.screens.last_mut() {
        Some(Screen::Incident(story)) => vec![ask(story, now)],
        _ => Vec::new(),
    }
}

fn ask(story: &mut Story, now: i64) -> Effect {
    story.asked = now;
    story.timeline.since = Some(now);
    Effect::Timeline { ticket: story.ticket, id: story.incident.id.clone() }
}

/// The story has come, or not.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<TimelineResponse, Problem>) -> Vec<Effect> {
    if let Some(story) = find(state, |story| story.ticket == ticket) {
        story.set(answer);
    }
    Vec::new()
}

/// Puts the line on the screen that a key asks for.
pub fn begin(state: &mut State, act: Act) -> Vec<Effect> {
    let Some(Screen::Incident(story)) = state.screens.last_mut() else { return Vec::new() };
    let text = if act == Act::Export { format!("post-mortem-{}.md", story.incident.id) } else { String::new() };
    story.acting = Some(Acting::new(act, text));
    Vec::new()
}

/// A key while something is about to be done; `None` where nothing is, or the key is a command's.
pub fn typed(state: &mut State, key: &KeyEvent, name: &str) -> Option<Vec<Effect>> {
    let Some(Screen::Incident(story)) = state.screens.last_mut() else { return None };
    let acting = story.acting.as_mut()?;
    match name {
        "enter" => return Some(send(state)),
        "tab" if acting.act == Act::Export && acting.sent.is_none() => return Some(copy(state)),
        "esc" | "ctrl-l" => return None,
        _ if acting.sent.is_some() || acting.act == Act::Acknowledge => {}
        _ if key.code == KeyCode::Tab => {}
        _ => {
            let other = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
            if !other || matches!(name, "ctrl-w" | "ctrl-u") {
                acting.input.press(key, name);
            }
        }
    }
    Some(Vec::new())
}

/// A pasted text goes into the line, without its line ends.
pub fn paste(state: &mut State, pasted: &str) -> Vec<Effect> {
    if let Some(Screen::Incident(story)) = state.screens.last_mut()
        && let Some(acting) = &mut story.acting
        && acting.sent.is_none()
        && acting.act != Act::Acknowledge
    {
        acting.input.paste(pasted);
    }
    Vec::new()
}

/// Nothing is done after all; false where nothing was about to be.
pub fn leave(story: &mut Story) -> bool {
    story.acting.take().is_some()
}

fn send(state: &mut State) -> Vec<Effect> {
    let (ticket, id, now) = (state.ticket(), state.request_id(), state.now);
    let Some(Screen::Incident(story)) = state.screens.last_mut() else { return Vec::new() };
    let Some(acting) = &mut story.acting else { return Vec::new() };
    if let Err(why) = acting.ready() {
        state.warn(why);
        return Vec::new();
    }
    acting.problem = None;
    let Some(change) = acting.change() else { return write(story, ticket, now) };
    let mut request = ChangeIncidentRequest { id: story.incident.id.clone(), request_id: id, change: Some(change) };
    again(&mut request, acting.last.as_ref());
    acting.sent = Some((ticket, now));
    acting.last = Some(request.clone());
    vec![Effect::ChangeIncident { ticket, request: Box::new(request) }]
}

/// The same as the last time is sent with the id of the last time: where only the answer was lost, nothing happens twice.
pub fn again(request: &mut ChangeIncidentRequest, last: Option<&ChangeIncidentRequest>) {
    if let Some(last) = last.filter(|last| last.change == request.change && last.id == request.id) {
        request.request_id.clone_from(&last.request_id);
    }
}

fn write(story: &mut Story, ticket: Ticket, now: i64) -> Vec<Effect> {
    let Some(acting) = &mut story.acting else { return Vec::new() };
    let Some(timeline) = &story.timeline.value else { return Vec::new() };
    acting.sent = Some((ticket, now));
    vec![Effect::Write { ticket, path: acting.text().to_owned(), text: post_mortem::markdown(timeline) }]
}

fn copy(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Incident(story)) = state.screens.last_mut() else { return Vec::new() };
    let Some(timeline) = &story.timeline.value else { return Vec::new() };
    let text = post_mortem::markdown(timeline);
    story.acting = None;
    state.say("the post-mortem was sent to the clipboard");
    vec![Effect::Copy(text)]
}

/// A file was written, or not.
pub fn written(state: &mut State, ticket: Ticket, answer: Result<String, Problem>) -> Vec<Effect> {
    let awaits = |story: &Story| awaited(story) == Some(ticket);
    match (answer, find(state, awaits)) {
        (Ok(path), story) => {
            if let Some(story) = story {
                story.acting = None;
            }
            state.say(format!("written: {path}"));
        }
        (Err(problem), Some(story)) => refused(story, problem),
        (Err(problem), None) => state.warn(problem.to_string()),
    }
    Vec::new()
}

fn refused(story: &mut Story, problem: Problem) {
    if let Some(acting) = &mut story.acting {
        acting.sent = None;
        acting.problem = Some(problem);
    }
}

fn awaited(story: &Story) -> Option<Ticket> {
    story.acting.as_ref()?.sent.map(|(ticket, _)| ticket)
}

/// An incident was changed, or not.
pub fn changed(state: &mut State, ticket: Ticket, answer: Result<Incident, Problem>) -> Vec<Effect> {
    let awaits = |story: &Story| awaited(story) == Some(ticket);
    match answer {
        Ok(incident) => {
            let now = state.now;
            let mut effects = Vec::new();
            let mut said = format!("{}: {}", incident.title, incident.state);
            if let Some(story) = find(state, awaits) {
                let act = story.acting.take().map(|acting| acting.act);
                said = format!("{}: {}", incident.title, done(act, &incident));
                story.incident = incident.clone();
                effects.push(ask(story, now));
            }
            state.say(said);
            state.incidents.put(&incident);
            effects.extend(super::incidents::changed(state));
            effects
        }
        Err(problem) => {
            match find(state, awaits) {
                Some(story) => refused(story, problem),
                None => state.warn(problem.to_string()),
            }
            Vec::new()
        }
    }
}

fn done(act: Option<Act>, incident: &Incident) -> String {
    match act {
        Some(Act::Acknowledge) => "acknowledged".to_owned(),
        Some(Act::Note) => "the note is written down".to_owned(),
        Some(Act::HandOver) => format!("{} has it now", incident.assignee),
        Some(Act::Resolve) => "resolved".to_owned(),
        Some(Act::Export) | None => incident.state.clone(),
    }
}

/// Puts the address of its runbook on the clipboard.
pub fn runbook(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Incident(story)) = state.screens.last() else { return Vec::new() };
    let address = story.incident.runbook.clone();
    state.say(format!("sent to the clipboard: {address}"));
    vec![Effect::Copy(address)]
}

/// Whether a command fits the incident on the screen.
///
/// # Errors
/// Why not, and what to do about it.
pub fn fits(state: &State, command: Command) -> Result<(), String> {
    let Some(Screen::Incident(story)) = state.screens.last() else {
        return Err(format!("there is no incident here: {} lists them", state.keymap.way(Command::Incidents)));
    };
    let incident = &story.incident;
    let is_over = incident.state == "resolved";
    match command {
        _ if story.acting.is_some() => Err(format!("{} leaves what was begun first", state.keymap.way(Command::Back))),
        Command::Acknowledge if incident.state == "acknowledged" => {
            Err(format!("{} has acknowledged it already", incident.acknowledged_by))
        }
        Command::Acknowledge | Command::HandOver | Command::Resolve if is_over => Err("it is over".to_owned()),
        Command::UndoSuspect if is_over => Err(format!(
            "it is over: {} shows the history, to undo a change from there",
            state.keymap.way(Command::History)
        )),
        Command::Export if story.timeline.value.is_none() => Err("its story is not there yet".to_owned()),
        Command::UndoSuspect if story.suspect().is_none() => {
            Err("no change of its deployments was found in the hour before".to_owned())
        }
        Command::UndoSuspect if story.taken_back().is_some() => {
            let by = story.taken_back().map_or("", |entry| text::short(&entry.commit));
            Err(format!("{by} has taken it back already"))
        }
        Command::Runbook if incident.runbook.is_empty() => Err("its rule has no runbook".to_owned()),
        _ => Ok(()),
    }
}

fn find(state: &mut State, is: impl Fn(&Story) -> bool) -> Option<&mut Story> {
    state.screens.iter_mut().find_map(|screen| match screen {
        Screen::Incident(story) if is(story) => Some(story.as_mut()),
        _ => None,
    })
}
