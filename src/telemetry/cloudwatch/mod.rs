//! Telemetry that is kept in CloudWatch.
//!
//! ```text
//!  curves ─▶ what is missing (cache) ─▶ few calls (batch), not too often (pace) ─▶ GetMetricData (sdk)
//!     ▲                                                                                  │
//!     └────── samples (curves) ◀── cache ◀───────────────────────────────────────────────┘
//!  lines ─▶ FilterLogEvents, GetLogEvents (logs)
//! ```
//!
//! Each arrow but the last is pure. Costs: GetMetricData by the curve asked for, whatever its length; so lists ask for
//! two curves a row, for the rows in view alone, and each at most once a minute however many look.

mod batch;
mod cache;
mod curves;
mod logs;
mod metrics;
mod pace;
mod sdk;
mod series;

use super::{Curves, Detail, Lines, Subject, Telemetry, TelemetryError, period::Window};
use crate::env::Env;
use async_trait::async_trait;
use aws_config::{SdkConfig, timeout::TimeoutConfig};
use jiff::Timestamp;
use series::{Key, Metric};
use std::{sync::Arc, time::Duration};

/// An answer takes some 100 ms; whoever looks is shown the agents' own after this.
const CALL_LIMIT: Duration = Duration::from_secs(8);

/// CloudWatch, as far as it is one control plane's.
pub struct CloudWatch {
    control_plane: String,
    metrics: metrics::Reader,
    logs: logs::Reader,
    env: Arc<dyn Env>,
}

impl CloudWatch {
    /// With these credentials, in that region. What is read was sent by instances of this control plane.
    pub fn new(config: &SdkConfig, control_plane: &str, env: Arc<dyn Env>) -> Self {
        let limit = TimeoutConfig::builder().operation_timeout(CALL_LIMIT).build();
        let metrics = aws_sdk_cloudwatch::config::Builder::from(config).timeout_config(limit.clone()).build();
        let logs = aws_sdk_cloudwatchlogs::config::Builder::from(config).timeout_config(limit).build();
        let metrics = aws_sdk_cloudwatch::Client::from_conf(metrics);
        let logs = aws_sdk_cloudwatchlogs::Client::from_conf(logs);
        Self {
            control_plane: control_plane.to_owned(),
            metrics: metrics::Reader::new(Box::new(metrics), env.clone()),
            logs: logs::Reader::new(logs, env.clone()),
            env,
        }
    }

    /// The curves of one deployment: by instance, the earlier ones first.
    fn keys(&self, of: &Subject, metrics: &[Metric], period: i64) -> Vec<Key> {
        let namespace: Arc<str> = format!("Doltops/{}/{}", self.control_plane, of.deployment).into();
        let key = |instance: &Arc<str>, metric: Metric| Key {
            namespace: namespace.clone(),
            instance: instance.clone(),
            metric,
            period,
        };
        let instances = of.instances.iter().map(|instance| Arc::from(instance.as_str()));
        instances.flat_map(|instance| metrics.iter().map(move |metric| key(&instance, *metric))).collect()
    }
}

#[async_trait]
impl Telemetry for CloudWatch {
    fn source(&self) -> &'static str {
        "cloudwatch"
    }

    async fn curves(&self, of: &[Subject], since: Timestamp, detail: Detail) -> Result<Curves, TelemetryError> {
        let window = Window::new(since.as_second(), self.env.now().as_second());
        let metrics = match detail {
            Detail::Brief => series::BRIEF,
            Detail::Full => series::FULL,
        };
        let keys: Vec<Vec<Key>> = of.iter().map(|subject| self.keys(subject, metrics, window.period)).collect();
        let as_of = self.metrics.refresh(&keys.concat(), window).await?;
        let curve =
            |keys: &Vec<Key>| curves::curve(keys.iter().map(|key| (key.metric, self.metrics.points(key, window))));
        let as_of = Timestamp::from_second(as_of).unwrap_or_else(|_| self.env.now());
        Ok(Curves { of: keys.iter().map(curve).collect(), as_of })
    }

    async fn lines(&self, of: &Subject, from: Timestamp, until: Timestamp) -> Result<Lines, TelemetryError> {
        self.logs.between(&of.deployment.log_group(&self.control_plane), from, until).await
    }

    async fn last_lines(&self, of: &Subject, count: u32) -> Result<Lines, TelemetryError> {
        let instances: Vec<String> = of.instances.iter().map(ToString::to_string).collect();
        self.logs.last(&of.deployment.log_group(&self.control_plane), &instances, count).await
    }
}
