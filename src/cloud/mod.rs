//! Where instances and volumes are.
//!
//! Guarantees of every cloud
//! - Everything it makes carries the deployment's id and the control plane's id from the same call on; it tells and
//!   touches only what carries this control plane's id.
//! - A call with a token that it has seen gives what the first one made.
//! - Each call is safe to do twice; stopping what is stopped is no error.
//! - It refuses what EC2 would refuse: another type for a running instance, a smaller volume, a second attachment.
//!
//! Not here: deciding what to call (`reconcile::plan`).

pub mod local;

use crate::model::{
    Copy, CopyId, DeploymentId, DeploymentName, Incarnation, Instance, InstanceId, InstanceType, Volume, VolumeId,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Everything of this control plane's, at one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Instances, ended ones as long as the cloud remembers them.
    pub instances: Vec<Instance>,
    /// Data volumes.
    pub volumes: Vec<Volume>,
    /// Copies of volumes.
    pub copies: Vec<Copy>,
    /// The power switch is off (see [`Cloud::suspend`]): nothing runs and no instance can be changed. Their states are
    /// those that they come back to.
    pub suspended: bool,
}

/// A volume that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeRequest {
    /// The same token gives the same volume.
    pub token: String,
    /// Whose.
    pub deployment: DeploymentId,
    /// For people who look at the cloud itself.
    pub name: DeploymentName,
    /// GiB.
    pub gib: u32,
    /// What it begins with.
    pub from: Option<CopyId>,
}

/// An instance that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchRequest {
    /// The same token gives the same instance.
    pub token: String,
    /// Whose.
    pub deployment: DeploymentId,
    /// For people who look at the cloud itself.
    pub name: DeploymentName,
    /// Which of that deployment's.
    pub incarnation: Incarnation,
    /// One of [`Cloud::types`].
    pub instance_type: String,
    /// The data volume, attached from the start.
    pub volume: VolumeId,
}

/// Why the cloud did not do it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CloudError {
    /// It refuses, and would again: what to change is in the words.
    #[error("{0}")]
    Refused(String),
    /// It may do it later.
    #[error("{0}")]
    Later(String),
    /// What the call names is not there.
    #[error("there is no {0}")]
    NotFound(String),
}

/// Where instances and volumes are.
#[async_trait]
pub trait Cloud: Send + Sync + 'static {
    /// `local`, `aws`.
    fn provider(&self) -> &'static str;
    /// What it offers; the first is the default.
    fn types(&self) -> &[InstanceType];
    /// Everything of this control plane's.
    async fn look(&self) -> Result<View, CloudError>;
    /// A data volume.
    async fn create_volume(&self, request: &VolumeRequest) -> Result<Volume, CloudError>;
    /// An instance that boots with `user_data`, which holds a secret and is never part of the stored request.
    async fn launch(&self, request: &LaunchRequest, user_data: &str) -> Result<Instance, CloudError>;
    /// Stops it, and all that runs on it, in order. Answers when it is under way.
    async fn stop(&self, instance: &InstanceId) -> Result<(), CloudError>;
    /// Starts what is stopped.
    async fn start(&self, instance: &InstanceId) -> Result<(), CloudError>;
    /// Gives a stopped instance another type.
    async fn change_type(&self, instance: &InstanceId, to: &str) -> Result<(), CloudError>;
    /// Ends it for ever; its volume stays.
    async fn terminate(&self, instance: &InstanceId) -> Result<(), CloudError>;
    /// Makes a volume larger, also while it is used.
    async fn grow(&self, volume: &VolumeId, gib: u32) -> Result<(), CloudError>;
    /// Begins a copy of a volume that nothing writes to; [`View::copies`] tells when it is completed.
    async fn copy(&self, volume: &VolumeId, token: &str) -> Result<Copy, CloudError>;
    /// Destroys a volume and its data.
    async fn destroy_volume(&self, volume: &VolumeId) -> Result<(), CloudError>;
    /// Destroys a copy.
    async fn destroy_copy(&self, copy: &CopyId) -> Result<(), CloudError>;
    /// Ends every process of the fleet's without changing what it should be: the machine's power switch. The next
    /// process that needs the fleet brings them back. Gives how many instances ran. Clouds other than this machine
    /// refuse.
    async fn suspend(&self) -> Result<usize, CloudError>;
}
