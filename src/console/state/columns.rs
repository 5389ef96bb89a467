//! The columns of the fleet's table: what each is called, what it holds of a row, and which way it is sorted first.
//!
//! One list serves the table, sorting, the filter's terms and the picker, so that a column that can be seen can be
//! sorted by and filtered by.

use crate::console::{
    filter::{Filtered, Kind, Named, Value},
    state::{
        fleet::{cpu, disk, rank},
        incidents::Worst,
    },
};
use doltops_proto::hosted_api::{Deployment, Sample};
use std::{borrow::Cow, str::FromStr};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its heading")]
pub enum Column {
    Name,
    Health,
    Type,
    Volume,
    Version,
    Cpu,
    Queries,
    Disk,
    Certificate,
    Seen,
    Doing,
    State,
    Zone,
    Instance,
    Address,
    Uptime,
    Since,
    Generation,
    Change,
    Connections,
    Latency,
    Restarts,
    Id,
    Incident,
    Cost,
}

use Column::{
    Address, Certificate, Change, Connections, Cost, Cpu, Disk, Doing, Generation, Health, Id, Incident, Instance,
    Latency, Name, Queries, Restarts, Seen, Since, State, Type, Uptime, Version, Volume, Zone,
};

/// Every column, in the order in which they stand when nothing else was chosen.
pub const ALL: [Column; 25] = [
    Name,
    Health,
    Type,
    Volume,
    Version,
    Cpu,
    Queries,
    Disk,
    Certificate,
    Seen,
    Doing,
    State,
    Zone,
    Instance,
    Address,
    Uptime,
    Since,
    Generation,
    Change,
    Connections,
    Latency,
    Restarts,
    Id,
    Incident,
    Cost,
];

/// Those that are shown when nothing else was chosen: is it well, what is it, how busy, what is done about it.
pub const USUAL: [Column; 11] = [Name, Health, Type, Volume, Version, Cpu, Queries, Disk, Certificate, Seen, Doing];

/// The words, as filters, `:sort` and the session name the columns; in the order of [`ALL`].
const NAMED: [Named; ALL.len()] = [
    named("name", Kind::Text),
    named("health", Kind::Text),
    named("type", Kind::Text),
    named("volume", Kind::Number),
    named("version", Kind::Text),
    named("cpu", Kind::Number),
    named("queries", Kind::Number),
    named("disk", Kind::Number),
    named("cert", Kind::Span),
    named("seen", Kind::Span),
    named("doing", Kind::Text),
    named("state", Kind::Text),
    named("zone", Kind::Text),
    named("instance", Kind::Text),
    named("address", Kind::Text),
    named("uptime", Kind::Span),
    named("since", Kind::Span),
    named("generation", Kind::Number),
    named("change", Kind::Text),
    named("connections", Kind::Number),
    named("latency", Kind::Number),
    named("restarts", Kind::Number),
    named("id", Kind::Text),
    named("incident", Kind::Text),
    named("cost", Kind::Number),
];

const fn named(word: &'static str, kind: Kind) -> Named {
    Named { word, kind }
}

/// By what the table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By this, and then by name.
    pub column: Column,
    /// The most first. What is not known stands last, either way.
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Sort::by(Health)
    }
}

impl Sort {
    /// The way that the column is asked for most often: what needs a person first, else the most, else from A to Z.
    pub fn by(column: Column) -> Self {
        let least_first = matches!(column, Certificate | Uptime | Since);
        let number = NAMED[column as usize].kind != Kind::Text;
        Self { column, descending: matches!(column, Health | Incident) || (number && !least_first) }
    }
}

