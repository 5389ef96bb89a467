//! What happened while one measured: the commits that changed what is desired of a deployment, and its incidents.
//!
//! Guarantees: older commits are asked for only where the window reaches back to them, and no more than [`MOST`].
//! Incidents that are over are asked for once, and again when one that was open no longer is.

use super::range::Window;
use crate::{
    console::state::{
        Ticket,
        history::{PAGE, changes_desired},
        incidents::Board,
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{Commit, HistoryResponse, Incident, IncidentsResponse};
use std::collections::{BTreeMap, BTreeSet};

/// Commits of one deployment that are looked at: more marks than that are no marks.
const MOST: usize = 500;
/// How soon a request that failed is made again (milliseconds).
const AGAIN: i64 = 10_000;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When (Unix milliseconds).
    pub time: i64,
    /// To which deployment.
    pub deployment: String,
    /// What, in a line.
    pub text: String,
    /// An incident opened then; else somebody changed something.
    pub incident: bool,
}

/// Of one deployment.
#[derive(Clone, Debug, Default)]
struct Commits {
    /// Newest first.
    list: Vec<Commit>,
    /// There may be older ones.
    more: bool,
    /// The fleet's row named this commit when they were asked for.
    head: String,
    under_way: Option<Ticket>,
    /// When the last request failed.
    failed: Option<i64>,
}

/// What to ask for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The commit to begin before; none for the newest.
    pub before: Option<String>,
}

/// The incidents of all deployments: those that are open are told, those that are over are asked for.
#[derive(Clone, Debug, Default)]
struct Incidents {
    open: Vec<Incident>,
    over: Vec<Incident>,
    /// The board's changes when `open` was taken from it.
    seen: Option<u64>,
    /// Those that are over must be asked for.
    due: bool,
    under_way: Option<Ticket>,
    failed: Option<i64>,
}

/// Of all that are looked at.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    commits: BTreeMap<String, Commits>,
    incidents: Incidents,
}

impl Moments {
    /// What is missing of a deployment whose last commit is `head`, in a window, at `now`.
    pub fn wanted(&self, name: &str, head: &str, window: Window, now: i64) -> Option<Wanted> {
        let Some(known) = self.commits.get(name) else { return Some(Wanted { before: None }) };
        if known.under_way.is_some() || known.failed.is_some_and(|failed| now - failed < AGAIN) {
            return None;
        }
        if known.head != head || known.failed.is_some() {
            return Some(Wanted { before: None });
        }
        let oldest = known.list.last()?;
        let reaches = !known.more || known.list.len() >= MOST || oldest.time_ms < window.from;
        (!reaches).then(|| Wanted { before: Some(oldest.hash.clone()) })
    }

    /// It is asked for now.
    pub fn ask(&mut self, name: &str, head: &str, wanted: &Wanted, ticket: Ticket) {
        let known = self.commits.entry(name.to_owned()).or_default();
        if wanted.before.is_none() {
            (known.list, known.head) = (Vec::new(), head.to_owned());
        }
        known.under_way = Some(ticket);
    }

    /// An answer has come; false where it was not for this.
    pub fn answered(&mut self, ticket: Ticket, answer: &Result<HistoryResponse, Problem>, now: i64) -> bool {
        let Some(known) = self.commits.values_mut().find(|known| known.under_way == Some(ticket)) else { return false };
        known.under_way = None;
        match answer {
            Ok(page) => {
                known.failed = None;
                known.more = page.commits.len() >= PAGE as usize;
                known.list.extend(page.commits.iter().cloned());
            }
            Err(_) => known.failed = Some(now),
        }
        true
    }

    /// Takes what is open over from the board; true where those that are over must be asked for.
    pub fn follow(&mut self, board: &Board, now: i64) -> bool {
        let known = &mut self.incidents;
        if known.seen != Some(board.changes) {
            let there: BTreeSet<&str> = board.open().iter().map(|incident| incident.id.as_str()).collect();
            let ended = known.open.iter().any(|incident| !there.contains(incident.id.as_str()));
            known.due |= known.seen.is_none() || ended;
            (known.seen, known.open) = (Some(board.changes), board.open().to_vec());
        }
        let again = known.failed.is_none_or(|failed| now - failed >= AGAIN);
        known.due && known.under_way.is_none() && again
    }

    /// Those that are over are asked for now.
    pub fn ask_incidents(&mut self, ticket: Ticket) {
        (self.incidents.under_way, self.incidents.due) = (Some(ticket), false);
    }

    /// They have come; false where they were not for this.
    pub fn told(&mut self, ticket: Ticket, answer: &Result<IncidentsResponse, Problem>, now: i64) -> bool {
        let known = &mut self.incidents;
        if known.under_way != Some(ticket) {
            return false;
        }
        known.under_way = None;
        match answer {
            Ok(answer) => {
                known.over = answer.incidents.iter().filter(|it| it.state == "resolved").cloned().collect();
                known.failed = None;
            }
            Err(_) => (known.failed, known.due) = (Some(now), true),
        }
        true
    }

    /// Incidents of these deployments that opened within a window.
    fn incidents<'a>(&'a self, names: &'a [String], window: Window) -> impl Iterator<Item = Moment> + 'a {
        let opened = move |incident: &&Incident| window.between().contains(&incident.opened_ms);
        self.incidents.open.iter().chain(&self.incidents.over).filter(opened).filter_map(move |incident| {
            let whose: Vec<&str> =
                incident.deployments.iter().filter(|name| names.contains(name)).map(String::as_str).collect();
            (!whose.is_empty()).then(|| Moment {
                time: incident.opened_ms,
                deployment: whose.join(", "),
                text: format!("{}, {}: {}  {}", incident.severity, incident.state, incident.title, incident.id),
                incident: true,
            })
        })
    }

