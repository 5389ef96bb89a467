//! What is wrong now, as the control plane tells it, and the list of it.
//!
//! Guarantees: an incident is announced once, and none of those that were there at the first word; the cursor of the
//! list stays with its incident when others come and go.

use crate::{
    console::state::{Ticket, list::List},
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{Incident, IncidentsResponse};
use std::{cmp::Reverse, collections::BTreeSet};

/// The open incidents, always followed: the title counts them, rows show theirs.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Those that are not over, the worst first.
    open: Vec<Incident>,
    /// Told already.
    announced: BTreeSet<String>,
    /// Whether an answer was ever there.
    pub known: bool,
    /// Who is paged first now; empty: nobody is configured.
    pub on_call: String,
    /// Why no newer ones come.
    pub problem: Option<Problem>,
}

/// How bad, for sorting: the worst is the highest.
pub fn rank(severity: &str) -> u8 {
    match severity {
        "critical" => 3,
        "error" => 2,
        "warning" => 1,
        _ => 0,
    }
}

/// What needs a person first: open before over, unseen before seen, worse before better, newer before older.
pub fn sort(incidents: &mut [Incident]) {
    let state = |incident: &Incident| match incident.state.as_str() {
        "open" => 0,
        "acknowledged" => 1,
        _ => 2,
    };
    incidents.sort_by_key(|incident| {
        (state(incident), Reverse(rank(&incident.severity)), Reverse(incident.opened_ms), incident.id.clone())
    });
}

impl Board {
    /// Those that are open now; gives those that nobody was told of yet.
    pub fn set(&mut self, answer: IncidentsResponse) -> Vec<Incident> {
        let first = !self.known;
        (self.known, self.on_call, self.problem) = (true, answer.on_call, None);
        self.open = answer.incidents.into_iter().filter(|incident| incident.state != "resolved").collect();
        sort(&mut self.open);
        let mut news = Vec::new();
        for incident in &self.open {
            if self.announced.insert(incident.id.clone()) && !first {
                news.push(incident.clone());
            }
        }
        // What is over is let go of; an incident that opens again has another id.
        self.announced.retain(|id| self.open.iter().any(|incident| incident.id == *id));
        news
    }

    /// One of them as it is after a change, before the next word of the stream.
    pub fn put(&mut self, changed: &Incident) {
        self.open.retain(|incident| incident.id != changed.id);
        // The person who opened it is not told of it again.
        self.announced.insert(changed.id.clone());
        if changed.state != "resolved" {
            self.open.push(changed.clone());
            sort(&mut self.open);
        }
    }

    /// Those that are open.
    pub fn open(&self) -> &[Incident] {
        &self.open
    }

    /// The worst that a deployment has.
    pub fn of(&self, deployment: &str) -> Option<&Incident> {
        let its = self.open.iter().filter(|incident| incident.deployments.iter().any(|name| name == deployment));
        // The first of those that are as bad: nobody has seen it.
        its.min_by_key(|incident| Reverse(rank(&incident.severity)))
    }

    /// One by its id.
    pub fn find(&self, id: &str) -> Option<&Incident> {
        self.open.iter().find(|incident| incident.id == id)
    }

    /// The word for the worst; empty where there is none.
    pub fn worst(&self) -> &str {
        self.open.iter().map(|incident| incident.severity.as_str()).max_by_key(|word| rank(word)).unwrap_or_default()
    }
}

/// The screen that lists them.
#[derive(Clone, Debug)]
pub struct Incidents {
    /// Those that are over, once they were asked for.
    pub over: Option<Vec<Incident>>,
    /// Whether those that are over are shown as well.
    pub resolved: bool,
    /// Since when they are awaited.
    pub since: Option<i64>,
    /// Why they did not come.
    pub problem: Option<Problem>,
    /// The cursor.
    pub list: List,
    /// The incident that it stays with.
    selected: Option<String>,
    /// What stands in the list, in its order.
    rows: Vec<Incident>,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Incidents {
    /// Of those that are open.
    pub fn new(board: &Board, ticket: Ticket) -> Self {
        let mut new = Self {
            over: None,
            resolved: false,
            since: None,
            problem: None,
            list: List::default(),
            selected: None,
            rows: Vec::new(),
            ticket,
        };
        new.arrange(board);
        new
    }

    /// The rows, in their order.
    pub fn rows(&self) -> &[Incident] {
        &self.rows
    }

    /// The incident under the cursor.
    pub fn selected(&self) -> Option<&Incident> {
        self.rows.get(self.list.cursor())
    }

    /// Puts the cursor on one of them.
    pub fn select(&mut self, id: &str) {
        if let Some(place) = self.rows.iter().position(|incident| incident.id == id) {
            self.list.set_cursor(place);
            self.keep();
        }
    }

    /// The cursor was moved: it stays with what it is on now.
    pub fn keep(&mut self) {
        self.selected = self.selected().map(|incident| incident.id.clone());
    }

    /// What is open, or what is shown, has changed.
    pub fn arrange(&mut self, board: &Board) {
        self.rows = board.open().to_vec();
        if self.resolved {
            let mut over: Vec<Incident> = self.over.clone().unwrap_or_default();
            over.retain(|incident| incident.state == "resolved");
            over.sort_by_key(|incident| Reverse(incident.resolved_ms));
            self.rows.extend(over);
        }
        self.list.set_len(self.rows.len());
        let place = |id: &String| self.rows.iter().position(|incident| incident.id == *id);
        if let Some(place) = self.selected.as_ref().and_then(place) {
            self.list.set_cursor(place);
        }
        self.keep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(id: &str, severity: &str, state: &str, opened_ms: i64) -> Incident {
        Incident {
            id: id.into(),
            severity: severity.into(),
            state: state.into(),
            opened_ms,
            deployments: vec!["orders".into()],
            ..Incident::default()
        }
    }

    fn told(incidents: Vec<Incident>) -> IncidentsResponse {
        IncidentsResponse { incidents, ..IncidentsResponse::default() }
    }

    fn ids(incidents: &[Incident]) -> String {
        incidents.iter().map(|incident| incident.id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_needs_a_person_comes_first_and_only_what_is_new_is_announced() {
        let mut board = Board::default();
        let first = vec![incident("a", "critical", "acknowledged", 1), incident("b", "warning", "open", 2)];
        assert!(board.set(told(first.clone())).is_empty(), "what was there at the start is in the title");
        assert_eq!(ids(board.open()), "b a");
        let more = [first, vec![incident("c", "error", "open", 3), incident("d", "error", "resolved", 3)]].concat();
        assert_eq!(ids(&board.set(told(more.clone()))), "c");
        assert!(board.set(told(more)).is_empty());
        assert_eq!((ids(board.open()).as_str(), board.worst()), ("c b a", "critical"));
        assert_eq!(board.of("orders").map(|incident| incident.id.as_str()), Some("a"));
        assert!(board.of("billing").is_none());
    }

    #[test]
    fn the_cursor_stays_with_its_incident() {
        let mut board = Board::default();
        board.set(told(vec![incident("a", "error", "open", 1), incident("b", "error", "open", 2)]));
        let mut list = Incidents::new(&board, Ticket(1));
        list.list.set_cursor(1);
        list.keep();
        board.set(told(vec![incident("a", "error", "open", 1), incident("c", "critical", "open", 3)]));
        list.arrange(&board);
        assert_eq!(list.selected().map(|incident| incident.id.as_str()), Some("a"));
        board.put(&incident("a", "error", "resolved", 1));
        list.arrange(&board);
        assert_eq!(ids(list.rows()), "c");
    }
}
