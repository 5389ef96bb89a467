//! What instances have measured and said, where it is kept apart from them.
//!
//! One trait, [`Telemetry`]; its home is [`cloudwatch`], which holds what instances on AWS have sent there, also after an
//! instance has gone. What an agent itself remembers is read over its own connection by the Hosted API
//! (`hosted_api::server::telemetry`), which also decides who is asked first.
//!
//! Guarantees: an answer says when its source was asked; a source that cannot answer says so and gives nothing old as
//! new. Not here: which source is asked first, and what is live.
//!
//! Why a room of its own: the driver of a cloud changes things and is asked by the reconciler alone; this one only
//! reads, is asked as often as people look, and must never slow the other down.

#[cfg(feature = "aws")]
pub mod cloudwatch;
pub mod period;

use crate::model::{DeploymentId, InstanceId, Sample};
use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use thiserror::Error;

/// Whose telemetry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The deployment's name, as people call it.
    pub name: String,
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its instances, as far as they are known: the one that serves, and those before it.
    pub instances: Vec<InstanceId>,
}

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The processor and the queries: what a list shows of each row. Sources that cost by the curve are asked for no
    /// more.
    Brief,
    /// Everything, with the machine's own.
    Full,
}

/// What was measured of one deployment, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Of Dolt.
    pub samples: Vec<Sample>,
    /// Of the machine, where the source has it.
    pub host: Vec<HostSample>,
}

/// One look at the machine that Dolt runs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostSample {
    /// When.
    pub time: Timestamp,
    /// Of all cores.
    pub cpu_percent: f64,
    /// Used memory.
    pub memory_percent: f64,
    /// Of the data volume.
    pub disk_percent: f64,
}

/// An answer about several.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// In the order in which they were asked for.
    pub of: Vec<Curve>,
    /// When the source was asked.
    pub as_of: Timestamp,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was said; none where that is not known.
    pub time: Option<Timestamp>,
    /// debug, info, warning, error, fatal; empty where the line tells none.
    pub level: String,
    /// The rest.
    pub text: String,
}

/// Lines, oldest first; after an error none come.
pub type Lines = BoxStream<'static, Result<Line, TelemetryError>>;

/// Why a source gave nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TelemetryError {
    /// It does not answer, or asks for patience.
    #[error("{0}")]
    Away(String),
    /// It answers, and refuses.
    #[error("{0}")]
    Refused(String),
}

/// Where instances' measurements and logs can be read.
#[async_trait]
pub trait Telemetry: Send + Sync {
    /// The word for it: agent, cloudwatch.
    fn source(&self) -> &'static str;

    /// What was measured of each of `of` since then.
    ///
    /// # Errors
    /// When the source gives nothing that is new enough to be called its answer.
    async fn curves(&self, of: &[Subject], since: Timestamp, detail: Detail) -> Result<Curves, TelemetryError>;

    /// What was logged from `from` on and before `until`, by all instances that the deployment had then.
    ///
    /// # Errors
    /// When the source does not answer.
    async fn lines(&self, of: &Subject, from: Timestamp, until: Timestamp) -> Result<Lines, TelemetryError>;

    /// The last `count` lines that the deployment's known instances have logged.
    ///
    /// # Errors
    /// When the source does not answer.
    async fn last_lines(&self, of: &Subject, count: u32) -> Result<Lines, TelemetryError>;
}
