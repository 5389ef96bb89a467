//! Which commit gave each value that is desired of a deployment.

use crate::{
    console::state::{Ticket, list::List, loaded::Loaded},
    hosted_api::{blame, problem::Problem},
};
use doltops_proto::hosted_api::{BlameResponse, BlamedCell};

/// The values, and where they are from.
#[derive(Clone, Debug)]
pub struct Blame {
    /// Of which deployment.
    pub name: String,
    /// What is known; a commit that is not known yet is empty.
    pub cells: Loaded<Vec<BlamedCell>>,
    /// The cursor.
    pub list: List,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Blame {
    /// Asked for just now.
    pub fn asked(name: String, ticket: Ticket, now: i64) -> Self {
        Self { name, cells: Loaded::asked(now), list: List::default(), ticket }
    }

    /// An answer has come; gives where the next one begins, while the commit of a cell is not known.
    pub fn add(&mut self, answer: Result<BlameResponse, Problem>, now: i64) -> Option<String> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(problem) => {
                self.cells.set(Err(problem));
                return None;
            }
        };
        let mut cells = self.cells.value.take().unwrap_or_default();
        blame::add_older(&mut cells, answer.cells);
        let known = cells.iter().all(|cell| !cell.commit.is_empty());
        self.list.set_len(cells.len());
        self.cells.set(Ok(cells));
        let next = Some(answer.before).filter(|before| !known && !before.is_empty());
        self.cells.since = next.is_some().then_some(now);
        next
    }

    /// The cell under the cursor.
    pub fn selected(&self) -> Option<&BlamedCell> {
        self.cells.value.as_ref()?.get(self.list.cursor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_on_until_each_value_has_its_commit() {
        let cell =
            |name: &str, commit: &str| BlamedCell { cell: name.into(), commit: commit.into(), ..BlamedCell::default() };
        let answer = |cells, before: &str| Ok(BlameResponse { cells, before: before.into() });
        let mut blame = Blame::asked("orders".into(), Ticket(1), 0);
        let next = blame.add(answer(vec![cell("power", "c9"), cell("volume_gib", "")], "c5"), 7);
        assert_eq!((next.as_deref(), blame.cells.since), (Some("c5"), Some(7)));
        assert_eq!(blame.add(answer(vec![cell("power", "c1"), cell("volume_gib", "c2")], "c1"), 8), None);
        let commits: Vec<&str> = blame.cells.value.iter().flatten().map(|cell| cell.commit.as_str()).collect();
        assert_eq!((commits, blame.cells.since), (vec!["c9", "c2"], None));
    }
}
