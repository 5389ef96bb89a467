//! What happened around an incident, in one list.
//!
//! | part | from | after a restart of the control plane |
//! |---|---|---|
//! | its own steps, notes and pages ([`own`]) | the store | all of it |
//! | operations with their commits and cells ([`commits`]) | the store | all of it |
//! | steps, errors, health ([`steps`]) | this process's memory | from the restart on, and an entry says so |
//! | log lines ([`logs`]) | the agents, CloudWatch | as far as these keep them |
//! | curves that moved ([`curves`]) | CloudWatch, the agents, heartbeats | likewise |
//!
//! Guarantees
//! - A source that does not answer within [`PART`] leaves its own part out, and an entry says so: only an incident that
//!   cannot be read itself is an error.
//! - It is bounded, however long an incident lasted: see the constants here and [`merge`].
//!
//! Why it is put together anew each time and not kept: its sources already keep what they know, and a copy would be
//! another thing that can be wrong at three in the morning.

mod commits;
mod curves;
mod logs;
mod merge;
mod own;
mod steps;

use super::{Server, books::Books, incidents};
use crate::{
    hosted_api::{convert, problem::Problem},
    model::CommitEntry,
};
use doltops_proto::hosted_api::{Incident, TimelineEntry, TimelineRequest, TimelineResponse};
use futures::future;
use jiff::{SignedDuration, Timestamp};
use std::{future::Future, time::Duration};
use tokio::time;

/// How long one source may take. A person waits for it; the sources are asked at once, so this is the whole wait.
const PART: Duration = Duration::from_secs(4);

/// How far back is looked when that is not said.
const BEFORE: u32 = 60;
/// And at most: what was done two days before is no suspect.
const MOST_BEFORE: u32 = 48 * 60;

/// How long after its end an incident is still told of: what follows on the mending shows that it held.
const AFTER: SignedDuration = SignedDuration::from_mins(10);

/// Deployments of an incident that are asked for their logs and curves: one that takes in the fleet is no single story.
const MOST_DEPLOYMENTS: usize = 8;

/// From when until when is told, and when it began.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Timestamp,
    opened: Timestamp,
    until: Timestamp,
}

impl Window {
    fn of(incident: &Incident, before_minutes: u32, now: Timestamp) -> Self {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or(now);
        let before = if before_minutes == 0 { BEFORE } else { before_minutes.min(MOST_BEFORE) };
        let opened = at(incident.opened_ms);
        let from = opened.checked_sub(SignedDuration::from_mins(before.into())).unwrap_or(opened);
        let over = at(incident.resolved_ms).checked_add(AFTER).unwrap_or(now);
        Self { from, opened, until: if incident.resolved_ms == 0 { now } else { over.min(now) } }
    }

    fn holds(&self, time: Timestamp) -> bool {
        self.from <= time && time <= self.until
    }
}

/// A part of the story that cannot be had, and why.
fn missing(kind: &str, deployment: &str, time: Timestamp, why: String) -> TimelineEntry {
    TimelineEntry {
        time_ms: convert::ms(time),
        kind: kind.to_owned(),
        deployment: deployment.to_owned(),
        text: why,
        missing: true,
        ..TimelineEntry::default()
    }
}

/// An answer in time, or why there is none.
async fn in_time<T>(part: impl Future<Output = Result<T, Problem>>) -> Result<T, String> {
    match time::timeout(PART, part).await {
        Ok(answer) => answer.map_err(|problem| problem.to_string()),
        Err(_) => Err(format!("no answer within {} s", PART.as_secs())),
    }
}

impl Server {
    /// The story up to now, or as far as it went at a commit.
    pub(super) async fn read_timeline(
        &self,
        request: TimelineRequest,
        then: Option<CommitEntry>,
    ) -> Result<TimelineResponse, Problem> {
        self.ready().await;
        let books = self.books();
        let incident = match &then {
            Some(then) => books.incident_then(&request.id, then).await?,
            None => self.incident(&request.id).await?,
        };
        let incident = incidents::told(&incident);
        let now = then.map_or_else(|| self.manager.executor.env.now(), |then| then.time);
        let window = Window::of(&incident, request.before_minutes, now);
        let asked = incident.deployments.iter().take(MOST_DEPLOYMENTS);
        let (logs, curves) = (
            future::join_all(asked.clone().map(|name| self.logs_around(name, window))),
            future::join_all(asked.map(|name| self.curves_around(name, window))),
        );
        let (told, logs, curves) = future::join3(in_time(books.commits_around(&incident, window)), logs, curves).await;
        let mut others = self.steps_around(&incident, window);
        others.extend(logs.into_iter().chain(curves).flatten());
        if incident.deployments.len() > MOST_DEPLOYMENTS {
            let why = format!("logs and curves are those of its first {MOST_DEPLOYMENTS} deployments");
            others.push(missing("log", "", window.opened, why));
        }
        Ok(whole(incident, told, others, window))
    }
}

impl Books {
    /// As far as what is written down goes: its own steps and what was changed. `why` says where the rest is.
    pub(in crate::hosted_api) async fn story_then(
        &self,
        request: TimelineRequest,
        then: &CommitEntry,
        why: &str,
    ) -> Result<TimelineResponse, Problem> {
        let incident = incidents::told(&self.incident_then(&request.id, then).await?);
        let window = Window::of(&incident, request.before_minutes, then.time);
        let told = in_time(self.commits_around(&incident, window)).await;
        let others = vec![missing("log", "", window.opened, why.to_owned())];
        Ok(whole(incident, told, others, window))
    }
}

/// The story from its parts; `told` is what the store tells, or why it does not.
fn whole(
    incident: Incident,
    told: Result<commits::Told, String>,
    others: Vec<TimelineEntry>,
    window: Window,
) -> TimelineResponse {
    let told = told.unwrap_or_else(|why| commits::Told {
        entries: vec![missing("commit", "", window.opened, format!("what was changed cannot be read: {why}"))],
        ..commits::Told::default()
    });
    let first = own::entries(&incident).into_iter().chain(told.entries).collect();
    TimelineResponse {
        entries: merge::merge(first, steps::without_commits(others), window),
        changes: told.changes,
        suspect: told.suspect,
        incident: Some(incident),
    }
}
