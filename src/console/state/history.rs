//! Commits, newest first, of one deployment or of the whole control plane.

use crate::console::state::{Ticket, list::List, loaded::Loaded};
use doltops_proto::hosted_api::{Commit, HistoryResponse};

/// How many commits are asked for at a time: more than any screen is high, and quick to read.
pub const PAGE: u32 = 100;

/// Whether a commit changed what people ask for; the others write down what came of it.
pub fn changes_desired(commit: &Commit) -> bool {
    commit.changes.iter().any(|change| is_desired(&change.table))
}

/// Whether a table holds what people ask for.
pub fn is_desired(table: &str) -> bool {
    DESIRED.contains(&table)
}

/// The tables that a roll-back takes back, in the order in which they are shown.
pub const DESIRED: [&str; 2] = ["deployments", "settings"];

/// A list of commits.
#[derive(Clone, Debug)]
pub struct History {
    /// Of which deployment; none for all.
    pub name: Option<String>,
    /// What was loaded, oldest last.
    pub commits: Loaded<Vec<Commit>>,
    /// The cursor over it.
    pub list: List,
    /// The first line in view of what the commit under the cursor changed.
    pub scroll: usize,
    /// Put the cursor on the newest commit that begins so, once it is loaded.
    pub wanted: Option<String>,
    /// There may be older ones.
    pub more: bool,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl History {
    /// Asked for just now.
    pub fn asked(name: Option<String>, ticket: Ticket, now: i64) -> Self {
        Self { name, commits: Loaded::asked(now), list: List::default(), scroll: 0, wanted: None, more: false, ticket }
    }

    /// The commit under the cursor.
    pub fn selected(&self) -> Option<&Commit> {
        self.commits.value.as_ref()?.get(self.list.cursor())
    }

    /// Puts the cursor on the commit that is wanted, if it is loaded.
    pub fn arrive(&mut self) {
        let Some(start) = &self.wanted else { return };
        let known = self.commits.value.as_deref().unwrap_or_default();
        if let Some(place) = known.iter().position(|commit| commit.hash.starts_with(start.as_str())) {
            self.list.set_cursor(place);
            self.scroll = 0;
            self.wanted = None;
        }
    }

    /// After which commit the next page begins, when the cursor has come to the end and one may be there.
    pub fn next_page(&self) -> Option<String> {
        let wanted = self.more && self.commits.since.is_none() && self.list.at_end();
        wanted.then(|| self.commits.value.as_ref()?.last().map(|commit| commit.hash.clone())).flatten()
    }

    /// A page has come: the first, or the one after what is there.
    pub fn add(&mut self, answer: Result<HistoryResponse, crate::hosted_api::problem::Problem>) {
        let known = self.commits.value.take().unwrap_or_default();
        match answer {
            Ok(page) => {
                self.more = page.commits.len() >= PAGE as usize;
                self.commits.set(Ok(known.into_iter().chain(page.commits).collect()));
            }
            Err(problem) => {
                self.commits.value = Some(known).filter(|known| !known.is_empty());
                self.commits.set(Err(problem));
            }
        }
        self.list.set_len(self.commits.value.as_ref().map_or(0, Vec::len));
    }
}
