//! Metrics and logs: from where they are kept, else from the agents, and never without saying which.
//!
//! | asked for | first | else |
//! |---|---|---|
//! | metrics | CloudWatch, where there is one | what the agents remember |
//! | the log's end, live | the agent | CloudWatch's last lines |
//! | the log since a time | CloudWatch up to where the agent's log begins, then the agent | whichever answers |

use super::{Server, Stream};
use crate::{
    hosted_api::{
        convert,
        problem::{Kind, Problem},
        transport,
    },
    model::{CommitEntry, DeploymentId},
    reconcile::fleet::Row,
    telemetry::{Curve, Curves, Detail, HostSample, Line, Lines, Subject, Telemetry, TelemetryError},
};
use doltops_proto::{
    hosted_api::{LogLine, LogsRequest, MetricsRequest, MetricsResponse, Sample, Series},
    instance_manager as agent,
};
use futures::{StreamExt, future, stream};
use jiff::{SignedDuration, Timestamp};
use std::{sync::Arc, time::Duration};
use tokio::time;
use tonic::Status;

/// Lines of a log that a reader begins with when it does not say.
const LINES: u32 = 100;

/// Lines of an agent's log that are looked through for a time: hours of a chatty Dolt.
const AGENT_LINES: u32 = 10_000;

/// An agent's first line comes at once; where none does, its log is empty.
const FIRST_LINE: Duration = Duration::from_secs(2);

/// Names in a request, at most: no screen has more rows.
const MOST_NAMES: usize = 500;

/// An agent that answers at all does so in milliseconds; the pictures of a whole screen wait for the slowest.
const AGENTS_OF_THEN: Duration = Duration::from_secs(2);

/// How far back is looked when that is not said: as far as agents remember.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// No source keeps more.
const LONGEST: SignedDuration = SignedDuration::from_hours(455 * 24);

/// The word for what agents themselves remember.
const AGENT: &str = "agent";

