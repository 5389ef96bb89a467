//! Reads logs, page by page as they are taken.
//!
//! A deployment has a log group, and each of its instances a stream `<instance id>/dolt` in it: what is read by time
//! holds the lines of every instance that there was, also of those that have gone.
//!
//! Guarantees: lines come oldest first; a reader that stops causes no further call; a group that is not there is a log
//! without lines.

use super::{pace::Pace, sdk::said};
use crate::{
    env::Env,
    telemetry::{Line, Lines, TelemetryError},
};
use aws_sdk_cloudwatchlogs::{
    Client,
    operation::{filter_log_events::FilterLogEventsOutput, get_log_events::GetLogEventsOutput},
};
use doltops_agent::logs::line;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::{sync::Mutex, time};

/// The end of the names of streams with Dolt's own log.
const DOLT: &str = "/dolt";

/// Lines in an answer of GetLogEvents, at most: AWS's limit.
const MOST_LINES: u32 = 10_000;

/// Pages that are asked for a stream's last lines, at most. Each that is empty covers hours in which nothing was logged; a
/// screen is not to wait for more.
const PAGES_BACK: usize = 10;

/// Reads logs.
#[derive(Clone)]
pub struct Reader {
    client: Client,
    env: Arc<dyn Env>,
    pace: Arc<Mutex<Pace>>,
}

/// Where a reading by time is.
enum Next {
    First,
    Page(String),
    End,
}

impl Reader {
    /// By this client.
    pub fn new(client: Client, env: Arc<dyn Env>) -> Self {
        let pace = Arc::new(Mutex::new(Pace::new(env.elapsed())));
        Self { client, env, pace }
    }

    /// What every instance of the group logged in this span.
    ///
    /// # Errors
    /// When the first page cannot be had; later ones end the lines with theirs.
    pub async fn between(&self, group: &str, from: Timestamp, until: Timestamp) -> Result<Lines, TelemetryError> {
        let (first, next) = self.page(group, from, until, Next::First).await?;
        let (reader, group) = (self.clone(), group.to_owned());
        let rest = stream::try_unfold(next, move |next| {
            let (reader, group) = (reader.clone(), group.clone());
            async move {
                if matches!(next, Next::End) {
                    return Ok(None);
                }
                reader.page(&group, from, until, next).await.map(Some)
            }
        });
        let pages = stream::once(async { Ok(first) }).chain(rest);
        Ok(pages.flat_map(spread).boxed())
    }

    /// The last lines of these instances, `count` in all.
    ///
    /// # Errors
    /// When CloudWatch does not answer.
    pub async fn last(&self, group: &str, instances: &[String], count: u32) -> Result<Lines, TelemetryError> {
        let mut lines = Vec::new();
        for instance in instances {
            lines.extend(self.tail(group, &format!("{instance}{DOLT}"), count).await?);
        }
        lines.sort_by_key(|line| line.time);
        let surplus = lines.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        Ok(stream::iter(lines.into_iter().skip(surplus).map(Ok)).boxed())
    }

    async fn page(
        &self,
        group: &str,
        from: Timestamp,
        until: Timestamp,
        at: Next,
    ) -> Result<(Vec<Line>, Next), TelemetryError> {
        let token = match at {
            Next::Page(token) => Some(token),
            Next::First | Next::End => None,
        };
        self.turn().await;
        let answer = self
            .client
            .filter_log_events()
            .log_group_name(group)
            .start_time(from.as_millisecond())
            // AWS includes its end.
            .end_time(until.as_millisecond() - 1)
            .set_next_token(token)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(filtered(&answer)),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                Ok((Vec::new(), Next::End))
            }
            Err(error) => Err(said("CloudWatch Logs", &error)),
        }
    }

    async fn tail(&self, group: &str, stream: &str, count: u32) -> Result<Vec<Line>, TelemetryError> {
        let wanted = count.clamp(1, MOST_LINES);
        let ask = self.client.get_log_events().log_group_name(group).log_stream_name(stream).start_from_head(false);
        let ask = ask.limit(i32::try_from(wanted).unwrap_or(i32::MAX));
        let (mut lines, mut token): (Vec<Line>, Option<String>) = (Vec::new(), None);
        for _ in 0..PAGES_BACK {
            self.turn().await;
            match ask.clone().set_next_token(token.clone()).send().await {
                Ok(answer) => {
                    let mut older = gotten(&answer);
                    older.append(&mut lines);
                    lines = older;
                    token = further_back(&answer, token.as_deref());
                }
                Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => break,
                Err(error) => return Err(said("CloudWatch Logs", &error)),
            }
            if token.is_none() || lines.len() >= usize::try_from(wanted).unwrap_or(usize::MAX) {
                break;
            }
        }
        Ok(lines)
    }

    /// Waits for its turn. The SDK itself tries again when it is throttled, with backoff.
    async fn turn(&self) {
        let mut pace = self.pace.lock().await;
        while let Err(wait) = pace.take(self.env.elapsed()) {
            time::sleep(wait).await;
        }
    }
}

