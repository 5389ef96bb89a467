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

#[cfg(feature = "aws")]
pub mod aws;
pub mod local;

use crate::model::{
    Address, AddressId, Copy, CopyId, DeploymentId, DeploymentName, Incarnation, Instance, InstanceId, InstanceType,
    NameRecord, Site, StandsIn, Volume, VolumeId,
};
use crate::secrets::Secret;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};
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
    /// Host names under the site's domain, those of others too.
    pub names: Vec<NameRecord>,
    /// Addresses that deployments keep.
    pub addresses: Vec<Address>,
    /// What the cloud itself shows people for a resource, by its id; only of what has such a name.
    pub labels: BTreeMap<String, String>,
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
    /// Where; none in a cloud without zones.
    pub zone: Option<String>,
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
    /// In place of which other type, and why.
    pub stands_in: Option<StandsIn>,
    /// Where; none in a cloud without zones.
    pub zone: Option<String>,
    /// The data volume, attached from the start where the cloud can.
    pub volume: Option<VolumeId>,
    /// Whether the cloud is to refuse its termination.
    pub protected: bool,
}

/// An address that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRequest {
    /// The same token gives the same address.
    pub token: String,
    /// Whose.
    pub deployment: DeploymentId,
    /// For people who look at the cloud itself.
    pub name: DeploymentName,
}

/// Credentials for one instance: for its own metrics and logs only, and for a while.
#[derive(Clone)]
pub struct Credentials {
    /// Which key; no secret by itself.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: Secret,
    /// What goes with it.
    pub session_token: Secret,
    /// When they end.
    pub until: Timestamp,
    /// Where metrics and logs are sent to.
    pub region: String,
    /// Another address of the services than the region's own; empty: none.
    pub endpoint_url: String,
    /// Under which name metrics are sent.
    pub namespace: String,
    /// Where logs are sent to.
    pub log_group: String,
}

/// Why the cloud did not do it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CloudError {
    /// It refuses, and would again: what to change is in the words.
    #[error("{0}")]
    Refused(String),
    /// It has no instance of that type to give there now; another type or zone may be had.
    #[error("{0}")]
    NoCapacity(String),
    /// What this token made is gone for good, and the token makes nothing more.
    #[error("{0}")]
    Spent(String),
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
    /// What plans need to know of it.
    fn site(&self) -> &Site;
    /// The refusal of what this cloud does not have; plans that follow [`Cloud::site`] never meet it.
    fn has_none(&self, what: &str) -> CloudError {
        CloudError::Refused(format!("the provider {} has no {what}", self.provider()))
    }
    /// Everything of this control plane's.
    async fn look(&self) -> Result<View, CloudError>;
    /// What belongs to these deployments, for those that are in flight; may show more. Cheaper than [`Cloud::look`]
    /// where that costs calls.
    async fn look_of(&self, _deployments: &BTreeSet<DeploymentId>) -> Result<View, CloudError> {
        self.look().await
    }
    /// A data volume.
    async fn create_volume(&self, request: &VolumeRequest) -> Result<Volume, CloudError>;
    /// An instance that boots with `user_data`, which holds a secret and is never part of the stored request.
    async fn launch(&self, request: &LaunchRequest, user_data: &str) -> Result<Instance, CloudError>;
    /// Attaches a volume to an instance of the same zone.
    async fn attach(&self, _volume: &VolumeId, _instance: &InstanceId) -> Result<(), CloudError> {
        Err(self.has_none("volumes that are attached by themselves"))
    }
    /// Has the cloud refuse the instance's termination, or not any more.
    async fn protect(&self, _instance: &InstanceId, _on: bool) -> Result<(), CloudError> {
        Err(self.has_none("protection of instances"))
    }
    /// Stops it, and all that runs on it, in order. Answers when it is under way.
    async fn stop(&self, instance: &InstanceId) -> Result<(), CloudError>;
    /// Starts what is stopped.
    async fn start(&self, instance: &InstanceId) -> Result<(), CloudError>;
    /// Gives a stopped instance another type; `stands_in` where it is not the one that was wanted.
    async fn change_type(
        &self,
        instance: &InstanceId,
        to: &str,
        stands_in: Option<&StandsIn>,
    ) -> Result<(), CloudError>;
    /// Ends it for ever, protected or not; its volume stays.
    async fn terminate(&self, instance: &InstanceId) -> Result<(), CloudError>;
    /// Makes a volume larger, also while it is used.
    async fn grow(&self, volume: &VolumeId, gib: u32) -> Result<(), CloudError>;
    /// Begins a copy of a volume that nothing writes to; [`View::copies`] tells when it is completed.
    async fn copy(&self, volume: &VolumeId, token: &str) -> Result<Copy, CloudError>;
    /// Destroys a volume and its data.
    async fn destroy_volume(&self, volume: &VolumeId) -> Result<(), CloudError>;
    /// Destroys a copy.
    async fn destroy_copy(&self, copy: &CopyId) -> Result<(), CloudError>;
    /// An address that is kept until it is released.
    async fn allocate_address(&self, _request: &AddressRequest) -> Result<Address, CloudError> {
        Err(self.has_none("addresses to keep"))
    }
    /// Leads an address to an instance, away from another.
    async fn associate_address(&self, _address: &AddressId, _instance: &InstanceId) -> Result<(), CloudError> {
        Err(self.has_none("addresses to keep"))
    }
    /// Gives an address back.
    async fn release_address(&self, _address: &AddressId) -> Result<(), CloudError> {
        Err(self.has_none("addresses to keep"))
    }
    /// Leads a host name to an address, and marks the record as the deployment's. A name that is somebody else's is
    /// refused.
    async fn publish(&self, _name: &str, _to: IpAddr, _deployment: &DeploymentId) -> Result<(), CloudError> {
        Err(self.has_none("name records"))
    }
    /// Marks the record of a host name as the deployment's, that leads to `to` and to nothing else and has no mark. Whoever
    /// asks knows that it is the deployment's; any other record is refused.
    async fn mark(&self, _name: &str, _to: IpAddr, _deployment: &DeploymentId) -> Result<(), CloudError> {
        Err(self.has_none("name records"))
    }
    /// Takes a host name away that is the deployment's; any other is left as it is.
    async fn withdraw(&self, _name: &str, _deployment: &DeploymentId) -> Result<(), CloudError> {
        Err(self.has_none("name records"))
    }
    /// Makes the text records of a name these, for an authority's challenge; none: takes them away. Returns when every
    /// name server answers so.
    async fn set_challenge(&self, _name: &str, _values: &[String]) -> Result<(), CloudError> {
        Err(self.has_none("name records"))
    }
    /// New credentials for a deployment's instance. Refused where [`Site::credentials`] says no.
    async fn credentials(&self, _deployment: &DeploymentId) -> Result<Credentials, CloudError> {
        Err(self.has_none("credentials to give"))
    }
    /// Ends every process of the fleet's without changing what it should be: the machine's power switch. The next
    /// process that needs the fleet brings them back. Gives how many instances ran. Clouds other than this machine
    /// refuse.
    async fn suspend(&self) -> Result<usize, CloudError> {
        Err(self.has_none("power switch"))
    }
}
