//! Speaks to CloudWatch with AWS's own SDK. Nothing is decided here.

use super::{
    batch::Call,
    cache::Part,
    metrics::{Page, Service},
    series::Key,
};
use crate::telemetry::TelemetryError;
use async_trait::async_trait;
use aws_sdk_cloudwatch::{
    Client,
    error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode},
};
use std::error::Error;

#[async_trait]
impl Service for Client {
    async fn page(&self, call: &Call, token: Option<String>) -> Result<Page, TelemetryError> {
        let queries: Result<Vec<_>, _> = call.keys.iter().enumerate().map(|(place, key)| query(place, key)).collect();
        let queries = queries.map_err(|error| TelemetryError::Refused(format!("no query can be made: {error}")))?;
        let answer = self
            .get_metric_data()
            .start_time(DateTime::from_secs(call.from))
            .end_time(DateTime::from_secs(call.to))
            .scan_by(ScanBy::TimestampAscending)
            .set_metric_data_queries(Some(queries))
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| said("CloudWatch", &error))?;
        let parts = answer.metric_data_results().iter().filter_map(part).collect();
        Ok(Page { parts, next: answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned) })
    }
}

/// Ids begin with a lower-case letter, and come back with the answer.
fn query(place: usize, key: &Key) -> Result<MetricDataQuery, BuildError> {
    let dimension = Dimension::builder().name("InstanceId").value(key.instance.as_ref()).build();
    let metric = Metric::builder()
        .namespace(key.namespace.as_ref())
        .metric_name(key.metric.name())
        .dimensions(dimension)
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(key.period).unwrap_or(i32::MAX))
        .stat(key.metric.statistic())
        .build();
    Ok(MetricDataQuery::builder().id(format!("q{place}")).metric_stat(stat).return_data(true).build())
}

fn part(result: &MetricDataResult) -> Option<(usize, Part)> {
    let place = result.id()?.strip_prefix('q')?.parse().ok()?;
    let points = result.timestamps().iter().map(DateTime::secs).zip(result.values().iter().copied()).collect();
    // A service that says nothing of it has given all.
    let complete = matches!(result.status_code(), None | Some(StatusCode::Complete));
    Some((place, Part { points, complete }))
}

/// What an error comes to. A refusal is AWS's own word: it names the missing permission.
pub fn said<E, R>(service: &str, error: &SdkError<E, R>) -> TelemetryError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.as_service_error().and_then(|refusal| Some((refusal.code()?, refusal.message()))) {
        Some((code, message)) if !is_temporary(code) => {
            TelemetryError::Refused(format!("{service} refuses: {}: {}", code, message.unwrap_or("no reason is given")))
        }
        Some((code, _)) => TelemetryError::Away(format!("{service} asks for patience: {code}")),
        None => TelemetryError::Away(format!("{service} does not answer: {}", DisplayErrorContext(error))),
    }
}

/// Codes that mean: later.
fn is_temporary(code: &str) -> bool {
    const LATER: [&str; 6] = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "ServiceUnavailableException",
        "InternalServiceFault",
    ];
    LATER.contains(&code)
}
