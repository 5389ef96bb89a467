//! The deployments as last seen, their order, and the cursor.
//!
//! Guarantees: the cursor stays with its deployment when the order changes; `order` holds indices of `rows` only.

use crate::console::{fuzzy::Filter, state::list::List};
use doltops_proto::hosted_api::{Deployment, Observed};
use std::{cmp::Ordering, collections::BTreeMap};

/// By what the table is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Those that are not well first, then by name.
    #[default]
    Health,
    /// By name.
    Name,
    /// The busiest processor first.
    Cpu,
    /// The fullest disk first.
    Disk,
}

impl Sort {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::Health => "health",
            Sort::Name => "name",
            Sort::Cpu => "CPU",
            Sort::Disk => "disk",
        }
    }

    /// The one after, around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Sort::Health => Sort::Name,
            Sort::Name => Sort::Cpu,
            Sort::Cpu => Sort::Disk,
            Sort::Disk => Sort::Health,
        }
    }
}

/// The table's contents.
#[derive(Debug, Default)]
pub struct Fleet {
    rows: Vec<Deployment>,
    order: Vec<usize>,
    /// The longest name's columns.
    name_width: usize,
    /// How many have each health, by its rank: counted once, not with every frame.
    counts: BTreeMap<(u8, String), usize>,
    /// The cursor over `order`.
    pub list: List,
    /// The deployment that the cursor stays with.
    selected: Option<String>,
    filter: String,
    sort: Sort,
    /// Whether an answer was ever there.
    pub known: bool,
    /// Main's head then.
    pub commit: String,
    /// The store then: `up`, or what is wrong.
    pub store: String,
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

impl Fleet {
    /// New rows, sorted and filtered as before.
    pub fn set_rows(&mut self, rows: Vec<Deployment>) {
        self.name_width = rows.iter().map(|row| crate::console::text::width(&row.name)).max().unwrap_or(0);
        self.counts.clear();
        for row in &rows {
            *self.counts.entry((rank(&row.health), row.health.clone())).or_default() += 1;
        }
        self.rows = rows;
        self.known = true;
        self.arrange();
    }

    /// Every row, in no order.
    pub fn rows(&self) -> &[Deployment] {
        &self.rows
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
        self.order.get(place).and_then(|index| self.rows.get(*index))
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Deployment> {
        self.row(self.list.cursor())
    }

    /// A row by its name.
    pub fn find(&self, name: &str) -> Option<&Deployment> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The cursor was moved: it stays with the row that it is on now.
    pub fn keep(&mut self) {
        self.selected = self.selected().map(|row| row.name.clone());
    }

    /// Puts the cursor on a deployment, now or as soon as it is there.
    pub fn select(&mut self, name: &str) {
        self.selected = Some(name.to_owned());
        self.arrange();
    }

    /// By what the rows are chosen.
    pub fn filter(&self) -> &str {
        &self.filter
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

    fn arrange(&mut self) {
        let mut filter = Filter::new(&self.filter);
        let text = |row: &Deployment| format!("{} {}", row.name, row.health);
        let mut order: Vec<usize> = (0..self.rows.len())
            .filter(|index| self.filter.is_empty() || filter.score(&text(&self.rows[*index])).is_some())
            .collect();
        let sort = self.sort;
        order.sort_by(|a, b| compare(sort, &self.rows[*a], &self.rows[*b]));
        self.order = order;
        self.list.set_len(self.order.len());
        let place = |name: &String| self.order.iter().position(|index| self.rows[*index].name == *name);
        match self.selected.as_ref().and_then(place) {
            Some(place) => self.list.set_cursor(place),
            // A deployment that is still to come keeps its claim on the cursor.
            None if self.selected.is_none() => self.keep(),
            None => {}
        }
    }
}

fn compare(sort: Sort, a: &Deployment, b: &Deployment) -> Ordering {
    let key = match sort {
        Sort::Health => rank(&a.health).cmp(&rank(&b.health)),
        Sort::Name => Ordering::Equal,
        Sort::Cpu => cpu(b).total_cmp(&cpu(a)),
        Sort::Disk => disk(b).total_cmp(&disk(a)),
    };
    key.then_with(|| a.name.cmp(&b.name))
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
        fleet.set_rows(vec![row("a", "healthy"), row("b", "stopped"), row("c", "degraded"), row("d", "healthy")]);
        assert_eq!(names(&fleet), "c a d b");
        fleet.list.move_by(2);
        fleet.keep();
        fleet.set_rows(vec![row("a", "healthy"), row("b", "stopped"), row("c", "healthy"), row("d", "failed")]);
        assert_eq!(names(&fleet), "d a c b");
        assert_eq!(fleet.selected().map(|row| row.name.as_str()), Some("d"));
    }

    #[test]
    fn a_filter_hides_rows_and_a_new_deployment_takes_the_cursor_when_it_comes() {
        let mut fleet = Fleet::default();
        fleet.set_rows(vec![row("billing", "healthy"), row("orders", "healthy")]);
        fleet.set_filter("!bill".into());
        assert_eq!(names(&fleet), "orders");
        fleet.set_filter(String::new());
        fleet.select("users");
        assert_eq!(fleet.list.cursor(), 0);
        fleet.set_rows(vec![row("billing", "healthy"), row("orders", "healthy"), row("users", "starting")]);
        assert_eq!(fleet.selected().map(|row| row.name.as_str()), Some("users"));
    }
}