fn spread(page: Result<Vec<Line>, TelemetryError>) -> stream::BoxStream<'static, Result<Line, TelemetryError>> {
    match page {
        Ok(lines) => stream::iter(lines.into_iter().map(Ok)).boxed(),
        Err(error) => stream::once(async { Err(error) }).boxed(),
    }
}

fn filtered(answer: &FilterLogEventsOutput) -> (Vec<Line>, Next) {
    let of_dolt = |name: Option<&str>| name.is_none_or(|name| name.ends_with(DOLT));
    let events = answer.events().iter().filter(|event| of_dolt(event.log_stream_name()));
    let lines = events.map(|event| read(event.timestamp(), event.message())).collect();
    let token = answer.next_token().filter(|token| !token.is_empty());
    (lines, token.map_or(Next::End, |token| Next::Page(token.to_owned())))
}

fn gotten(answer: &GetLogEventsOutput) -> Vec<Line> {
    answer.events().iter().map(|event| read(event.timestamp(), event.message())).collect()
}

/// Where the page before this one is, which was asked for by `asked`; none: there is none. A page may be empty though
/// older lines are there: the end is where AWS gives the token that it was given.
fn further_back(answer: &GetLogEventsOutput, asked: Option<&str>) -> Option<String> {
    answer.next_backward_token().filter(|token| !token.is_empty() && Some(*token) != asked).map(str::to_owned)
}

/// A line as Dolt wrote it; where it tells no time, that of its arrival counts.
fn read(arrived: Option<i64>, message: Option<&str>) -> Line {
    let line = line::parse(message.unwrap_or_default().trim_end_matches('\n'));
    let ms = if line.time_ms == 0 { arrived } else { Some(line.time_ms) };
    Line { time: ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()), level: line.level.to_owned(), text: line.text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

    fn event(stream: &str, message: &str) -> FilteredLogEvent {
        FilteredLogEvent::builder().log_stream_name(stream).timestamp(1_000).message(message).build()
    }

    #[test]
    fn a_page_holds_dolts_lines_and_says_where_the_next_begins() {
        let page = FilterLogEventsOutput::builder()
            .events(event("i-1/dolt", "time=\"2026-01-02T03:04:05Z\" level=error msg=\"no table\""))
            .events(event("i-1/agent", "started"))
            .events(event("i-2/dolt", "panic: out of memory\n"))
            .next_token("more")
            .build();
        let (lines, next) = filtered(&page);
        let shown: Vec<_> = lines.iter().map(|line| (line.level.as_str(), line.text.as_str())).collect();
        assert_eq!(shown, [("error", "no table"), ("", "panic: out of memory")]);
        assert_eq!(lines[1].time.map(Timestamp::as_millisecond), Some(1_000));
        assert!(matches!(next, Next::Page(token) if token == "more"));
    }

    #[test]
    fn the_last_lines_are_looked_for_behind_an_empty_page() {
        let page = GetLogEventsOutput::builder().next_backward_token("b/1").build();
        assert_eq!(further_back(&page, None), Some("b/1".to_owned()));
        assert_eq!(further_back(&page, Some("b/1")), None, "AWS's sign of the beginning");
        assert_eq!(further_back(&GetLogEventsOutput::builder().build(), Some("b/1")), None);
    }

    #[test]
    fn an_empty_page_is_not_the_end() {
        let page = FilterLogEventsOutput::builder().next_token("more").build();
        assert!(matches!(filtered(&page), (lines, Next::Page(_)) if lines.is_empty()));
        assert!(matches!(filtered(&FilterLogEventsOutput::builder().build()), (_, Next::End)));
    }
}
