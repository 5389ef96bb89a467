//! The deployments as last seen, their order, and the cursor.
//!
//! Guarantees: the cursor stays with its deployment when the order changes; `order` holds indices of `rows` only. Marks
//! are in `marks`.

mod marks;

use self::marks::Marks;
use crate::console::{
    filter::{Filter, Value, natural},
    state::{
        columns::{Column, Row, Sort, USUAL},
        incidents::Worst,
        list::List,
    },
    told::Rows,
};
use doltops_proto::hosted_api::{Deployment, Observed, Sample};
use std::{cmp::Ordering, collections::BTreeMap};

/// The table's contents.
#[derive(Debug)]
pub struct Fleet {
    rows: Rows,
    /// All of them by name, which is the order of those that are alike in what they are sorted by.
    by_name: Vec<usize>,
    order: Vec<usize>,
    /// The longest name's columns.
    name_width: usize,
    /// How many have each health, by its rank: counted once, not with every frame.
    counts: BTreeMap<(u8, String), usize>,
    /// The cursor over `order`.
    pub list: List,
    /// The deployment that the cursor is on, and stays with.
    selected: Option<String>,
    /// The one that it goes to as soon as it is there, or shown again.
    claim: Option<String>,
    /// What a change of several acts on.
    marks: Marks,
    /// The worst open incident of each deployment that has any.
    incidents: BTreeMap<String, Worst>,
    filter: String,
    wrong: Vec<String>,
    sort: Sort,
    /// Which columns are shown, in this order; the name is always among them.
    pub columns: Vec<Column>,
    /// By the control plane's clock, when the rows came: spans of time are filtered and sorted by it.
    now: i64,
    /// Whether an answer was ever there.
    pub known: bool,
    /// Main's head then.
    pub commit: String,
    /// The store then: `up`, or what is wrong.
    pub store: String,
    /// Who acts while the daemon that told it stands by; empty: that one.
    pub acts: String,
}

/// Ranks health for sorting: what needs a person first, what is stopped on purpose last.
pub fn rank(health: &str) -> u8 {
    match health {
        "failed" => 0,
        "unreachable" => 1,
        "degraded" => 2,
        "starting" => 3,
        "healthy" => 5,
        "stopped" => 6,
        _ => 4,
    }
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            rows: Rows::default(),
            by_name: Vec::new(),
            order: Vec::new(),
            name_width: 0,
            counts: BTreeMap::new(),
            list: List::default(),
            selected: None,
            claim: None,
            marks: Marks::default(),
            incidents: BTreeMap::new(),
            filter: String::new(),
            wrong: Vec::new(),
            sort: Sort::default(),
            columns: USUAL.to_vec(),
            now: 0,
            known: false,
            commit: String::new(),
            store: String::new(),
            acts: String::new(),
        }
    }
}

impl Fleet {
    /// New rows as of `now` (by the control plane's clock), sorted and filtered as before.
    pub fn set_rows(&mut self, rows: impl Into<Rows>, now: i64) {
        self.now = now;
        self.rows = rows.into();
        let rows = &self.rows.deployments;
        self.name_width = rows.iter().map(|row| crate::console::text::width(&row.name)).max().unwrap_or(0);
        self.by_name = (0..rows.len()).collect();
        self.by_name.sort_by(|one, other| rows[*one].name.cmp(&rows[*other].name));
        self.counts.clear();
        for row in rows {
            *self.counts.entry((rank(&row.health), row.health.clone())).or_default() += 1;
        }
        self.known = true;
        self.arrange();
    }

    /// Every row, in no order.
    pub fn rows(&self) -> &[Deployment] {
        &self.rows.deployments
    }

    /// The samples of a row, oldest first: as much of each as pictures show.
    pub fn samples(&self, row: &Deployment) -> Vec<Sample> {
        self.rows.samples(row)
    }

