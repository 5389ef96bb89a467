//! What a database's history has that it should not have: a curve for each watched figure, and the commits that are
//! flagged in it.
//!
//! Guarantees
//! - Figures that are flagged stand first, the one with the newest flag on top; the others by their names.
//! - Which flag of a figure is looked at is the newest until another is asked for.
//!
//! Not here: counting and judging (`checks`).

use super::{Ticket, chosen::Chosen, list::List, loaded::Loaded};
use crate::{
    checks::{
        curves::{Curve, Flag},
        history::Progress,
    },
    console::filter::{Filtered, Kind, Named, Value},
};
use std::{borrow::Cow, cmp::Reverse, sync::Arc};

/// What a check came to.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The database.
    pub database: String,
    /// Its newest commit.
    pub head: String,
    /// Commits that were ever looked at, and those that were now.
    pub commits: (usize, usize),
    /// Rows that were read now.
    pub rows_read: u64,
    /// Every watched figure and every constraint.
    pub curves: Vec<Curve>,
    /// What was found and is not accepted.
    pub findings: usize,
    /// What was found and is accepted by the rules.
    pub accepted: usize,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// The screen.
#[derive(Clone, Debug)]
pub struct Checks {
    /// Of which deployment; none: of the control plane itself.
    pub name: Option<String>,
    /// Which of its databases; none while that is not known.
    pub database: Option<String>,
    /// Those to choose from, where there are several.
    pub databases: Vec<String>,
    /// The cursor over those.
    pub list: List,
    /// What is known.
    pub checked: Loaded<Checked>,
    /// How far it is.
    pub progress: Progress,
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
    /// How many flags before the newest one is looked at, of the figure at this place.
    back: (usize, usize),
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Checks {
    /// Asked for just now.
    pub fn asked(name: Option<String>, database: Option<String>, ticket: Ticket, now: i64) -> Self {
        Self {
            name,
            database,
            databases: Vec::new(),
            list: List::default(),
            checked: Loaded::asked(now),
            progress: Progress::default(),
            chosen: Chosen::default(),
            back: (0, 0),
            ticket,
        }
    }

    /// Whether a database is to be chosen first.
    pub fn is_choosing(&self) -> bool {
        self.database.is_none() && !self.databases.is_empty()
    }

    /// The list that arrows move.
    pub fn cursor(&mut self) -> &mut List {
        if self.is_choosing() { &mut self.list } else { &mut self.chosen.list }
    }

    /// A database is to be chosen.
    pub fn choose_of(&mut self, databases: Vec<String>) {
        self.list.set_len(databases.len());
        self.databases = databases;
        self.checked.since = None;
    }

    /// Back to the choice of a database, where there was one; false where there was none.
    pub fn choose_again(&mut self, ticket: Ticket) -> bool {
        if self.databases.is_empty() || self.database.is_none() {
            return false;
        }
        let (databases, list) = (std::mem::take(&mut self.databases), std::mem::take(&mut self.list));
        *self = Self::asked(self.name.take(), None, ticket, 0);
        (self.databases, self.list, self.checked.since) = (databases, list, None);
        true
    }

    /// What was counted is here.
    pub fn set(&mut self, mut checked: Checked, now: i64) {
        // By the newest flag first; without one by name. Stable: figures of a column keep their order.
        checked.curves.sort_by(|one, other| key(one).cmp(&key(other)));
        self.database = Some(checked.database.clone());
        self.chosen.choose(&checked.curves, now);
        self.checked.set(Ok(checked));
    }

    /// Chooses by another filter.
    pub fn set_filter(&mut self, text: String, now: i64) {
        self.chosen.set_text(text);
        if let Some(checked) = &self.checked.value {
            self.chosen.choose(&checked.curves, now);
        }
    }

    /// The figure at this place of what is shown.
    pub fn at(&self, place: usize) -> Option<&Curve> {
        self.checked.value.as_ref()?.curves.get(self.chosen.at(place)?)
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Curve> {
        self.at(self.chosen.list.cursor())
    }

    /// The flag of it that is looked at, and which one it is, from 1 on.
    pub fn flag(&self) -> Option<(usize, &Arc<Flag>)> {
        let flags = &self.selected()?.flags;
        let at = flags.len().checked_sub(1)?.saturating_sub(self.back());
        Some((at + 1, flags.get(at)?))
    }

    /// How far back the flag before is, or the next one; none at the end.
    pub fn beside(&self, older: bool) -> Option<usize> {
        let count = self.selected().map_or(0, |curve| curve.flags.len());
        let back = if older { self.back().checked_add(1) } else { self.back().checked_sub(1) };
        back.filter(|back| *back < count)
    }

    /// To the flag before, or the next one; false at the end.
    pub fn step(&mut self, older: bool) -> bool {
        let Some(back) = self.beside(older) else { return false };
        self.back = (self.chosen.list.cursor(), back);
        true
    }

    /// Another figure begins with its newest flag.
    fn back(&self) -> usize {
        let (of, back) = self.back;
        if of == self.chosen.list.cursor() { back } else { 0 }
    }
}

fn key(curve: &Curve) -> (Reverse<Option<usize>>, &str, &str) {
    (Reverse(curve.flags.last().map(|flag| flag.place)), &curve.table, &curve.column)
}

/// `orders.amount`, `orders`, or a constraint's name.
pub fn title(curve: &Curve) -> Cow<'_, str> {
    match (curve.table.as_str(), curve.column.as_str()) {
        ("", name) => Cow::Borrowed(name),
        (table, "") => Cow::Borrowed(table),
        (table, column) => Cow::Owned(format!("{table}.{column}")),
    }
}

impl Filtered for Curve {
    const COLUMNS: &'static [Named] = &[
        Named { word: "table", kind: Kind::Text },
        Named { word: "column", kind: Kind::Text },
        Named { word: "figure", kind: Kind::Text },
        Named { word: "kind", kind: Kind::Text },
        Named { word: "flagged", kind: Kind::Number },
        Named { word: "now", kind: Kind::Number },
    ];