impl Column {
    /// The word for it.
    pub fn word(self) -> &'static str {
        NAMED[self as usize].word
    }

    /// What it holds, in a line.
    pub fn help(self) -> &'static str {
        match self {
            Name => "what it is called",
            Health => "whether it is well",
            Type => "the instance type, and the one that is wanted",
            Volume => "the size of its volume, GiB",
            Version => "Dolt's version",
            Cpu => "how busy its processor is, percent",
            Queries => "queries a second",
            Disk => "how full its volume is, percent",
            Certificate => "how long its certificate is still valid",
            Seen => "how long ago its agent was heard",
            Doing => "what is being done about it, or why it is not well",
            State => "running or stopped, paused, protected, drifted",
            Zone => "the zone that it runs in",
            Instance => "the instance's id",
            Address => "where it listens",
            Uptime => "how long Dolt has been running",
            Since => "how long its health has been so",
            Generation => "how often what is wanted of it has changed",
            Change => "the commit that last changed it",
            Connections => "how many connections are open",
            Latency => "how long the slowest hundredth of the queries takes, ms",
            Restarts => "how often Dolt has ended by itself",
            Id => "the deployment's id",
            Incident => "the worst of its open incidents",
            Cost => "what it costs a month, about, where its prices are known",
        }
    }

    /// What a row holds of it.
    pub fn of<'a>(self, Row { deployment: row, incident }: Row<'a>, now: i64) -> Value<'a> {
        let desired = row.desired.as_ref();
        let seen = row.observed.as_ref();
        match self {
            Name => Value::text(&row.name),
            Health => Value::text(&row.health),
            Type => text(desired.map(|it| &it.instance_type)),
            Volume => Value::number(desired.map(|it| f64::from(it.volume_gib))),
            Version => text(seen.map(|it| &it.dolt_version)),
            Cpu => Value::number(Some(cpu(row)).filter(|percent| *percent >= 0.0)),
            Disk => Value::number(Some(disk(row)).filter(|percent| *percent >= 0.0)),
            Queries => last(row, |sample| sample.queries_per_second),
            Connections => last(row, |sample| f64::from(sample.connections)),
            Latency => last(row, |sample| sample.latency_p99_ms),
            Certificate => moment(seen.map(|it| it.certificate_not_after_ms), |at| at - now),
            Seen => moment(Some(row.seen_ms), |at| now - at),
            Uptime => moment(seen.map(|it| it.dolt_since_ms), |at| now - at),
            Since => moment(Some(row.health_since_ms), |at| now - at),
            Doing => Value::Text(Cow::Owned(doing(row).collect::<Vec<_>>().join(" "))),
            State => Value::Text(Cow::Owned(state(row))),
            Zone => text(seen.map(|it| &it.zone)),
            Instance => text(seen.map(|it| &it.instance_id)),
            Address => text(seen.map(|it| &it.address)),
            Generation => Value::Number(exact(row.generation)),
            Change => Value::text(&row.commit),
            Restarts => Value::number(seen.map(|it| f64::from(it.dolt_restarts))),
            Id => Value::text(&row.id),
            Incident => incident.map_or(Value::None, |worst| Value::text(&worst.said)),
            Cost => Value::number(row.month_cost),
        }
    }

    /// What a row is sorted by: health by what needs a person, incidents by how bad they are, the rest as it is.
    pub fn key(self, row: Row<'_>, now: i64) -> Value<'_> {
        match self {
            Health => Value::Number(-f64::from(rank(&row.deployment.health))),
            Incident => row.incident.map_or(Value::None, |worst| Value::Number(f64::from(worst.rank))),
            other => other.of(row, now),
        }
    }
}

impl FromStr for Column {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        ALL.into_iter().find(|column| column.word() == word).ok_or(())
    }
}

fn text(found: Option<&String>) -> Value<'_> {
    found.map_or(Value::None, |text| Value::text(text))
}

/// What is being done about it, why it is not well, and what failed; nothing of one that has settled.
fn doing(row: &Deployment) -> impl Iterator<Item = &str> {
    let phase = Some(row.phase.as_str()).filter(|phase| *phase != "settled");
    let failure = row.failure.as_ref().map(|failure| failure.error.as_str());
    phase.into_iter().chain([row.why.as_str()]).chain(failure).filter(|text| !text.is_empty())
}

fn last(row: &Deployment, value: impl Fn(&Sample) -> f64) -> Value<'static> {
    Value::number(row.samples.last().map(value))
}

/// A time that is known, as a span.
#[allow(clippy::cast_precision_loss, reason = "milliseconds of a lifetime are exact in a float")]
fn moment(at: Option<i64>, span: impl Fn(i64) -> i64) -> Value<'static> {
    Value::number(at.filter(|at| *at != 0).map(|at| span(at) as f64))
}

#[allow(clippy::cast_precision_loss, reason = "a count that no deployment reaches 2^53 of")]
fn exact(count: u64) -> f64 {
    count as f64
}

/// `running, paused, protected`.
pub fn state(row: &Deployment) -> String {
    let desired = row.desired.clone().unwrap_or_default();
    let words = [
        (desired.paused, "paused"),
        (desired.protected, "protected"),
        (desired.deleting, "being deleted"),
        (!row.drift.is_empty(), "drifted"),
    ];
    let set = words.into_iter().filter(|(set, _)| *set).map(|(_, word)| word);
    [desired.power.as_str()].into_iter().filter(|power| !power.is_empty()).chain(set).collect::<Vec<_>>().join(", ")
}

/// A row of the table: a deployment, and what stands beside it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The deployment.
    pub deployment: &'a Deployment,
    /// The worst of its open incidents.
    pub incident: Option<&'a Worst>,
}

impl Filtered for Row<'_> {
    const COLUMNS: &'static [Named] = &NAMED;

    fn title(&self) -> &str {
        &self.deployment.name
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        let row = self.deployment;
        let wanted = row.desired.as_ref().map(|desired| desired.instance_type.as_str());
        let incident = self.incident.map(|worst| worst.said.as_str());
        doing(row).chain([row.health.as_str()]).chain(wanted).chain(incident)
    }

    fn value(&self, column: usize, now: i64) -> Value<'_> {
        ALL.get(column).map_or(Value::None, |column| column.of(*self, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_stands_at_its_place_and_has_a_word_of_its_own() {
        for (place, column) in ALL.into_iter().enumerate() {
            assert_eq!(column as usize, place, "{column:?}");
            assert_eq!(column.word().parse(), Ok(column));
        }
    }
}
