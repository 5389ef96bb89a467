//! What happened while one measured: the commits that changed what is desired of a deployment.
//!
//! Guarantees: older commits are asked for only where the window reaches back to them, and no more than [`MOST`].

use super::range::Window;
use crate::{
    console::state::{
        Ticket,
        history::{PAGE, changes_desired},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{Commit, HistoryResponse};
use std::collections::BTreeMap;

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

/// Of all that are looked at.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    commits: BTreeMap<String, Commits>,
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

    /// What happened within a window, oldest first.
    pub fn within(&self, window: Window) -> Vec<Moment> {
        let all = self.commits.iter().flat_map(|(name, known)| known.list.iter().map(move |commit| (name, commit)));
        let mut moments: Vec<Moment> = all
            .filter(|(_, commit)| window.between().contains(&commit.time_ms) && changes_desired(commit))
            .map(|(name, commit)| Moment {
                time: commit.time_ms,
                deployment: name.clone(),
                text: format!("{} {}  {}", crate::console::text::short(&commit.hash), commit.author, commit.message),
            })
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
        self.commits.values().filter_map(|known| known.under_way)
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
        let within = moments.within(Window { from: 0, to: 100 });
        assert_eq!(
            within.iter().map(|moment| moment.time).collect::<Vec<_>>(),
            [5],
            "what is written down is no change"
        );
        assert_eq!(moments.wanted("a", "h2", ALL, 0), Some(newest), "somebody changed it");
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
