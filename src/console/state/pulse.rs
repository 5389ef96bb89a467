//! How the fleet has been over the last hour, minute by minute, and what needs a person or is being done now.
//!
//! Guarantees: an hour takes the same memory however large the fleet is and however often it is told; a minute of which
//! nothing is known says so. Before this console began to look, a deployment is known to have been as it is since the
//! time from which its health says so.

use crate::console::{
    action::crashes::lately,
    state::{
        fleet::{Fleet, rank},
        list::List,
    },
};
use doltops_proto::hosted_api::{Deployment, Sample};
use std::collections::VecDeque;

/// How far back.
const MINUTES: i64 = 60;
const MINUTE: i64 = 60_000;
/// A sample that is older says nothing of now.
const FRESH: i64 = 2 * MINUTE;
/// Ranks of health; see `fleet::rank`.
const RANKS: usize = 7;
/// From this rank on, no person is needed.
const WELL: usize = 4;

/// One minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Minute {
    /// Which: Unix minutes.
    pub at: i64,
    /// How many had each health, by its rank: of what is not well the most at once, of the rest the last.
    pub counts: [u32; RANKS],
    /// Queries a second of all together; none where no deployment told them.
    pub queries: Option<f64>,
}

impl Minute {
    /// How many were not well.
    pub fn unwell(&self) -> u32 {
        self.counts.iter().take(WELL).sum()
    }

    /// The rank of the worst health in it; none where nothing is known.
    pub fn worst(&self) -> Option<u8> {
        self.counts.iter().position(|count| *count > 0).and_then(|rank| u8::try_from(rank).ok())
    }
}

/// The last hour.
#[derive(Clone, Debug, Default)]
pub struct Course {
    minutes: VecDeque<Minute>,
}

impl Course {
    /// The fleet is so at `now` (by the control plane's clock).
    pub fn note(&mut self, fleet: &Fleet, now: i64) {
        let rows = fleet.rows();
        if self.minutes.is_empty() {
            self.minutes.extend(before(fleet, now));
        }
        let mut counts = [0; RANKS];
        for row in rows {
            if let Some(count) = counts.get_mut(usize::from(rank(&row.health))) {
                *count += 1;
            }
        }
        let at = now.div_euclid(MINUTE);
        if self.minutes.back().is_none_or(|last| last.at < at) {
            self.minutes.push_back(Minute { at, ..Minute::default() });
        }
        if let Some(minute) = self.minutes.back_mut() {
            for (rank, (known, count)) in minute.counts.iter_mut().zip(counts).enumerate() {
                *known = if rank < WELL { count.max(*known) } else { count };
            }
            minute.queries = queries(rows, now).or(minute.queries);
        }
        while self.minutes.front().is_some_and(|first| first.at <= at - MINUTES) {
            self.minutes.pop_front();
        }
    }

    /// The minutes of the hour before `now`, oldest first; none for one of which nothing is known.
    pub fn hour(&self, now: i64) -> Vec<Option<&Minute>> {
        let last = now.div_euclid(MINUTE);
        let known = |at: i64| self.minutes.iter().find(|minute| minute.at == at);
        (last - MINUTES + 1..=last).map(known).collect()
    }
}

/// What is known of the minutes before the first look.
fn before(fleet: &Fleet, now: i64) -> Vec<Minute> {
    let last = now.div_euclid(MINUTE);
    let mut minutes: Vec<Minute> = (last - MINUTES + 1..last).map(|at| Minute { at, ..Minute::default() }).collect();
    for row in fleet.rows() {
        let since = row.health_since_ms.div_euclid(MINUTE);
        let rank = usize::from(rank(&row.health));
        // A health whose beginning is not told is known from now on only.
        for minute in minutes.iter_mut().filter(|minute| row.health_since_ms != 0 && minute.at >= since) {
            if let Some(count) = minute.counts.get_mut(rank) {
                *count += 1;
            }
        }
        told(&fleet.samples(row), &mut minutes);
    }
    minutes
}

/// Adds a deployment's queries to the minutes of which it tells them.
fn told(samples: &[Sample], minutes: &mut [Minute]) {
    for same in samples.chunk_by(|a, b| a.time_ms.div_euclid(MINUTE) == b.time_ms.div_euclid(MINUTE)) {
        let at = same.first().map_or(0, |sample| sample.time_ms.div_euclid(MINUTE));
        #[allow(clippy::cast_precision_loss, reason = "a few samples")]
        let mean = same.iter().map(|sample| sample.queries_per_second).sum::<f64>() / same.len() as f64;
        if let Some(minute) = minutes.iter_mut().find(|minute| minute.at == at) {
            minute.queries = Some(minute.queries.unwrap_or(0.0) + mean);
        }
    }
}

fn queries(rows: &[Deployment], now: i64) -> Option<f64> {
    let newest = rows.iter().filter_map(|row| row.samples.last()).filter(|sample| now - sample.time_ms < FRESH);
    newest.map(|sample| sample.queries_per_second).reduce(|a, b| a + b)
}

/// Whether something is the matter with it at `now`, was a short while ago, or is being done.
pub fn stirs(row: &Deployment, now: i64) -> bool {
    is_about(row) || lately(row, now).is_some()
}