    fn title(&self) -> &str {
        if self.column.is_empty() { &self.table } else { &self.column }
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        let flags = self.flags.iter().flat_map(|flag| [flag.kind, flag.commit.hash.as_str(), &flag.commit.message]);
        [self.table.as_str(), self.figure].into_iter().chain(flags)
    }

    #[allow(clippy::cast_precision_loss, reason = "a history has fewer commits than 2^52")]
    fn value(&self, column: usize, _now: i64) -> Value<'_> {
        match column {
            0 => Value::text(&self.table),
            1 => Value::text(&self.column),
            2 => Value::text(self.figure),
            3 => {
                let kinds: Vec<&str> = self.flags.iter().map(|flag| flag.kind).collect();
                Value::Text(Cow::Owned(kinds.join(" ")))
            }
            4 => Value::Number(self.flags.len() as f64),
            _ => Value::number(self.now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{history::Evidence, report::CommitReport};

    fn curve(column: &str, figure: &'static str, places: &[usize]) -> Curve {
        let flag = |place: &usize| {
            Arc::new(Flag {
                place: *place,
                commit: CommitReport::default(),
                until: CommitReport::default(),
                table: "orders".into(),
                column: column.into(),
                kind: "nulls",
                what: String::new(),
                evidence: Evidence::default(),
                sign: None,
                columns: Vec::new(),
                diff: None,
            })
        };
        let flags = places.iter().map(flag).collect();
        Curve { table: "orders".into(), column: column.into(), figure, flags, ..Curve::default() }
    }

    fn checks() -> Checks {
        let mut checks = Checks::asked(Some("orders".into()), None, Ticket(1), 0);
        let curves =
            vec![curve("status", "mean", &[]), curve("amount", "mean", &[3]), curve("email", "nulls", &[2, 9])];
        checks.set(Checked { database: "shop".into(), curves, ..Checked::default() }, 0);
        checks
    }

    fn shown(checks: &Checks) -> String {
        let shown = (0..checks.chosen.list.len()).filter_map(|place| checks.at(place));
        shown.map(|curve| curve.column.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_flagged_last_stands_first() {
        assert_eq!(shown(&checks()), "email amount status");
    }

    #[test]
    fn one_steps_from_flag_to_flag() {
        let mut checks = checks();
        assert_eq!(checks.flag().map(|(at, flag)| (at, flag.place)), Some((2, 9)));
        assert!(!checks.step(false), "it is the newest");
        assert!(checks.step(true));
        assert_eq!(checks.flag().map(|(at, flag)| (at, flag.place)), Some((1, 2)));
        assert!(!checks.step(true), "it is the oldest");
    }

    #[test]
    fn figures_are_filtered_by_what_they_are_and_by_their_flags() {
        let mut checks = checks();
        for (filter, expected) in [
            ("flagged:>0", "email amount"),
            ("figure:nulls", "email"),
            ("kind:nulls !email", "amount"),
            ("stat", "status"),
        ] {
            checks.set_filter(filter.into(), 0);
            assert_eq!(shown(&checks), expected, "{filter}");
        }
    }
}
