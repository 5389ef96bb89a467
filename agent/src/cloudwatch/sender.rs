//! Sends Dolt's metrics to CloudWatch.
//!
//! Guarantees
//! - A minute is sent until CloudWatch has taken it, or it was dropped and counted (see `buffer`), also across the
//!   agent's restarts: up to which minute was sent is on disk.
//! - New credentials are used from the next request on, and end a wait at once.
//! - Nothing else of the agent waits for CloudWatch.
//!
//! Caveat: an answer that was lost, or a crash before the mark is on disk, sends minutes twice. Their count and sum are
//! then doubled in CloudWatch; average, least and most, which is what is shown, are not.

use super::{
    buffer::Buffer,
    https,
    metric::{self, COUNT},
    minute::Minute,
};
use crate::{
    clock,
    state::{credentials::Credentials, files},
};
use aws_sdk_cloudwatch::{
    Client,
    config::{BehaviorVersion, Config, Region, retry::RetryConfig, timeout::TimeoutConfig},
    error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::put_metric_data::PutMetricDataError,
    primitives::DateTime,
    types::{Dimension, MetricDatum, StatisticSet},
};
use rand::Rng;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, UNIX_EPOCH},
};
use tokio::{sync::watch, time};
use tracing::{info, warn};

/// CloudWatch's own limit of a request. Its other one, 1 MB, is not reached: a datum is some 250 bytes.
const DATA: usize = 1_000;
/// Whole minutes of one request.
const MINUTES: usize = DATA / COUNT;
/// Whether a minute is over is looked at so often.
const LOOK: Duration = Duration::from_secs(5);
/// A request is answered in some 100 ms; the backlog of two hours takes no more than seconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// After the first failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// CloudWatch's own troubles are over in minutes, and the buffer holds a day.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The dimension by which metrics are found.
const INSTANCE: &str = "InstanceId";

/// Why a request was not taken.
enum Failure {
    /// It would be refused again, whenever it is sent.
    Refused(String),
    /// It may be taken later, or with other credentials.
    Away(String),
}

/// The task.
#[derive(Debug)]
pub struct Sender {
    buffer: Arc<Mutex<Buffer>>,
    credentials: watch::Receiver<Option<Arc<Credentials>>>,
    mark: PathBuf,
    failures: u32,
}

impl Sender {
    /// Sends what `buffer` holds, and keeps up to when in the file `mark`.
    pub fn new(
        buffer: Arc<Mutex<Buffer>>,
        credentials: watch::Receiver<Option<Arc<Credentials>>>,
        mark: PathBuf,
    ) -> Self {
        Self { buffer, credentials, mark, failures: 0 }
    }

