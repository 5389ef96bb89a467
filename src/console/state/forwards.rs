//! Ports of this machine that lead to databases, and the connections through them.
//!
//! Guarantees: the list has a line for each port, each followed by its connections, in the order in which they came.

use crate::{
    console::state::{Ticket, list::List},
    hosted_api::problem::Problem,
    sql::forward::Live,
};
use std::net::SocketAddr;

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// What it has carried.
    pub live: Live,
    /// Since when (Unix milliseconds).
    pub since: i64,
}

/// One port.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Names it.
    pub ticket: Ticket,
    /// To which deployment.
    pub name: String,
    /// Where it listens; none while it is being opened.
    pub address: Option<SocketAddr>,
    /// Since when (Unix milliseconds).
    pub since: i64,
    /// What is open.
    pub connections: Vec<Connection>,
    /// Why it does not listen, or why its last connection ended.
    pub problem: Option<Problem>,
}

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The port at this place.
    Port(usize),
    /// A connection of it, at this place.
    Connection(usize, usize),
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Forwards {
    /// In the order in which they were opened.
    pub ports: Vec<Forward>,
    /// The cursor over the lines.
    pub list: List,
}

impl Forwards {
    /// The lines.
    pub fn lines(&self) -> Vec<Line> {
        let of = |(at, port): (usize, &Forward)| {
            std::iter::once(Line::Port(at))
                .chain((0..port.connections.len()).map(move |index| Line::Connection(at, index)))
        };
        self.ports.iter().enumerate().flat_map(of).collect()
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Option<Line> {
        self.lines().get(self.list.cursor()).copied()
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.ports.iter().map(|port| port.connections.len()).sum()
    }

    /// Something has come or gone; the cursor stays on what it was on, while that is there.
    pub fn changed(&mut self, change: impl FnOnce(&mut Vec<Forward>)) {
        let before = self.selected().map(|line| self.name(line));
        change(&mut self.ports);
        let lines = self.lines();
        self.list.set_len(lines.len());
        if let Some(at) = lines.iter().position(|line| Some(self.name(*line)) == before) {
            self.list.set_cursor(at);
        }
    }

    fn name(&self, line: Line) -> (Option<Ticket>, Option<u64>) {
        match line {
            Line::Port(at) => (self.ports.get(at).map(|port| port.ticket), None),
            Line::Connection(at, index) => {
                let port = self.ports.get(at);
                (
                    port.map(|port| port.ticket),
                    port.and_then(|port| port.connections.get(index)).map(|open| open.live.id),
                )
            }
        }
    }

    /// The port of this ticket takes what is open through it now.
    pub fn take_in(&mut self, ticket: Ticket, now: i64, live: Vec<Live>) {
        self.changed(|ports| {
            let Some(port) = ports.iter_mut().find(|port| port.ticket == ticket) else { return };
            let since =
                |id: u64| port.connections.iter().find(|open| open.live.id == id).map_or(now, |open| open.since);
            port.connections = live.into_iter().map(|live| Connection { since: since(live.id), live }).collect();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(id: u64) -> Live {
        Live { id, from: SocketAddr::from(([127, 0, 0, 1], 5000)), sent: 0, received: 0 }
    }

    #[test]
    fn the_cursor_stays_on_its_connection_and_ages_stay() {
        let mut forwards = Forwards::default();
        let port = |ticket| Forward {
            ticket: Ticket(ticket),
            name: "orders".into(),
            address: None,
            since: 0,
            connections: Vec::new(),
            problem: None,
        };
        forwards.changed(|ports| ports.extend([port(1), port(2)]));
        forwards.take_in(Ticket(2), 10, vec![live(7), live(8)]);
        forwards.list.set_cursor(3);
        assert_eq!(forwards.selected(), Some(Line::Connection(1, 1)));
        forwards.take_in(Ticket(1), 20, vec![live(3)]);
        forwards.take_in(Ticket(2), 30, vec![live(8), live(9)]);
        assert_eq!(forwards.selected(), Some(Line::Connection(1, 0)));
        assert_eq!(forwards.ports[1].connections.iter().map(|open| open.since).collect::<Vec<_>>(), [10, 30]);
        assert_eq!(forwards.open(), 3);
    }
}
