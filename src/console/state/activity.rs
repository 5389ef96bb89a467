//! What the reconciler did, does and will do, and why: its steps in runs, then the plan in hand, retries and what is
//! coming.
//!
//! Guarantees
//! - A step and its end are one row; what failed is a row with its reason, and its next try stands among what comes.
//! - A run is what was done to one deployment from a request on, or after a pause of [`PAUSE`].
//! - What comes is as the control plane tells it of each deployment; nothing is foretold here.
//!
//! What was done is known as far as the control plane's memory reaches; see [`crate::console::state::events::KEPT`] for
//! how much of it is kept here.

use crate::{
    console::{
        filter::{Filtered, Kind, Named, Value},
        state::{Ticket, chosen::Chosen, events::KEPT},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{Deployment, Event};
use std::collections::VecDeque;

/// Longer than this between two steps, and they are of two runs (milliseconds): steps of one follow at once or after a
/// wait of some seconds.
const PAUSE: i64 = 60_000;

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person asked for it.
    Asked,
    /// It was done.
    Done,
    /// It failed.
    Failed,
    /// It has begun.
    Running,
    /// It follows.
    Planned,
    /// It is tried again.
    Retry,
    /// It is done by itself at a known time.
    Coming,
}

impl Standing {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Asked => "asked",
            Standing::Done => "done",
            Standing::Failed => "failed",
            Standing::Running => "running",
            Standing::Planned => "planned",
            Standing::Retry => "retry",
            Standing::Coming => "coming",
        }
    }
}

/// One thing that was done, is, or will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it was, or will be; none where that is not known.
    pub time: Option<i64>,
    /// Of which deployment.
    pub deployment: String,
    /// How it stands.
    pub standing: Standing,
    /// What, in a word or two.
    pub what: String,
    /// Why, and how it ended.
    pub why: String,
    /// Who asked; empty: the reconciler by itself.
    pub by: String,
    /// It begins a run.
    pub first: bool,
}

/// The view.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Of which deployment; none for the fleet.
    pub name: Option<String>,
    /// Oldest first, bounded.
    events: VecDeque<Event>,
    /// What was done, oldest first, then what comes.
    rows: Vec<Row>,
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
    /// Why no more events come.
    pub ended: Option<Problem>,
    /// Since when the first are awaited; none once they came.
    pub since: Option<i64>,
    /// The cursor was put on what is done now.
    arrived: bool,
    /// Names the stream of events.
    pub ticket: Ticket,
}

impl Activity {
    /// Asked for just now.
    pub fn asked(name: Option<String>, ticket: Ticket, now: i64) -> Self {
        let (events, chosen) = (VecDeque::new(), Chosen::default());
        Self { name, events, rows: Vec::new(), chosen, ended: None, since: Some(now), arrived: false, ticket }
    }

    /// Events have come.
    pub fn add(&mut self, events: Vec<Event>, fleet: &[Deployment]) {
        (self.since, self.ended) = (None, None);
        self.events.extend(events.into_iter().filter(|event| matches!(&*event.kind, "step" | "error" | "asked")));
        self.events.drain(..self.events.len().saturating_sub(KEPT));
        self.arrange(fleet);
        if !self.arrived {
            self.arrived = true;
            let now = self
                .rows
                .iter()
                .position(|row| !matches!(row.standing, Standing::Asked | Standing::Done | Standing::Failed));
            self.chosen.show(now.unwrap_or(self.rows.len().saturating_sub(1)));
        }
    }

    /// The fleet is new.
    pub fn arrange(&mut self, fleet: &[Deployment]) {
        let here = self.row(self.chosen.list.cursor()).cloned();
        let of_it = |name: &str| self.name.as_deref().is_none_or(|only| only == name);
        self.rows = did(self.events.iter().filter(|event| of_it(&event.deployment)));
        self.rows.extend(fleet.iter().filter(|row| of_it(&row.name)).flat_map(will));
        self.chosen.choose(&self.rows, 0);
        let same = |row: &Row| here.as_ref().is_some_and(|here| here.same(row));
        if let Some(place) = self.rows.iter().position(same) {
            self.chosen.show(place);
        }
    }

    /// Shows those that a filter lets through.
    pub fn set_filter(&mut self, text: String) {
        self.chosen.set_text(text);
        self.chosen.choose(&self.rows, 0);
    }