    /// How many have each health, what needs a person first.
    pub fn counts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.counts.iter().map(|((_, health), count)| (health.as_str(), *count))
    }

    /// The longest name's columns, of all rows: the table does not jump as it scrolls.
    pub fn name_width(&self) -> usize {
        self.name_width
    }

    /// The row at this place of the table.
    pub fn row(&self, place: usize) -> Option<&Deployment> {
        self.order.get(place).and_then(|index| self.rows().get(*index))
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Deployment> {
        self.row(self.list.cursor())
    }

    /// A row by its name.
    pub fn find(&self, name: &str) -> Option<&Deployment> {
        self.rows().iter().find(|row| row.name == name)
    }

    /// The cursor was moved: it stays with the row that it is on now.
    pub fn keep(&mut self) {
        self.selected = self.selected().map(|row| row.name.clone());
        self.claim = None;
    }

    /// The deployment that the cursor goes to as soon as it is there.
    #[cfg(test)]
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// The deployment that the cursor belongs to: the one that it waits for, else the one that it is on.
    pub fn cursor_of(&self) -> Option<&str> {
        self.claim.as_deref().or(self.selected.as_deref()).or(self.selected().map(|row| row.name.as_str()))
    }

    /// Puts the cursor on a deployment, now or as soon as it is there.
    pub fn select(&mut self, name: &str) {
        self.claim = Some(name.to_owned());
        self.arrange();
    }

    /// The same, and no filter hides it.
    pub fn show(&mut self, name: &str) {
        self.select(name);
        if self.selected().is_none_or(|row| row.name != name) && self.find(name).is_some() {
            self.set_filter(String::new());
        }
    }

    /// By what the rows are chosen.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// What of the filter cannot be read.
    pub fn filter_wrong(&self) -> &[String] {
        &self.wrong
    }

    /// Chooses the rows by another filter.
    pub fn set_filter(&mut self, filter: String) {
        self.filter = filter;
        self.arrange();
    }

    /// By what the rows are sorted.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts by something else.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.arrange();
    }

    /// Other incidents are open.
    pub fn set_incidents(&mut self, incidents: BTreeMap<String, Worst>) {
        if self.incidents != incidents {
            self.incidents = incidents;
            self.arrange();
        }
    }

    fn arrange(&mut self) {
        let mut filter = Filter::read::<Row>(&self.filter);
        let (sort, now) = (self.sort, self.now);
        let row = |deployment| Row { deployment, incident: worst(&self.incidents, deployment) };
        let rows = &self.rows.deployments;
        let all = self.by_name.iter().map(|index| (*index, row(&rows[*index])));
        let kept = all.filter(|(_, row)| filter.keeps(row, now));
        // The keys are worked out once a row, not once a comparison.
        let mut order: Vec<(usize, Value)> = kept.map(|(index, row)| (index, sort.column.key(row, now))).collect();
        // Those that are alike stay by name: most are, and this is done with every key.
        order.sort_by(|(_, one), (_, other)| compare(sort, one, other));
        self.order = order.into_iter().map(|(index, _)| index).collect();
        self.wrong = filter.wrong;
        self.list.set_len(self.order.len());
        self.place_cursor();
        self.follow_marks();
    }

    /// On the row that has a claim to it, else on the one that it was on, else where it was: what a key acts on is always
    /// the row that the cursor stays with.
    fn place_cursor(&mut self) {
        let place = |name: &String| self.order.iter().position(|index| self.rows.deployments[*index].name == *name);
        if let Some(place) = self.claim.as_ref().and_then(place) {
            self.list.set_cursor(place);
            self.keep();
        } else if let Some(place) = self.selected.as_ref().and_then(place) {
            self.list.set_cursor(place);
        } else {
            let claim = self.claim.take().or(self.selected.take());
            self.keep();
            self.claim = claim;
        }
    }
}

fn worst<'a>(incidents: &'a BTreeMap<String, Worst>, row: &Deployment) -> Option<&'a Worst> {
    // Mostly there is none, and this is asked of each row with each key.
    if incidents.is_empty() { None } else { incidents.get(&row.name) }
}