impl Server {
    /// The word for where metrics are read.
    pub(super) fn source(&self) -> &'static str {
        self.telemetry.as_ref().map_or(AGENT, |kept| kept.source())
    }

    /// What was measured until now, or until a commit was made. Each sample has its time, so one that was taken since is
    /// told apart; a deployment that has only the name in common with that of then is not asked.
    pub(super) async fn read_metrics(
        &self,
        mut request: MetricsRequest,
        then: Option<CommitEntry>,
    ) -> Result<MetricsResponse, Problem> {
        if let Some(then) = &then {
            if request.until_ms == 0 {
                request.until_ms = convert::ms(then.time);
            }
            let several = !request.names.is_empty();
            self.only_those_of(&mut request, then).await?;
            if several && request.names.is_empty() {
                return Ok(MetricsResponse { as_of_ms: request.until_ms, ..MetricsResponse::default() });
            }
        }
        if request.until_ms == 0 {
            return self.metrics_until_now(request).await;
        }
        let until = request.until_ms;
        if request.since_ms == 0 {
            request.since_ms = convert::ms(moment(until).checked_sub(DAY).unwrap_or(Timestamp::UNIX_EPOCH));
        }
        let mut answer = self.metrics_until_now(request).await?;
        answer.samples.retain(|sample| sample.time_ms <= until);
        answer.host.retain(|sample| sample.time_ms <= until);
        answer.series.iter_mut().for_each(|series| series.samples.retain(|sample| sample.time_ms <= until));
        answer.as_of_ms = answer.as_of_ms.min(until);
        Ok(answer)
    }

    /// Leaves only names that mean the same deployment as they did at a commit: what is kept is found by today's.
    async fn only_those_of(&self, request: &mut MetricsRequest, then: &CommitEntry) -> Result<(), Problem> {
        self.ready().await;
        let snapshot = self.manager.executor.store.snapshot_at(&then.hash).await?;
        let same = |name: &str| {
            let of_then =
                |id: &DeploymentId| snapshot.records.get(id).is_some_and(|record| record.name.as_str() == name);
            self.row(name).is_ok_and(|row| of_then(&row.record.id))
        };
        if !request.names.is_empty() {
            request.names.retain(|name| same(name));
        } else if !same(&request.name) {
            let what = format!("what was measured of {} then is not kept: it is not there any more", request.name);
            return Err(Problem::new(Kind::NotFound, what));
        }
        Ok(())
    }

    async fn metrics_until_now(&self, request: MetricsRequest) -> Result<MetricsResponse, Problem> {
        if request.names.len() > MOST_NAMES {
            let what = format!("{} names are too many: {MOST_NAMES} at most", request.names.len());
            return Err(Problem::invalid("names", what));
        }
        self.ready().await;
        if request.names.is_empty() { self.metrics_of(request).await } else { self.metrics_of_many(request).await }
    }

    async fn metrics_of(&self, request: MetricsRequest) -> Result<MetricsResponse, Problem> {
        let row = self.row(&request.name)?;
        let kept = self.kept(&[subject(&row)], request.since_ms, Detail::Full).await;
        // An instance that began to send a moment ago has nothing there yet: its agent knows more.
        let is_empty = |curves: &Curves| curves.of.iter().all(|curve| curve.samples.is_empty());
        if let Some(Ok(curves)) = &kept
            && !is_empty(curves)
        {
            return Ok(self.answer(curves));
        }
        match (self.agents_metrics(&request).await, kept) {
            (Ok(answer), _) => Ok(answer),
            (Err(_), Some(Ok(curves))) => Ok(self.answer(&curves)),
            (Err(problem), Some(Err(error))) => Err(both_away(&error, problem)),
            (Err(problem), None) => Err(problem),
        }
    }

    async fn metrics_of_many(&self, request: MetricsRequest) -> Result<MetricsResponse, Problem> {
        // What has gone meanwhile is left out.
        let rows: Vec<Arc<Row>> = request.names.iter().filter_map(|name| self.row(name).ok()).collect();
        let subjects: Vec<Subject> = rows.iter().map(|row| subject(row)).collect();
        let series = |row: &Arc<Row>, samples: &[crate::model::Sample]| Series {
            name: row.record.name.to_string(),
            samples: samples.iter().map(convert::sample).collect(),
        };
        match self.kept(&subjects, request.since_ms, Detail::Brief).await {
            Some(Ok(curves)) => Ok(MetricsResponse {
                series: rows.iter().zip(&curves.of).map(|(row, curve)| series(row, &curve.samples)).collect(),
                source: self.source().to_owned(),
                as_of_ms: convert::ms(curves.as_of),
                ..MetricsResponse::default()
            }),
            None | Some(Err(_)) if request.until_ms != 0 => self.agents_metrics_then(&rows, request.since_ms).await,
            // Heartbeats bring the last 15 minutes of everyone.
            None | Some(Err(_)) => Ok(MetricsResponse {
                series: rows.iter().map(|row| series(row, &row.samples)).collect(),
                source: AGENT.to_owned(),
                as_of_ms: convert::ms(self.now()),
                ..MetricsResponse::default()
            }),
        }
    }

    /// What the agents remember from a time on: heartbeats tell only of now. One that does not answer in time is left out.
    async fn agents_metrics_then(&self, rows: &[Arc<Row>], since_ms: i64) -> Result<MetricsResponse, Problem> {
        let asked = rows.iter().map(|row| async move {
            let name = row.record.name.to_string();
            let request = MetricsRequest { name: name.clone(), since_ms, ..MetricsRequest::default() };
            let answer = time::timeout(AGENTS_OF_THEN, self.agents_metrics(&request)).await.ok()?.ok()?;
            Some(Series { name, samples: answer.samples })
        });
        Ok(MetricsResponse {
            series: future::join_all(asked).await.into_iter().flatten().collect(),
            source: AGENT.to_owned(),
            as_of_ms: convert::ms(self.now()),
            ..MetricsResponse::default()
        })
    }

    /// What is kept apart from the agents; none where nothing is.
    async fn kept(&self, of: &[Subject], since_ms: i64, detail: Detail) -> Option<Result<Curves, TelemetryError>> {
        let kept = self.telemetry.as_ref()?;
        let now = self.now();
        let since = match since_ms {
            0 => now - DAY,
            ms => moment(ms).max(now - LONGEST),
        };
        let answer = kept.curves(of, since, detail).await;
        if let Err(error) = &answer {
            tracing::warn!(%error, "metrics are the agents' own for now");
        }
        Some(answer)
    }

    fn answer(&self, curves: &Curves) -> MetricsResponse {
        let curve = curves.of.first().cloned().unwrap_or_else(Curve::default);
        MetricsResponse {
            samples: curve.samples.iter().map(convert::sample).collect(),
            host: curve.host.iter().map(host_sample).collect(),
            source: self.source().to_owned(),
            as_of_ms: convert::ms(curves.as_of),
            ..MetricsResponse::default()
        }
    }

    async fn agents_metrics(&self, request: &MetricsRequest) -> Result<MetricsResponse, Problem> {
        let name = request.name.clone();
        let (mut client, fence) = self.agent(&name).await?;
        let request = agent::MetricsRequest { fence: Some(fence), since_ms: request.since_ms, max_samples: 0 };
        let answer = client.metrics(request).await.map_err(|status| agents_own(&name, status))?.into_inner();
        Ok(MetricsResponse {
            samples: answer.samples.into_iter().map(from_agent).collect(),
            source: AGENT.to_owned(),
            as_of_ms: convert::ms(self.now()),
            ..MetricsResponse::default()
        })
    }

    pub(super) async fn read_logs(&self, request: LogsRequest) -> Result<Stream<LogLine>, Problem> {
        self.ready().await;
        let row = self.row(&request.name)?;
        let of = subject(&row);
        if request.since_ms == 0 {
            let lines = if request.lines == 0 { LINES } else { request.lines };
            let live = self.agents_log(&request.name, lines, request.follow).await;
            return match (live, &self.telemetry) {
                (Ok(lines), _) => Ok(lines),
                (Err(problem), Some(kept)) => {
                    let last = kept.last_lines(&of, lines).await;
                    in_place_of_the_agent(last, problem, request.follow)
                }
                (Err(problem), None) => Err(problem),
            };
        }
        let since = moment(request.since_ms);
        let live = self.agents_log(&request.name, AGENT_LINES, request.follow).await;
        match (live, &self.telemetry) {
            (Ok(live), Some(kept)) => Ok(joined(kept.as_ref(), &of, since, live, self.now()).await),
            (Ok(live), None) => Ok(since_then(live, since)),
            (Err(problem), Some(kept)) => {
                let lines = kept.lines(&of, since, self.now()).await;
                in_place_of_the_agent(lines, problem, request.follow)
            }
            (Err(problem), None) => Err(problem),
        }
    }

    async fn agents_log(&self, name: &str, lines: u32, follow: bool) -> Result<Stream<LogLine>, Problem> {
        let (mut client, fence) = self.agent(name).await?;
        let request = agent::LogsRequest { fence: Some(fence), lines, follow };
        let name = name.to_owned();
        let lines = client.logs(request).await.map_err(|status| agents_own(&name, status))?.into_inner();
        let line = |line: agent::LogLine| LogLine { time_ms: line.time_ms, level: line.level, text: line.text };
        Ok(Box::pin(
            lines.map(move |answer| answer.map(line).map_err(|status| Status::from(agents_own(&name, status)))),
        ))
    }

    fn now(&self) -> Timestamp {
        self.manager.executor.env.now()
    }
}

