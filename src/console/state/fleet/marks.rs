//! Marks on deployments: what a change of several acts on.
//!
//! Guarantees
//! - A mark is its deployment's: it stays with it when rows are sorted, filtered or told anew, and goes with it. One that
//!   was made again under the same name is another one, and has none.
//! - [`Fleet::marked`] walks the marked rows alone: no frame and no key searches a fleet of ten thousand.
//!
//! Not here: which commands act on them (`action::several`).
//!
//! Why a filter hides marks and does not take them: several filters, one after the other, are how a set is put together.
//! How many are out of sight is counted, so that nothing is acted on unawares.

use super::Fleet;
use doltops_proto::hosted_api::Deployment;
use std::collections::{BTreeMap, BTreeSet};

/// Which deployments are marked.
#[derive(Debug, Default)]
pub struct Marks {
    /// Their ids, by their names.
    ids: BTreeMap<String, String>,
    /// Where they stand among the rows, by name.
    rows: Vec<usize>,
    /// How many of them the filter hides.
    hidden: usize,
}

impl Marks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// How many of them the filter hides.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Whether a row is marked.
    pub fn has(&self, row: &Deployment) -> bool {
        self.ids.get(&row.name).is_some_and(|id| *id == row.id)
    }

    fn set(&mut self, row: &Deployment, marked: bool) {
        if marked {
            self.ids.insert(row.name.clone(), row.id.clone());
        } else {
            self.ids.remove(&row.name);
        }
    }
}

impl Fleet {
    /// The marks.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// The marked deployments, by name.
    pub fn marked(&self) -> impl Iterator<Item = &Deployment> {
        self.marks.rows.iter().filter_map(|row| self.rows.deployments.get(*row))
    }

    /// Marks the row under the cursor, or takes its mark, and goes on to the next.
    pub fn toggle_mark(&mut self) {
        let Some(row) = self.order.get(self.list.cursor()).and_then(|row| self.rows.deployments.get(*row)) else {
            return;
        };
        let marked = self.marks.has(row);
        self.marks.set(row, !marked);
        self.follow_marks();
        self.list.move_by(1);
        self.keep();
    }

    /// Marks every row that is shown; where all of them are marked, takes their marks.
    pub fn mark_shown(&mut self) {
        let all = self.order.iter().filter_map(|row| self.rows.deployments.get(*row)).all(|row| self.marks.has(row));
        self.mark_each(|_| !all);
    }

    /// Of the rows that are shown, marks those that are not, and takes the marks of the others.
    pub fn invert_marks(&mut self) {
        self.mark_each(|marked| !marked);
    }

    /// Takes all marks, also those out of sight; false where there was none.
    pub fn clear_marks(&mut self) -> bool {
        !std::mem::take(&mut self.marks).is_empty()
    }

    /// Takes all marks, to be given back with [`Fleet::put_marks_back`].
    pub fn put_marks_by(&mut self) -> Marks {
        std::mem::take(&mut self.marks)
    }

    /// Gives marks back.
    pub fn put_marks_back(&mut self, marks: Marks) {
        self.marks = marks;
        self.follow_marks();
    }

    /// Takes the mark of one.
    pub fn unmark(&mut self, name: &str) {
        self.marks.ids.remove(name);
        self.follow_marks();
    }

    fn mark_each(&mut self, marked: impl Fn(bool) -> bool) {
        for row in self.order.iter().filter_map(|row| self.rows.deployments.get(*row)) {
            let wanted = marked(self.marks.has(row));
            self.marks.set(row, wanted);
        }
        self.follow_marks();
    }

