//! What the reconciler asks of agents, apart from how they are reached.
//!
//! Not here: streams of logs and tunnels, which people ask for and which reconciling does without.

use crate::{
    certificates::{CertificateError, For},
    model::{AgentReport, DeploymentId, Epoch, Generation, Incarnation, InstanceId, Sample},
    secrets::Secret,
};
use async_trait::async_trait;
use doltops_proto::instance_manager::SetCredentialsRequest;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashSet},
    net::SocketAddr,
};
use thiserror::Error;
use tonic::{Code, Status};

/// Every agent of the fleet, to be asked and told.
#[async_trait]
pub trait AgentCalls: Send + Sync + 'static {
    /// Asks how an instance is.
    ///
    /// # Errors
    /// When the agent does not answer in time, or refuses.
    async fn heartbeat(&self, target: &Target, epoch: Epoch, after: Option<Timestamp>) -> Result<Answer, AgentError>;

    /// What the agent wants signed: the same until chains for it are deployed. `names`: what the database's certificate is
    /// to carry.
    ///
    /// # Errors
    /// When the agent does not answer in time, or refuses.
    async fn enrol(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        names: Vec<String>,
    ) -> Result<Requests, AgentError>;

    /// Makes the instance what `deploy` says.
    ///
    /// # Errors
    /// When the agent does not answer in time, or refuses.
    async fn deploy(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        deploy: Deploy,
    ) -> Result<(), AgentError>;

    /// Hands the agent credentials for its metrics and logs, in place of earlier ones.
    ///
    /// # Errors
    /// When the agent does not answer in time, or refuses.
    async fn set_credentials(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        credentials: SetCredentialsRequest,
    ) -> Result<(), AgentError>;

    /// Has the agent trust whom we trust, and show a certificate of the authority that signs now, with an issue number above
    /// `after`. It has shown it when this returns. Dolt is not touched.
    ///
    /// # Errors
    /// When the agent does not answer in time, or refuses.
    async fn renew_identity(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        after: u64,
    ) -> Result<(), AgentError>;

    /// Has these logins take the place of those that are there. They have worked when this returns.
    ///
    /// # Errors
    /// When the agent does not answer in time, or refuses. Either those from before work then, or these.
    async fn renew_logins(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        logins: &Logins,
    ) -> Result<(), AgentError>;

    /// Forgets what is open to instances that are not among these.
    fn keep_only(&self, live: &HashSet<InstanceId>);
}

/// Which agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whose instance.
    pub deployment: DeploymentId,
    /// Which of its instances.
    pub incarnation: Incarnation,
    /// The same, as the cloud names it.
    pub instance: InstanceId,
    /// Where its agent listens.
    pub address: SocketAddr,
    /// The incarnation was written down as serving: the identity that it booted with is used up.
    pub enrolled: bool,
    /// An identity of its own with a smaller issue number was taken back.
    pub floor: u64,
}

/// Why an agent did not do it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AgentError {
    /// It cannot be reached, or its answer was lost.
    #[error("the agent does not answer: {0}")]
    Away(String),
    /// It refused.
    #[error("the agent refused: {0}")]
    Refused(String),
    /// No certificate could be made for the call.
    #[error("{0}")]
    Certificate(String),
}

impl From<CertificateError> for AgentError {
    fn from(error: CertificateError) -> Self {
        AgentError::Certificate(error.to_string())
    }
}

impl From<Status> for AgentError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => {
                AgentError::Away(status.message().to_owned())
            }
            _ => AgentError::Refused(status.message().to_owned()),
        }
    }
}

/// A heartbeat's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// How the instance is.
    pub report: AgentReport,
    /// The samples taken since those that were asked after.
    pub samples: Vec<Sample>,
}

/// Signing requests for the keys that an agent waits with (PKCS#10, DER).
#[derive(Clone, Debug)]
pub struct Requests {
    /// The agent's own.
    pub agent: Vec<u8>,
    /// The database's.
    pub database: Vec<u8>,
    /// What the agent's own is to be signed by.
    pub known: For,
}

/// Signed chains for those keys (DER, leaf first).
#[derive(Clone, Debug)]
pub struct Chains {
    /// The agent's own.
    pub agent: Vec<Vec<u8>>,
    /// The database's.
    pub database: Vec<Vec<u8>>,
}

/// What a deploy carries.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// The deployment's name.
    pub name: String,
    /// The volume's size, bytes.
    pub volume_bytes: u64,
    /// Server settings by key.
    pub settings: BTreeMap<String, String>,
    /// The last restart that was asked for.
    pub restart_id: String,
    /// For the keys that were enrolled; none: the certificates that are there stay.
    pub chains: Option<Chains>,
    /// The customer's first password.
    pub root: Secret,
    /// The control plane's own user and password.
    pub admin: (String, Secret),
}

/// Logins of a database.
#[derive(Clone, Debug)]
pub struct Logins {
    /// Root's password.
    pub root: Secret,
    /// The control plane's own user and password.
    pub admin: (String, Secret),
}