    /// The row at this place of what is shown.
    pub fn row(&self, place: usize) -> Option<&Row> {
        self.rows.get(self.chosen.at(place)?)
    }

    /// How many there are, shown or not.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Row {
    /// Whether it is the same thing, whatever has become of it meanwhile.
    fn same(&self, other: &Row) -> bool {
        (self.time, &self.deployment, &self.what) == (other.time, &other.deployment, &other.what)
    }
}

/// How a step that has ended says so, after its name.
const DONE: &str = "done in ";

/// What was done: runs in the order in which they began, the steps of each together.
fn did<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<Row> {
    let mut runs: Vec<Vec<Row>> = Vec::new();
    let mut latest: Vec<(String, usize, i64)> = Vec::new();
    for event in events {
        let known = latest.iter().position(|(name, ..)| *name == event.deployment);
        let run = known.map(|place| (latest[place].1, latest[place].2));
        if let Some((run, _)) = run
            && ended(&mut runs[run], event)
        {
            continue;
        }
        let row = begun(event);
        let follows = |(run, time): (usize, i64)| {
            (row.standing != Standing::Asked && event.time_ms - time < PAUSE).then_some(run)
        };
        let place = run.and_then(follows).unwrap_or_else(|| {
            runs.push(Vec::new());
            runs.len() - 1
        });
        let first = runs[place].is_empty();
        runs[place].push(Row { first, ..row });
        match known {
            Some(known) => (latest[known].1, latest[known].2) = (place, event.time_ms),
            None => latest.push((event.deployment.clone(), place, event.time_ms)),
        }
    }
    runs.into_iter().flatten().collect()
}

/// An event that begins something, or stands for itself.
fn begun(event: &Event) -> Row {
    let (what, why) = event.text.split_once(": ").unwrap_or((&event.text, ""));
    let standing = match event.kind.as_str() {
        "asked" => Standing::Asked,
        "error" => Standing::Failed,
        _ if why.starts_with(DONE) => Standing::Done,
        _ => Standing::Running,
    };
    let (what, why) = if standing == Standing::Asked { (event.text.as_str(), "") } else { (what, why) };
    Row {
        time: Some(event.time_ms),
        deployment: event.deployment.clone(),
        standing,
        what: what.to_owned(),
        why: why.to_owned(),
        by: event.author.clone(),
        first: false,
    }
}

/// Writes the end of a step beside its beginning; false where the event is no end, or its beginning is not there.
fn ended(run: &mut [Row], event: &Event) -> bool {
    let Some((what, end)) = event.text.split_once(": ") else { return false };
    let (standing, end) = match event.kind.as_str() {
        "step" if end.starts_with(DONE) => (Standing::Done, end.to_owned()),
        "error" => (Standing::Failed, format!("failed: {end}")),
        _ => return false,
    };
    // An error names the step alone, a step its target as well.
    let word = what.split(' ').next().unwrap_or_default();
    let is_it = |row: &&mut Row| {
        row.standing == Standing::Running && (row.what == what || row.what.split(' ').next() == Some(word))
    };
    match run.iter_mut().rev().find(is_it) {
        Some(row) => {
            row.why = if row.why.is_empty() { end } else { format!("{}; {end}", row.why) };
            row.standing = standing;
            true
        }
        None => false,
    }
}

/// What is about to be done to a deployment, in its order.
fn will(row: &Deployment) -> Vec<Row> {
    let one = |time: Option<i64>, standing, what: &str, why: &str| Row {
        time,
        deployment: row.name.clone(),
        standing,
        what: what.to_owned(),
        why: why.to_owned(),
        by: String::new(),
        first: false,
    };
    let mut rows = Vec::new();
    if let Some(failure) = &row.failure {
        let times = if failure.times == 1 { "once".to_owned() } else { format!("{} times", failure.times) };
        let time = Some(failure.next_try_ms).filter(|time| *time != 0);
        rows.push(one(time, Standing::Retry, &failure.step, &format!("failed {times}: {}", failure.error)));
    }
    rows.extend(row.plan.iter().map(|step| {
        let what = format!("{} {}", step.action, step.target);
        one(None, Standing::Planned, what.trim_end(), &step.reason)
    }));
    if row.plan.is_empty() && row.failure.is_none() && !matches!(row.phase.as_str(), "" | "settled") {
        rows.push(one(None, Standing::Running, &row.phase, &row.why));
    }
    rows.extend(row.coming.iter().map(|coming| {
        let (what, why) = coming.split_once(": ").unwrap_or((coming, ""));
        one(None, Standing::Coming, what, why)
    }));
    if let Some(first) = rows.first_mut() {
        first.first = true;
    }
    rows
}

