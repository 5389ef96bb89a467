//! What is wrong now, as the control plane tells it, and the list of it.
//!
//! Guarantees: an incident is announced once, and none of those that were there at the first word; the cursor of the
//! list stays with its incident when others come and go.

use crate::{
    console::{
        filter::{Filter, Filtered, Kind, Named, Value},
        state::{Ticket, list::List},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{Incident, IncidentsResponse};
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

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
    /// Rises with each change of what is open.
    pub changes: u64,
}

/// The worst open incident of a deployment, as the fleet's table filters and sorts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worst {
    /// How bad; see [`rank`].
    pub rank: u8,
    /// Its severity and title.
    pub said: String,
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
        self.changes += 1;
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
        self.changes += 1;
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

    /// The worst of each deployment that has any.
    pub fn worst_of_each(&self) -> BTreeMap<String, Worst> {
        let mut worst: BTreeMap<String, Worst> = BTreeMap::new();
        // The first of those that are as bad, as in [`Board::of`].
        for incident in &self.open {
            let rank = rank(&incident.severity);
            for name in &incident.deployments {
                if worst.get(name).is_none_or(|other| other.rank < rank) {
                    let said = format!("{} {}", incident.severity, incident.title);
                    worst.insert(name.clone(), Worst { rank, said });
                }
            }
        }
        worst
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
    /// By what they are chosen.
    filter: String,
    /// What of that cannot be read.
    wrong: Vec<String>,
    /// How many there are with those that it hides.
    all: usize,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Incidents {
    /// Of those that are open and that a filter lets through, at `now`.
    pub fn new(board: &Board, ticket: Ticket, filter: String, now: i64) -> Self {
        let mut new = Self {
            over: None,
            resolved: false,
            since: None,
            problem: None,
            list: List::default(),
            selected: None,
            rows: Vec::new(),
            filter,
            wrong: Vec::new(),
            all: 0,
            ticket,
        };
        new.arrange(board, now);
        new
    }

    /// The rows, in their order.
    pub fn rows(&self) -> &[Incident] {
        &self.rows
    }

    /// By what they are chosen, and what of it cannot be read.
    pub fn filter(&self) -> (&str, &[String]) {
        (&self.filter, &self.wrong)
    }

    /// How many there are with those that the filter hides.
    pub fn all(&self) -> usize {
        self.all
    }

    /// Chooses by another filter.
    pub fn set_filter(&mut self, filter: String, board: &Board, now: i64) {
        self.filter = filter;
        self.arrange(board, now);
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
    pub fn arrange(&mut self, board: &Board, now: i64) {
        self.rows = board.open().to_vec();
        if self.resolved {
            let mut over: Vec<Incident> = self.over.clone().unwrap_or_default();
            over.retain(|incident| incident.state == "resolved");
            over.sort_by_key(|incident| Reverse(incident.resolved_ms));
            self.rows.extend(over);
        }
        self.all = self.rows.len();
        let mut filter = Filter::read::<Incident>(&self.filter);
        self.rows.retain(|incident| filter.keeps(incident, now));
        self.wrong = filter.wrong;
        self.list.set_len(self.rows.len());
        let place = |id: &String| self.rows.iter().position(|incident| incident.id == *id);
        if let Some(place) = self.selected.as_ref().and_then(place) {
            self.list.set_cursor(place);
        }
        self.keep();
    }
}

impl Filtered for Incident {
    const COLUMNS: &'static [Named] = &[
        Named { word: "severity", kind: Kind::Text },
        Named { word: "state", kind: Kind::Text },
        Named { word: "deployment", kind: Kind::Text },
        Named { word: "rule", kind: Kind::Text },
        Named { word: "who", kind: Kind::Text },
        Named { word: "age", kind: Kind::Span },
    ];

    fn title(&self) -> &str {
        &self.title
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        let texts =
            [&self.id, &self.severity, &self.state, &self.rule, &self.assignee, &self.impact, &self.description];
        texts.into_iter().chain(&self.deployments).map(String::as_str)
    }

    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a lifetime are exact in a float")]
    fn value(&self, column: usize, now: i64) -> Value<'_> {
        match column {
            0 => Value::text(&self.severity),
            1 => Value::text(&self.state),
            2 => Value::Text(Cow::Owned(self.deployments.join(", "))),
            // As it is read in the list: one that no rule opened was opened by a person.
            3 => Value::text(if self.rule.is_empty() { "person" } else { &self.rule }),
            4 => Value::text(&self.assignee),
            _ => Value::number((self.opened_ms != 0).then(|| (now - self.opened_ms) as f64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_chooses_among_them_and_the_cursor_stays() {
        let day = 86_400_000;
        let mut board = Board::default();
        let mut old = incident("a", "error", "open", 1);
        (old.rule, old.title) = ("disk-full".into(), "orders is filling".into());
        let mut new = incident("b", "warning", "acknowledged", 3 * day);
        (new.assignee, new.deployments) = ("op1".into(), vec!["billing".into()]);
        board.set(told(vec![old, new]));
        let mut list = Incidents::new(&board, Ticket(1), String::new(), 3 * day);
        list.select("b");
        for (filter, shown) in [
            ("severity:error", "a"),
            ("state:ack", "b"),
            ("deployment:billing", "b"),
            ("rule:disk", "a"),
            ("rule:person", "b"),
            ("age:>2d", "a"),
            ("who:op1 !severity:error", "b"),
            ("filling", "a"),
            ("sevrity:x", "a b"),
            ("", "a b"),
        ] {
            list.set_filter(filter.into(), &board, 3 * day);
            assert_eq!(ids(list.rows()), shown, "{filter}");
            assert_eq!((list.all(), list.list.len()), (2, list.rows().len()));
        }
    }

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
        let mut list = Incidents::new(&board, Ticket(1), String::new(), 0);
        list.list.set_cursor(1);
        list.keep();
        board.set(told(vec![incident("a", "error", "open", 1), incident("c", "critical", "open", 3)]));
        list.arrange(&board, 0);
        assert_eq!(list.selected().map(|incident| incident.id.as_str()), Some("a"));
        board.put(&incident("a", "error", "resolved", 1));
        list.arrange(&board, 0);
        assert_eq!(ids(list.rows()), "c");
    }
}