/// What is known before what is not, either way round.
fn compare(sort: Sort, one: &Value, other: &Value) -> Ordering {
    let order = match (one, other) {
        (Value::None, Value::None) => return Ordering::Equal,
        (Value::None, _) => return Ordering::Greater,
        (_, Value::None) => return Ordering::Less,
        (Value::Number(one), Value::Number(other)) => one.total_cmp(other),
        (Value::Text(one), Value::Text(other)) => natural(one, other),
        (Value::Number(_), Value::Text(_)) => Ordering::Less,
        (Value::Text(_), Value::Number(_)) => Ordering::Greater,
    };
    if sort.descending { order.reverse() } else { order }
}

/// The last measured load of the processor, percent; -1 where there is none.
pub fn cpu(row: &Deployment) -> f64 {
    row.samples.last().map_or(-1.0, |sample| sample.cpu_percent)
}

/// How full the volume is, percent; -1 where that is not known.
pub fn disk(row: &Deployment) -> f64 {
    row.observed.as_ref().and_then(used).unwrap_or(-1.0)
}

#[allow(clippy::cast_precision_loss, reason = "a percentage")]
fn used(seen: &Observed) -> Option<f64> {
    (seen.disk_total_bytes > 0).then(|| seen.disk_used_bytes as f64 * 100.0 / seen.disk_total_bytes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, health: &str) -> Deployment {
        Deployment { name: name.into(), health: health.into(), ..Deployment::default() }
    }

    fn names(fleet: &Fleet) -> String {
        (0..fleet.list.len())
            .filter_map(|place| fleet.row(place))
            .map(|row| row.name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn what_is_not_well_comes_first_and_the_cursor_stays_with_its_row() {
        let mut fleet = Fleet::default();
        fleet.set_rows(vec![row("a", "healthy"), row("b", "stopped"), row("c", "degraded"), row("d", "healthy")], 0);
        assert_eq!(names(&fleet), "c a d b");
        fleet.list.move_by(2);
        fleet.keep();
        fleet.set_rows(vec![row("a", "healthy"), row("b", "stopped"), row("c", "healthy"), row("d", "failed")], 0);
        assert_eq!(names(&fleet), "d a c b");
        assert_eq!(fleet.selected().map(|row| row.name.as_str()), Some("d"));
    }

    #[test]
    fn any_column_sorts_either_way_and_what_is_not_known_stands_last() {
        let mut fleet = Fleet::default();
        let version = |name: &str, version: &str| {
            let observed = Some(Observed { dolt_version: version.into(), ..Observed::default() });
            Deployment { observed, ..row(name, "healthy") }
        };
        fleet.set_rows(vec![version("a", "2.2.0"), version("b", ""), version("c", "1.83.2"), version("d", "1.9.0")], 0);
        fleet.select("c");
        for (descending, order) in [(false, "d c a b"), (true, "a c d b")] {
            fleet.set_sort(Sort { column: Column::Version, descending });
            assert_eq!((names(&fleet).as_str(), fleet.selected().map(|row| row.name.as_str())), (order, Some("c")));
        }
    }

    #[test]
    fn a_term_that_cannot_be_read_hides_nothing() {
        let mut fleet = Fleet::default();
        fleet.set_rows(vec![row("billing", "healthy"), row("orders", "degraded")], 0);
        fleet.set_filter("helth:degraded".into());
        assert_eq!((names(&fleet).as_str(), fleet.filter_wrong().len()), ("orders billing", 1));
        fleet.set_filter("health:degraded".into());
        assert_eq!((names(&fleet).as_str(), fleet.filter_wrong().len()), ("orders", 0));
    }

    #[test]
    fn a_filter_hides_rows_and_a_new_deployment_takes_the_cursor_when_it_comes() {
        let mut fleet = Fleet::default();
        fleet.set_rows(vec![row("billing", "healthy"), row("orders", "healthy")], 0);
        fleet.set_filter("!bill".into());
        assert_eq!(names(&fleet), "orders");
        fleet.set_filter(String::new());
        fleet.select("users");
        assert_eq!(fleet.list.cursor(), 0);
        fleet.set_rows(vec![row("billing", "healthy"), row("orders", "healthy"), row("users", "starting")], 0);
        assert_eq!(fleet.selected().map(|row| row.name.as_str()), Some("users"));
    }
}