/// Why an agent gave no answer. It is its connection that broke, and not the one to the control plane.
pub(super) fn agents_own(name: &str, status: Status) -> Problem {
    match transport::problem_of(&status, &format!("the agent of {name}")) {
        Some(broken) => Problem { field: String::new(), ..broken }.next(format!("see how it is: doltops get {name}")),
        None => Problem::from(status),
    }
}

/// Older lines from where they are kept, up to the first that the agent has; then the agent's.
async fn joined(
    kept: &dyn Telemetry,
    of: &Subject,
    since: Timestamp,
    mut live: Stream<LogLine>,
    now: Timestamp,
) -> Stream<LogLine> {
    let first = time::timeout(FIRST_LINE, live.next()).await.ok().flatten();
    let begins = match &first {
        Some(Ok(line)) if line.time_ms != 0 => moment(line.time_ms),
        _ => now,
    };
    let live = Box::pin(stream::iter(first).chain(live));
    if begins <= since {
        return since_then(live, since);
    }
    let older: Stream<LogLine> = match kept.lines(of, since, begins).await {
        Ok(lines) => Box::pin(lines.map(to_wire)),
        Err(error) => Box::pin(stream::iter([Ok(missing(begins, &error))])),
    };
    Box::pin(older.chain(live))
}

/// What stands in place of lines that cannot be had.
fn missing(before: Timestamp, error: &TelemetryError) -> LogLine {
    let text = format!("doltops: what was logged before cannot be read: {error}");
    LogLine { time_ms: convert::ms(before), level: "warning".to_owned(), text }
}