    /// Rows, their order or marks have changed.
    pub(super) fn follow_marks(&mut self) {
        let marks = &mut self.marks;
        (marks.rows, marks.hidden) = (Vec::new(), 0);
        if marks.ids.is_empty() {
            return;
        }
        marks.rows = (0..self.rows.deployments.len()).filter(|row| marks.has(&self.rows.deployments[*row])).collect();
        marks.rows.sort_by(|one, other| self.rows.deployments[*one].name.cmp(&self.rows.deployments[*other].name));
        let there: BTreeSet<&str> = marks.rows.iter().map(|row| self.rows.deployments[*row].name.as_str()).collect();
        marks.ids.retain(|name, _| there.contains(name.as_str()));
        let shown = self.order.iter().filter(|row| marks.has(&self.rows.deployments[**row])).count();
        marks.hidden = marks.ids.len() - shown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::columns::{Column, Sort};
    use proptest::prelude::*;

    fn row(name: &str, id: &str) -> Deployment {
        Deployment { name: name.into(), id: id.into(), health: "healthy".into(), ..Deployment::default() }
    }

    fn of(names: &[&str]) -> Vec<Deployment> {
        names.iter().map(|name| row(name, name)).collect()
    }

    fn marked(fleet: &Fleet) -> String {
        fleet.marked().map(|row| row.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_stay_with_their_deployments_and_go_with_them() {
        let mut fleet = Fleet::default();
        fleet.set_rows(of(&["a", "b", "c", "d"]), 0);
        fleet.toggle_mark();
        fleet.toggle_mark();
        assert_eq!((marked(&fleet).as_str(), fleet.list.cursor()), ("a b", 2));
        fleet.set_sort(Sort { column: Column::Name, descending: true });
        fleet.set_rows(of(&["d", "b", "a"]), 1);
        assert_eq!(marked(&fleet), "a b");
        fleet.set_rows(vec![row("a", "made again"), row("b", "b"), row("d", "d")], 2);
        assert_eq!((marked(&fleet).as_str(), fleet.marks().len()), ("b", 1));
        fleet.set_rows(of(&["a", "b", "d"]), 3);
        assert_eq!(marked(&fleet), "b", "what has lost its mark does not get it back");
    }

    #[test]
    fn a_filter_hides_marks_and_what_is_marked_through_it_is_added() {
        let mut fleet = Fleet::default();
        fleet.set_rows(of(&["eu-a", "eu-b", "us-a"]), 0);
        fleet.set_filter("eu".into());
        fleet.mark_shown();
        fleet.set_filter("us".into());
        assert_eq!((marked(&fleet).as_str(), fleet.marks().hidden()), ("eu-a eu-b", 2));
        fleet.invert_marks();
        assert_eq!((marked(&fleet).as_str(), fleet.marks().hidden()), ("eu-a eu-b us-a", 2));
        fleet.mark_shown();
        assert_eq!(marked(&fleet), "eu-a eu-b", "all that is shown was marked");
        assert!(fleet.clear_marks());
        assert!(!fleet.clear_marks());
    }

    proptest! {
        /// Whatever comes in whatever order: what is marked is there, is counted, and was marked by hand.
        #[test]
        fn what_is_marked_is_there(acts in prop::collection::vec((0_u8..7, 0_usize..6), 1..40)) {
            let all = of(&["a", "b", "c", "d", "e"]);
            let mut fleet = Fleet::default();
            for (act, number) in acts {
                match act {
                    0 => fleet.set_rows(all[..number.min(5)].iter().rev().cloned().collect::<Vec<_>>(), 0),
                    1 => fleet.set_filter(["", "a", "!a", "zzz", "b", "!c"][number].to_owned()),
                    2 => fleet.toggle_mark(),
                    3 => fleet.mark_shown(),
                    4 => fleet.invert_marks(),
                    5 => fleet.list.move_by(1),
                    _ => drop(fleet.clear_marks()),
                }
                let there: Vec<&Deployment> = fleet.marked().collect();
                prop_assert_eq!(there.len(), fleet.marks().len());
                prop_assert!(there.iter().all(|row| fleet.marks().has(row)));
                let shown = (0..fleet.list.len()).filter_map(|at| fleet.row(at)).filter(|row| fleet.marks().has(row));
                prop_assert_eq!(shown.count() + fleet.marks().hidden(), there.len());
            }
        }
    }
}
