//! How an agent's log and what is kept elsewhere become one.

use super::*;
use crate::model::DeploymentId;
use async_trait::async_trait;

/// Keeps these lines, or cannot be read.
struct Kept(Result<Vec<i64>, TelemetryError>);

#[async_trait]
impl Telemetry for Kept {
    fn source(&self) -> &'static str {
        "kept"
    }

    async fn curves(&self, _: &[Subject], _: Timestamp, _: Detail) -> Result<Curves, TelemetryError> {
        Err(TelemetryError::Away("not here".to_owned()))
    }

    async fn lines(&self, _: &Subject, from: Timestamp, until: Timestamp) -> Result<Lines, TelemetryError> {
        let times = self.0.clone()?.into_iter().map(moment).filter(move |time| (from..until).contains(time));
        let line = |time| Ok(Line { time: Some(time), level: String::new(), text: "kept".to_owned() });
        Ok(Box::pin(stream::iter(times.map(line).collect::<Vec<_>>())))
    }

    async fn last_lines(&self, of: &Subject, _: u32) -> Result<Lines, TelemetryError> {
        self.lines(of, moment(0), moment(i64::from(u32::MAX))).await
    }
}

fn live(times: &[i64]) -> Stream<LogLine> {
    let line = |time_ms: &i64| Ok(LogLine { time_ms: *time_ms, level: String::new(), text: "live".to_owned() });
    Box::pin(stream::iter(times.iter().map(line).collect::<Vec<_>>()))
}

async fn shown(lines: Stream<LogLine>) -> String {
    let lines: Vec<_> = lines
        .map(|line| match line {
            Ok(line) => format!("{} {}", line.text.split(' ').next().unwrap_or_default(), line.time_ms),
            Err(status) => format!("! {}", status.message()),
        })
        .collect()
        .await;
    lines.join(", ")
}

async fn join(kept: Result<Vec<i64>, TelemetryError>, times: &[i64]) -> String {
    let of = Subject { name: "orders".to_owned(), deployment: DeploymentId::new("d-1"), instances: Vec::new() };
    shown(joined(&Kept(kept), &of, moment(10), live(times), moment(100)).await).await
}

#[tokio::test]
async fn older_lines_come_from_where_they_are_kept_and_none_twice() {
    assert_eq!(join(Ok(vec![5, 10, 20, 30]), &[30, 40]).await, "kept 10, kept 20, live 30, live 40");
}

#[tokio::test]
async fn an_agent_that_reaches_back_is_enough() {
    assert_eq!(join(Ok(vec![20]), &[5, 10, 15]).await, "live 10, live 15");
}

#[tokio::test]
async fn an_empty_log_of_a_new_instance_shows_that_of_the_one_before() {
    assert_eq!(join(Ok(vec![20, 99, 100]), &[]).await, "kept 20, kept 99");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_in_its_place() {
    let away = TelemetryError::Away("CloudWatch Logs does not answer".to_owned());
    assert_eq!(join(Err(away), &[30]).await, "doltops: 30, live 30");
}

#[tokio::test]
async fn who_follows_without_an_agent_is_told_after_the_last_line() {
    let problem = || Problem::new(Kind::Unreachable, "orders is unreachable");
    let of = Subject { name: "orders".to_owned(), deployment: DeploymentId::new("d-1"), instances: Vec::new() };
    let lines = Kept(Ok(vec![1, 2])).last_lines(&of, 10).await;
    let stream = in_place_of_the_agent(lines, problem(), true).expect("lines");
    assert_eq!(shown(stream).await, "kept 1, kept 2, ! orders is unreachable");
    let away = Err(TelemetryError::Away("CloudWatch Logs does not answer".to_owned()));
    let both = in_place_of_the_agent(away, problem(), true).err().expect("a problem");
    assert_eq!(both.what, "orders is unreachable; CloudWatch Logs does not answer");
}
