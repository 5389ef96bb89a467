//! Forwarding: a port of this machine that leads to a deployment's database, for as long as the console lives.

use crate::{
    console::{
        action::{copy, screens},
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            forwards::{Forward, Line},
            overlay::Overlay,
            prompt::{Prompt, Purpose},
            typed::Typed,
        },
        text,
    },
    hosted_api::problem::Problem,
    sql::forward::Live,
};
use std::net::SocketAddr;

/// `F`: asks for the port.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let lines = vec![
        format!("A port of 127.0.0.1 that leads to {name}, until you end it or leave the console."),
        "Which port? Empty: a free one.".to_owned(),
    ];
    let prompt = Prompt {
        title: format!("Forward {name}"),
        lines,
        input: Some(Typed::default()),
        error: None,
        enter: "forward".to_owned(),
        purpose: Purpose::Forward(name),
    };
    state.overlay = Some(Overlay::Prompt(Box::new(prompt)));
    Vec::new()
}

/// The port that was typed; none where a free one will do.
///
/// # Errors
/// When it is no port.
pub fn port(typed: &str) -> Result<Option<u16>, String> {
    match typed.trim() {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(port @ 1..) => Ok(Some(port)),
            _ => Err(format!("'{typed}' is no port: 1 to 65535, or empty for a free one")),
        },
    }
}

/// Opens it, and shows all that are open.
pub fn open(state: &mut State, name: String, port: Option<u16>) -> Vec<Effect> {
    let (ticket, since) = (state.ticket(), state.now);
    let forward = Forward { ticket, name: name.clone(), address: None, since, connections: Vec::new(), problem: None };
    state.forwards.changed(|ports| ports.push(forward));
    state.forwards.list.set_cursor(usize::MAX);
    if !matches!(state.screens.last(), Some(Screen::Forwards)) {
        screens::push(state, Screen::Forwards);
    }
    vec![Effect::Forward { ticket, name, port }]
}

/// Shows all that are open.
pub fn show(state: &mut State) -> Vec<Effect> {
    if !matches!(state.screens.last(), Some(Screen::Forwards)) {
        screens::push(state, Screen::Forwards);
    }
    Vec::new()
}

/// It listens, or not.
pub fn listens(state: &mut State, ticket: Ticket, answer: Result<SocketAddr, Problem>) -> Vec<Effect> {
    if let Some(port) = state.forwards.ports.iter_mut().find(|port| port.ticket == ticket) {
        match answer {
            Ok(address) => port.address = Some(address),
            Err(problem) => port.problem = Some(problem),
        }
    }
    Vec::new()
}

/// What is open through it now, and why the last connection ended where somebody should know.
pub fn carries(state: &mut State, ticket: Ticket, live: Vec<Live>, problem: Option<Problem>) -> Vec<Effect> {
    let now = state.now;
    state.forwards.take_in(ticket, now, live);
    if let Some(port) = state.forwards.ports.iter_mut().find(|port| port.ticket == ticket)
        && problem.is_some()
    {
        port.problem = problem;
    }
    Vec::new()
}

/// `D`: ends the connection or the port under the cursor.
pub fn end(state: &mut State) -> Vec<Effect> {
    match state.forwards.selected() {
        None => {
            let way = state.keymap.way(Command::Forward);
            state.warn(format!("nothing is forwarded: {way} on a deployment forwards it"));
            Vec::new()
        }
        Some(Line::Port(at)) => {
            let port = &state.forwards.ports[at];
            let (ticket, name) = (port.ticket, port.name.clone());
            state.forwards.changed(|ports| drop(ports.remove(at)));
            state.say(format!("{name} is forwarded no more"));
            vec![Effect::Cancel(ticket)]
        }
        Some(Line::Connection(at, index)) => {
            let port = &state.forwards.ports[at];
            let id = port.connections[index].live.id;
            vec![Effect::ForwardEnd { ticket: port.ticket, id }]
        }
    }
}

/// `y`: the line for a client.
pub fn copy_line(state: &mut State) -> Vec<Effect> {
    let at = match state.forwards.selected() {
        Some(Line::Port(at) | Line::Connection(at, _)) => at,
        None => return Vec::new(),
    };
    match state.forwards.ports.get(at).and_then(|port| port.address) {
        Some(address) => copy::put(
            state,
            format!("mysql --host={} --port={} --user=USER --password", address.ip(), address.port()),
            "the line",
        ),
        None => Vec::new(),
    }
}

/// What ends with the console, in a sentence.
pub fn losing(state: &State) -> Option<String> {
    let listening: Vec<&Forward> = state.forwards.ports.iter().filter(|port| port.address.is_some()).collect();
    let ports = match listening.as_slice() {
        [] => return None,
        [port] => format!("The port to {} is closed", port.name),
        many => format!("{} forwarded ports are closed", many.len()),
    };
    let connections = match state.forwards.open() {
        0 => String::new(),
        1 => "; 1 connection ends".to_owned(),
        many => format!("; {many} connections end"),
    };
    Some(format!("{ports}{connections}."))
}

/// What a connection has carried: up to the database, and down from it.
pub fn traffic(live: &Live) -> String {
    format!("↑ {}  ↓ {}", text::bytes(live.sent), text::bytes(live.received))
}