    /// Goes on for as long as the agent does.
    pub async fn send(mut self) {
        let mut client = None;
        loop {
            let credentials = self.credentials.borrow_and_update().clone();
            let wait = match credentials.filter(|credentials| credentials.until > clock::now()) {
                Some(credentials) => self.send_some(&credentials, &mut client).await,
                None => Some(LOOK),
            };
            let Some(wait) = wait else { continue };
            tokio::select! {
                () = time::sleep(wait) => {}
                changed = self.credentials.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Sends one request's worth; gives how long to wait, none where there may be more.
    async fn send_some(
        &mut self,
        credentials: &Arc<Credentials>,
        client: &mut Option<(Arc<Credentials>, Client)>,
    ) -> Option<Duration> {
        let minutes = lock(&self.buffer).take(MINUTES, clock::now().as_millisecond());
        let Some(last) = minutes.last().map(|minute| minute.start_ms) else { return Some(LOOK) };
        if client.as_ref().is_none_or(|(with, _)| with != credentials) {
            *client = Some((Arc::clone(credentials), new_client(credentials)));
        }
        let (_, client) = client.as_ref()?;
        match put(client, credentials, &minutes).await {
            Ok(()) => {
                self.sent(last).await;
                None
            }
            Err(Failure::Refused(why)) => {
                warn!(minutes = minutes.len(), why, "CloudWatch refuses metrics; they are dropped");
                lock(&self.buffer).count_dropped(minutes.len());
                None
            }
            Err(Failure::Away(why)) => {
                lock(&self.buffer).put_back(minutes);
                // Once for a row of failures: the log is read by people.
                if self.failures == 0 {
                    warn!(why, "CloudWatch takes no metrics; they are kept and sent later");
                }
                let wait = wait(self.failures, rand::rng().random_range(0.0..1.0));
                self.failures = self.failures.saturating_add(1);
                Some(wait)
            }
        }
    }

    async fn sent(&mut self, last_ms: i64) {
        let mark = self.mark.clone();
        let written = tokio::task::spawn_blocking(move || files::write_json(&mark, &last_ms)).await;
        if let Err(error) = written.map_err(io::Error::from).and_then(|written| written) {
            warn!(%error, "up to when metrics were sent cannot be kept: the next agent sends some again");
        }
        let (waiting, dropped) = {
            let mut buffer = lock(&self.buffer);
            (buffer.waiting(), buffer.take_dropped())
        };
        if self.failures > 0 {
            info!(waiting, "CloudWatch takes metrics again");
        }
        if dropped > 0 {
            warn!(minutes = dropped, "metrics were never sent: they had waited for too long");
        }
        self.failures = 0;
    }
}

/// Up to which minute an earlier agent has sent; a mark that cannot be read costs no more than minutes sent twice.
pub fn sent_until(mark: &Path) -> i64 {
    files::read_json(mark).ok().flatten().unwrap_or(i64::MIN)
}

fn lock(buffer: &Mutex<Buffer>) -> MutexGuard<'_, Buffer> {
    // A panic elsewhere cannot leave it half changed.
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Doubling, half of it by chance, so that a fleet does not come back at one moment.
fn wait(failures: u32, chance: f64) -> Duration {
    let full = FIRST_WAIT.saturating_mul(2u32.saturating_pow(failures)).min(LONGEST_WAIT);
    full.mul_f64(0.5 + chance / 2.0)
}

fn new_client(credentials: &Credentials) -> Client {
    let to = &credentials.destination;
    let keys = aws_sdk_cloudwatch::config::Credentials::new(
        &credentials.access_key_id,
        &credentials.secret_access_key,
        Some(credentials.session_token.clone()),
        Some(credentials.until.into()),
        "SetCredentials",
    );
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(https::client())
        .region(Region::new(to.region.clone()))
        .credentials_provider(keys)
        // The buffer tries again, for longer and for less.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build());
    config.set_endpoint_url(to.endpoint_url.clone());
    Client::from_conf(config.build())
}

async fn put(client: &Client, credentials: &Credentials, minutes: &[Minute]) -> Result<(), Failure> {
    let to = &credentials.destination;
    let dimension = Dimension::builder().name(INSTANCE).value(&to.instance_id).build();
    let mut data = Vec::with_capacity(minutes.len() * COUNT);
    for minute in minutes {
        data.extend(of_minute(minute, &dimension).map_err(|error| Failure::Refused(error.to_string()))?);
    }
    let request = client.put_metric_data().namespace(&to.namespace).set_metric_data(Some(data));
    request.send().await.map(drop).map_err(failure)
}

fn of_minute(minute: &Minute, dimension: &Dimension) -> Result<Vec<MetricDatum>, BuildError> {
    let begun = Duration::from_millis(u64::try_from(minute.start_ms).unwrap_or(0));
    let all = metric::ALL.iter().zip(&minute.statistics).filter(|(_, statistics)| statistics.count > 0);
    all.map(|(metric, statistics)| {
        let values = StatisticSet::builder()
            .sample_count(f64::from(statistics.count))
            .sum(statistics.sum)
            .minimum(statistics.least)
            .maximum(statistics.most)
            .build();
        Ok(MetricDatum::builder()
            .metric_name(metric.name)
            .unit(metric.unit.clone())
            .dimensions(dimension.clone())
            .timestamp(DateTime::from(UNIX_EPOCH + begun))
            .statistic_values(values)
            .build())
    })
    .collect()
}

fn failure(error: SdkError<PutMetricDataError>) -> Failure {
    let Some(code) = error.code() else { return Failure::Away(DisplayErrorContext(&error).to_string()) };
    let text = format!("{code}: {}", error.message().unwrap_or("no reason was given"));
    match code {
        "InvalidParameterCombination"
        | "InvalidParameterCombinationException"
        | "InvalidParameterValue"
        | "InvalidParameterValueException"
        | "MissingParameter"
        | "MissingRequiredParameterException"
        | "ValidationError" => Failure::Refused(text),
        _ => Failure::Away(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_half_of_each_is_chance() {
        let longest: Vec<_> = (0..9).map(|failures| wait(failures, 1.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
        assert_eq!(wait(3, 0.0), Duration::from_secs(4));
    }
}
