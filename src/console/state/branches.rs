//! The change requests: branches of the control plane on which changes are prepared.
//!
//! Guarantees: open ones stand before those that are over, the newest first; the cursor stays with its change request
//! when others come and go.

use crate::{
    console::{
        filter::{Filtered, Kind, Named, Value},
        state::{Ticket, chosen::Chosen, loaded::Loaded},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{BranchSummary, ListBranchesResponse};
use std::cmp::Reverse;

/// The list.
#[derive(Clone, Debug)]
pub struct Branches {
    /// What was told last, in the order in which it is shown.
    pub branches: Loaded<Vec<BranchSummary>>,
    /// Whether those that are over are shown as well.
    pub closed: bool,
    /// When it was last asked for (Unix milliseconds).
    pub asked: i64,
    /// Main's head when it was asked for: another one is news.
    pub main: String,
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

/// Whether it can still be changed and merged.
pub fn is_open(branch: &BranchSummary) -> bool {
    branch.state == "open"
}

impl Branches {
    /// Asked for just now.
    pub fn asked(ticket: Ticket, main: String, now: i64) -> Self {
        Self { branches: Loaded::asked(now), closed: false, asked: now, main, chosen: Chosen::default(), ticket }
    }

    /// The list has come, or not.
    pub fn set(&mut self, answer: Result<ListBranchesResponse, Problem>, now: i64) {
        let under = self.selected().map(|branch| branch.name.clone());
        self.branches.set(answer.map(|list| {
            let mut branches = list.branches;
            branches.sort_by_key(|branch| (!is_open(branch), Reverse(branch.opened_ms), branch.name.clone()));
            branches
        }));
        self.choose(now);
        let place = |name: String| self.all().iter().position(|branch| branch.name == name);
        if let Some(row) = under.and_then(place) {
            self.chosen.show(row);
        }
    }

    /// Chooses by another filter.
    pub fn set_filter(&mut self, text: String, now: i64) {
        self.chosen.set_text(text);
        self.choose(now);
    }

    fn choose(&mut self, now: i64) {
        self.chosen.choose(self.branches.value.iter().flatten(), now);
    }

    /// All that are known.
    pub fn all(&self) -> &[BranchSummary] {
        self.branches.value.as_deref().unwrap_or_default()
    }

    /// The one at this place of what is shown.
    pub fn at(&self, place: usize) -> Option<&BranchSummary> {
        self.all().get(self.chosen.at(place)?)
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&BranchSummary> {
        self.at(self.chosen.list.cursor())
    }
}

impl Filtered for BranchSummary {
    const COLUMNS: &'static [Named] = &[
        Named { word: "name", kind: Kind::Text },
        Named { word: "state", kind: Kind::Text },
        Named { word: "author", kind: Kind::Text },
        Named { word: "title", kind: Kind::Text },
        Named { word: "deployments", kind: Kind::Number },
        Named { word: "conflicts", kind: Kind::Number },
        Named { word: "approvals", kind: Kind::Number },
        Named { word: "age", kind: Kind::Span },
    ];

    fn title(&self) -> &str {
        self.name.as_str()
    }

    fn others(&self) -> Vec<&str> {
        vec![&self.title, &self.author, &self.state]
    }

    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a lifetime are exact in a float")]
    fn value(&self, column: usize, now: i64) -> Value<'_> {
        match column {
            0 => Value::text(&self.name),
            1 => Value::text(&self.state),
            2 => Value::text(&self.author),
            3 => Value::text(&self.title),
            4 => Value::Number(self.deployments.into()),
            5 => Value::Number(self.conflicts.into()),
            6 => Value::Number(self.approvals.into()),
            _ => Value::number((self.opened_ms != 0).then(|| (now - self.opened_ms) as f64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(name: &str, state: &str, opened_ms: i64, conflicts: u32) -> BranchSummary {
        let (name, state, author) = (name.to_owned(), state.to_owned(), "ann".to_owned());
        BranchSummary { name, state, author, opened_ms, conflicts, ..BranchSummary::default() }
    }

    fn told(branches: Vec<BranchSummary>) -> Result<ListBranchesResponse, Problem> {
        Ok(ListBranchesResponse { branches, ..ListBranchesResponse::default() })
    }

    fn names(list: &Branches) -> String {
        let shown = (0..list.chosen.list.len()).filter_map(|place| list.at(place));
        shown.map(|branch| branch.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn open_ones_stand_first_and_the_cursor_stays_with_its_own() {
        let mut list = Branches::asked(Ticket(1), String::new(), 0);
        list.set(told(vec![branch("over", "merged", 9, 0), branch("a", "open", 1, 0), branch("b", "open", 2, 1)]), 10);
        assert_eq!(names(&list), "b a over");
        list.chosen.list.move_by(1);
        list.set(told(vec![branch("a", "open", 1, 0), branch("c", "open", 3, 0), branch("b", "merged", 2, 0)]), 10);
        assert_eq!((names(&list).as_str(), list.selected().map(|it| it.name.as_str())), ("c a b", Some("a")));
    }

    #[test]
    fn it_is_filtered_by_what_stands_in_its_columns() {
        let day = 86_400_000;
        let mut list = Branches::asked(Ticket(1), String::new(), 0);
        list.set(told(vec![branch("old", "open", day, 2), branch("new", "open", 4 * day, 0)]), 5 * day);
        for (filter, shown) in
            [("conflicts:>0", "old"), ("age:<2d", "new"), ("author:ann", "new old"), ("state:merged", "")]
        {
            list.set_filter(filter.into(), 5 * day);
            assert_eq!(names(&list), shown, "{filter}");
        }
    }
}