    /// What happened to these deployments within a window, oldest first.
    pub fn within(&self, names: &[String], window: Window) -> Vec<Moment> {
        let all = self.commits.iter().flat_map(|(name, known)| known.list.iter().map(move |commit| (name, commit)));
        let mut moments: Vec<Moment> = all
            .filter(|(_, commit)| window.between().contains(&commit.time_ms) && changes_desired(commit))
            .map(|(name, commit)| Moment {
                time: commit.time_ms,
                deployment: name.clone(),
                text: format!("{} {}  {}", crate::console::text::short(&commit.hash), commit.author, commit.message),
                incident: false,
            })
            .chain(self.incidents(names, window))
            .collect();
        moments.sort_by(|a, b| (a.time, &a.text, &a.deployment).cmp(&(b.time, &b.text, &b.deployment)));
        // One commit may have changed several.
        moments.dedup_by(|other, first| {
            let same = other.time == first.time && other.text == first.text;
            if same {
                first.deployment = format!("{}, {}", first.deployment, other.deployment);
            }
            same
        });
        moments
    }

    /// What is under way.
    pub fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.commits.values().filter_map(|known| known.under_way).chain(self.incidents.under_way)
    }

    /// A deployment is no longer looked at; gives what was under way.
    pub fn forget(&mut self, name: &str) -> Option<Ticket> {
        self.commits.remove(name).and_then(|known| known.under_way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosted_api::problem::Kind;
    use doltops_proto::hosted_api::CellChange;

    const ALL: Window = Window { from: 0, to: 1_000 };

    fn commit(time_ms: i64, table: &str) -> Commit {
        let changes = vec![CellChange { table: table.to_owned(), ..CellChange::default() }];
        Commit { hash: format!("c{time_ms}"), time_ms, changes, ..Commit::default() }
    }

    #[test]
    fn commits_are_asked_for_as_far_back_as_one_looks_and_again_when_there_is_a_new_one() {
        let mut moments = Moments::default();
        let newest = Wanted { before: None };
        assert_eq!(moments.wanted("a", "h1", ALL, 0), Some(newest.clone()));
        moments.ask("a", "h1", &newest, Ticket(1));
        assert_eq!(moments.wanted("a", "h1", ALL, 0), None, "one is under way");
        let page = (0..i64::from(PAGE)).map(|at| commit(900 - at, "deployments")).collect();
        assert!(moments.answered(Ticket(1), &Ok(HistoryResponse { commits: page }), 0));
        let oldest = 900 - i64::from(PAGE) + 1;
        assert_eq!(moments.wanted("a", "h1", Window { from: oldest + 1, to: 1_000 }, 0), None);
        let older = Wanted { before: Some(format!("c{oldest}")) };
        assert_eq!(moments.wanted("a", "h1", ALL, 0), Some(older.clone()));
        moments.ask("a", "h1", &older, Ticket(2));
        let page = vec![commit(5, "deployments"), commit(4, "records")];
        moments.answered(Ticket(2), &Ok(HistoryResponse { commits: page }), 0);
        let within = moments.within(&[], Window { from: 0, to: 100 });
        assert_eq!(
            within.iter().map(|moment| moment.time).collect::<Vec<_>>(),
            [5],
            "what is written down is no change"
        );
        assert_eq!(moments.wanted("a", "h2", ALL, 0), Some(newest), "somebody changed it");
    }

    #[test]
    fn incidents_are_moments_of_their_deployments_and_those_that_are_over_are_asked_for_when_one_ends() {
        let incident = |id: &str, state: &str, opened_ms: i64| Incident {
            id: id.into(),
            state: state.into(),
            opened_ms,
            deployments: vec!["a".into(), "b".into()],
            ..Incident::default()
        };
        let told = |incidents| IncidentsResponse { incidents, ..IncidentsResponse::default() };
        let (mut board, mut moments) = (Board::default(), Moments::default());
        board.set(told(vec![incident("i1", "open", 100), incident("i2", "open", 5_000)]));
        assert!(moments.follow(&board, 0), "those that are over are not known");
        moments.ask_incidents(Ticket(1));
        assert!(!moments.follow(&board, 0));
        let over = told(vec![incident("i0", "resolved", 50), incident("i1", "open", 100)]);
        assert!(moments.told(Ticket(1), &Ok(over), 0));
        let names = vec!["b".to_owned()];
        let times = |moments: &Moments| moments.within(&names, ALL).iter().map(|it| it.time).collect::<Vec<_>>();
        assert_eq!(times(&moments), [50, 100]);
        assert!(moments.within(&["c".to_owned()], ALL).is_empty());
        board.set(told(vec![incident("i2", "open", 5_000)]));
        assert!(moments.follow(&board, 0), "one has ended");
    }

    #[test]
    fn one_that_failed_is_asked_for_again_later() {
        let mut moments = Moments::default();
        moments.ask("a", "h", &Wanted { before: None }, Ticket(1));
        moments.answered(Ticket(1), &Err(Problem::new(Kind::Unreachable, "away")), 50);
        assert_eq!(moments.wanted("a", "h", ALL, 49 + AGAIN), None);
        assert!(moments.wanted("a", "h", ALL, 50 + AGAIN).is_some());
    }
}