/// Whether something is the matter with it, or is being done.
fn is_about(row: &Deployment) -> bool {
    let settled = matches!(row.phase.as_str(), "" | "settled" | "paused");
    let well = matches!(row.health.as_str(), "healthy" | "stopped");
    !settled || !well || row.failure.is_some() || !row.drift.is_empty()
}

/// The screen.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    /// The deployments with which something is, what needs a person first.
    names: Vec<String>,
    /// How many of them are well again, and nothing is done about them: they ended unasked a short while ago.
    pub recovered: usize,
    /// The cursor over them.
    pub list: List,
}

impl Pulse {
    /// As the fleet is at `now` (by the control plane's clock).
    pub fn of(fleet: &Fleet, now: i64) -> Self {
        let mut pulse = Self::default();
        pulse.set(fleet, now);
        pulse
    }

    /// The fleet is new, or time has passed; the cursor stays with its deployment.
    pub fn set(&mut self, fleet: &Fleet, now: i64) {
        let chosen = self.selected().map(str::to_owned);
        let mut rows: Vec<&Deployment> = fleet.rows().iter().filter(|row| stirs(row, now)).collect();
        rows.sort_by_key(|row| (rank(&row.health), &row.name));
        self.recovered = rows.iter().filter(|row| !is_about(row)).count();
        self.names = rows.into_iter().map(|row| row.name.clone()).collect();
        self.list.set_len(self.names.len());
        if let Some(at) = chosen.and_then(|chosen| self.names.iter().position(|name| *name == chosen)) {
            self.list.set_cursor(at);
        }
    }

    /// The name at this place.
    pub fn name(&self, place: usize) -> Option<&str> {
        self.names.get(place).map(String::as_str)
    }

    /// The deployment under the cursor.
    pub fn selected(&self) -> Option<&str> {
        self.name(self.list.cursor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_442_400_000;

    fn row(name: &str, health: &str, minutes: i64) -> Deployment {
        let health_since_ms = NOW - minutes * MINUTE;
        Deployment { name: name.into(), health: health.into(), health_since_ms, ..Deployment::default() }
    }

    fn fleet(rows: Vec<Deployment>) -> Fleet {
        let mut fleet = Fleet::default();
        fleet.set_rows(rows, NOW);
        fleet
    }

    #[test]
    fn the_hour_before_the_first_look_is_known_as_far_as_health_tells() {
        let mut course = Course::default();
        course.note(&fleet(vec![row("a", "healthy", 600), row("b", "failed", 10)]), NOW);
        let hour = course.hour(NOW);
        let worst = |ago: usize| hour[59 - ago].and_then(Minute::worst);
        assert_eq!((hour.len(), worst(0), worst(10), worst(11)), (60, Some(0), Some(0), Some(5)));
        assert_eq!(hour[59].map(Minute::unwell), Some(1));
    }

    #[test]
    fn the_worst_of_a_minute_stays_and_queries_add_up() {
        let mut course = Course::default();
        let busy = |name: &str, health: &str| Deployment {
            samples: vec![Sample { time_ms: NOW, queries_per_second: 40.0, ..Sample::default() }],
            ..row(name, health, 1)
        };
        course.note(&fleet(vec![busy("a", "degraded"), busy("b", "healthy")]), NOW);
        course.note(&fleet(vec![busy("a", "healthy"), busy("b", "healthy")]), NOW + 1_000);
        let minute = course.hour(NOW)[59].cloned().expect("known");
        assert_eq!((minute.worst(), minute.counts[5], minute.queries), (Some(2), 2, Some(80.0)));
    }

    #[test]
    fn the_cursor_stays_with_its_deployment() {
        let mut fleet = Fleet::default();
        fleet.set_rows(vec![row("a", "degraded", 1), row("b", "starting", 1), row("c", "healthy", 1)], 0);
        let mut pulse = Pulse::of(&fleet, 0);
        pulse.list.set_cursor(1);
        fleet.set_rows(vec![row("a", "degraded", 1), row("b", "starting", 1), row("c", "failed", 1)], 0);
        pulse.set(&fleet, 0);
        assert_eq!((pulse.name(0), pulse.selected()), (Some("c"), Some("b")));
    }

    /// It ended unasked and runs again: healthy, and still news.
    #[test]
    fn one_that_was_restarted_unasked_is_among_them_for_a_while() {
        let restarted = Deployment { crashes: 2, crashed_ms: NOW - 5 * MINUTE, ..row("b", "healthy", 600) };
        let stopped = Deployment { name: "c".into(), health: "stopped".into(), ..restarted.clone() };
        let fleet = fleet(vec![row("a", "healthy", 600), restarted, stopped]);
        let mut pulse = Pulse::of(&fleet, NOW);
        assert_eq!((pulse.name(0), pulse.name(1)), (Some("b"), None));
        pulse.set(&fleet, NOW + 20 * MINUTE);
        assert_eq!(pulse.selected(), None, "it has run since");
    }

    proptest! {
        #[test]
        fn an_hour_is_an_hour(steps in prop::collection::vec((0_i64..300_000, 0_usize..4), 1..200)) {
            let (mut course, mut now) = (Course::default(), NOW);
            for (by, count) in steps {
                now += by;
                course.note(&fleet(vec![row("a", "degraded", 5); count]), now);
                prop_assert!(course.minutes.len() <= 60 && course.hour(now).len() == 60);
                prop_assert!(course.hour(now)[59].is_some());
            }
        }
    }
}