/// The lines from then on; one that tells no time goes with the one before it.
fn since_then(lines: Stream<LogLine>, since: Timestamp) -> Stream<LogLine> {
    let since = convert::ms(since);
    let earlier =
        move |line: &Result<LogLine, Status>| future::ready(line.as_ref().is_ok_and(|line| line.time_ms < since));
    Box::pin(lines.skip_while(earlier))
}

/// Lines that were kept, because the agent does not answer. Who follows is told so after the last one, and tries again.
fn in_place_of_the_agent(
    lines: Result<Lines, TelemetryError>,
    problem: Problem,
    follow: bool,
) -> Result<Stream<LogLine>, Problem> {
    let lines = match lines {
        Ok(lines) => lines.map(to_wire),
        Err(error) => return Err(both_away(&error, problem)),
    };
    let end = follow.then(|| Err(Status::from(problem)));
    Ok(Box::pin(lines.chain(stream::iter(end))))
}

/// Neither answers: the agent's problem says what to do next.
fn both_away(error: &TelemetryError, problem: Problem) -> Problem {
    Problem { what: format!("{}; {error}", problem.what), ..problem }
}

impl From<TelemetryError> for Problem {
    fn from(error: TelemetryError) -> Self {
        match error {
            TelemetryError::Away(what) => Problem::new(Kind::Unreachable, what).next("try again in a moment"),
            TelemetryError::Refused(what) => {
                Problem::new(Kind::Failed, what).next("see what is missing: doltops doctor")
            }
        }
    }
}

fn to_wire(line: Result<Line, TelemetryError>) -> Result<LogLine, Status> {
    let line = line.map_err(|error| Status::from(Problem::from(error)))?;
    Ok(LogLine { time_ms: line.time.map_or(0, convert::ms), level: line.level, text: line.text })
}

/// Whose telemetry: the instances before the one that serves stand first.
fn subject(row: &Row) -> Subject {
    let mut instances: Vec<_> = row.observed.older.iter().map(|instance| instance.id.clone()).collect();
    let serving = row.observed.instance.present().map(|instance| instance.id.clone());
    for id in row.record.instance.iter().cloned().chain(serving) {
        if !instances.contains(&id) {
            instances.push(id);
        }
    }
    Subject { name: row.record.name.to_string(), deployment: row.record.id.clone(), instances }
}

/// A time that someone else says; one that cannot be is the beginning of time.
fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn host_sample(sample: &HostSample) -> doltops_proto::hosted_api::HostSample {
    doltops_proto::hosted_api::HostSample {
        time_ms: convert::ms(sample.time),
        cpu_percent: sample.cpu_percent,
        memory_percent: sample.memory_percent,
        disk_percent: sample.disk_percent,
    }
}

fn from_agent(sample: agent::Sample) -> Sample {
    Sample {
        time_ms: sample.time_ms,
        cpu_percent: sample.cpu_percent,
        memory_bytes: sample.memory_bytes,
        disk_bytes: sample.disk_bytes,
        connections: sample.connections,
        queries_per_second: sample.queries_per_second,
        latency_p50_ms: sample.latency_p50_ms,
        latency_p99_ms: sample.latency_p99_ms,
    }
}

#[cfg(test)]
mod tests;