impl Filtered for Row {
    const COLUMNS: &'static [Named] = &[
        Named { word: "deployment", kind: Kind::Text },
        Named { word: "state", kind: Kind::Text },
        Named { word: "what", kind: Kind::Text },
        Named { word: "why", kind: Kind::Text },
        Named { word: "by", kind: Kind::Text },
    ];

    fn title(&self) -> &str {
        &self.deployment
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        [&self.what, &self.why, &self.by].into_iter().map(String::as_str)
    }

    fn value(&self, column: usize, _now: i64) -> Value<'_> {
        let texts = [&self.deployment, self.standing.word(), &self.what, &self.why, &self.by];
        texts.get(column).map_or(Value::None, |text| Value::text(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_proto::hosted_api::{Failure, PlannedStep};

    fn event(time_ms: i64, deployment: &str, kind: &str, text: &str) -> Event {
        let author = if kind == "asked" { "op1" } else { "" };
        Event {
            time_ms,
            deployment: deployment.into(),
            kind: kind.into(),
            text: text.into(),
            author: author.into(),
            sequence: 0,
        }
    }

    fn told(rows: &[Row]) -> Vec<String> {
        let first = |row: &Row| if row.first { "" } else { "  " };
        rows.iter().map(|row| format!("{}{} {}: {}", first(row), row.standing.word(), row.what, row.why)).collect()
    }

    /// Two deployments at once: each run stands together, and a step with its end.
    #[test]
    fn steps_stand_in_their_runs() {
        let events = [
            event(0, "orders", "asked", "Resize orders"),
            event(1_000, "orders", "step", "stop-instance i-1: its type changes"),
            event(1_500, "billing", "step", "deploy billing: its settings differ"),
            event(3_000, "orders", "step", "stop-instance i-1: done in 2.0 s"),
            event(4_000, "billing", "error", "deploy: no answer; tried again in 1.0 s"),
            event(200_000, "orders", "step", "launch-instance i-2: none runs"),
        ];
        let rows = did(events.iter());
        assert_eq!(
            told(&rows),
            [
                "asked Resize orders: ",
                "  done stop-instance i-1: its type changes; done in 2.0 s",
                "failed deploy billing: its settings differ; failed: no answer; tried again in 1.0 s",
                "running launch-instance i-2: none runs",
            ]
        );
    }

    #[test]
    fn what_comes_is_the_retry_then_the_plan_then_what_is_known_ahead() {
        let row = Deployment {
            name: "orders".into(),
            failure: Some(Failure { step: "deploy".into(), error: "no answer".into(), times: 3, next_try_ms: 9 }),
            plan: vec![PlannedStep { action: "deploy".into(), target: "i-1".into(), ..PlannedStep::default() }],
            coming: vec!["certificate: renewed in 3 h".into()],
            ..Deployment::default()
        };
        let rows = will(&row);
        assert_eq!(
            told(&rows),
            [
                "retry deploy: failed 3 times: no answer",
                "  planned deploy i-1: ",
                "  coming certificate: renewed in 3 h"
            ]
        );
        assert_eq!(rows[0].time, Some(9));
    }

    /// The cursor begins at what is done now, and stays with its row.
    #[test]
    fn the_cursor_begins_at_the_present_and_stays() {
        let mut activity = Activity::asked(None, Ticket(1), 0);
        let coming =
            Deployment { name: "orders".into(), coming: vec!["certificate: soon".into()], ..Deployment::default() };
        activity.add(vec![event(0, "orders", "asked", "Resize orders")], std::slice::from_ref(&coming));
        assert_eq!(activity.row(activity.chosen.list.cursor()).map(|row| row.standing), Some(Standing::Coming));
        activity.add(vec![event(1, "orders", "step", "deploy i-1: it differs")], &[coming]);
        assert_eq!(activity.row(activity.chosen.list.cursor()).map(|row| row.standing), Some(Standing::Coming));
        activity.set_filter("state:running".into());
        assert_eq!((activity.chosen.list.len(), activity.len()), (1, 3));
    }
}
