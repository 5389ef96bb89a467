//! One effect on the world, and a plan of them.

use crate::model::{AddressId, CopyId, DeploymentName, Incarnation, InstanceId, VolumeId};
use serde::Serialize;
use std::net::IpAddr;

/// One effect on the world; safe to do twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A data volume, empty or from a copy; in that zone where one is named.
    CreateVolume { gib: u32, from: Option<CopyId>, zone: Option<String> },
    /// A new instance, with the volume attached where the cloud can; in that zone where one is named.
    LaunchInstance { incarnation: Incarnation, instance_type: String, volume: Option<VolumeId>, zone: Option<String> },
    /// The data volume to its instance.
    AttachVolume { instance: InstanceId, volume: VolumeId },
    /// An address for good.
    AllocateAddress,
    /// That address to the instance.
    AssociateAddress { instance: InstanceId, address: AddressId },
    /// That address goes back.
    ReleaseAddress { address: AddressId },
    /// The cloud itself refuses to terminate the instance, or does not any more.
    ProtectInstance { instance: InstanceId, on: bool },
    /// A certificate of a public authority for the agent's pending request; deployed by the next `Deploy`.
    OrderCertificate { instance: Option<InstanceId>, name: String },
    /// Certificates, settings and credentials to the agent, which starts or restarts Dolt if it must.
    Deploy { instance: Option<InstanceId>, enrol: bool, restarts: bool },
    /// Credentials that end later, to the agent.
    RenewCredentials { instance: InstanceId },
    /// Another key and certificate for the agent, and whom it trusts.
    RenewIdentity { instance: InstanceId },
    /// Other passwords in the database, as an operation has asked for.
    RenewLogins { instance: InstanceId, id: String },
    /// The host name leads to the address.
    PublishName { name: String, to: IpAddr },
    /// The host name leads nowhere.
    WithdrawName { name: String },
    /// The instance stops, and with it Dolt.
    StopInstance { instance: InstanceId },
    /// Another type for a stopped instance.
    ChangeType { instance: InstanceId, to: String },
    /// A stopped instance runs again.
    StartInstance { instance: InstanceId },
    /// A larger volume, while it is used.
    GrowVolume { volume: VolumeId, to: u32 },
    /// A copy of everything, before the volume goes.
    TakeFinalCopy { volume: VolumeId },
    /// The instance goes; its data volume stays.
    TerminateInstance { instance: InstanceId },
    /// The data goes. Only after its final copy is there.
    DestroyVolume { volume: VolumeId },
    /// The last of it: secrets and the rest of the record.
    Forget,
}

impl Step {
    /// The word for it in plans, events and messages.
    pub fn action(&self) -> &'static str {
        match self {
            Step::CreateVolume { .. } => "create-volume",
            Step::LaunchInstance { .. } => "launch-instance",
            Step::AttachVolume { .. } => "attach-volume",
            Step::AllocateAddress => "allocate-address",
            Step::AssociateAddress { .. } => "associate-address",
            Step::ReleaseAddress { .. } => "release-address",
            Step::ProtectInstance { .. } => "protect-instance",
            Step::OrderCertificate { .. } => "order-certificate",
            Step::Deploy { .. } => "deploy",
            Step::RenewCredentials { .. } => "give-credentials",
            Step::RenewIdentity { .. } => "renew-identity",
            Step::RenewLogins { .. } => "renew-logins",
            Step::PublishName { .. } => "publish-name",
            Step::WithdrawName { .. } => "withdraw-name",
            Step::StopInstance { .. } => "stop-instance",
            Step::ChangeType { .. } => "change-type",
            Step::StartInstance { .. } => "start-instance",
            Step::GrowVolume { .. } => "grow-volume",
            Step::TakeFinalCopy { .. } => "take-final-copy",
            Step::TerminateInstance { .. } => "terminate-instance",
            Step::DestroyVolume { .. } => "destroy-volume",
            Step::Forget => "forget",
        }
    }

    /// Whether data is gone afterwards.
    pub fn destroys_data(&self) -> bool {
        matches!(self, Step::DestroyVolume { .. })
    }

    /// What it acts on, for people: an id, a size or a type.
    pub fn target(&self) -> String {
        match self {
            Step::CreateVolume { gib, from: None, .. } => format!("{gib} GiB"),
            Step::CreateVolume { gib, from: Some(copy), .. } => format!("{gib} GiB from {copy}"),
            Step::LaunchInstance { instance_type, zone: Some(zone), .. } => format!("{instance_type} in {zone}"),
            Step::LaunchInstance { instance_type, .. } => instance_type.clone(),
            Step::AttachVolume { instance, volume } => format!("{volume} to {instance}"),
            Step::AllocateAddress => "an address of its own".to_owned(),
            Step::AssociateAddress { instance, address } => format!("{address} to {instance}"),
            Step::ReleaseAddress { address } => address.to_string(),
            Step::ProtectInstance { instance, on: true } => format!("{instance} against termination"),
            Step::ProtectInstance { instance, on: false } => format!("{instance} no longer"),
            Step::OrderCertificate { name, .. } | Step::WithdrawName { name } => name.clone(),
            // Of what is yet to be made.
            Step::PublishName { name, to } if to.is_unspecified() => format!("{name} at its address"),
            Step::PublishName { name, to } => format!("{name} at {to}"),
            Step::Deploy { instance, .. } => {
                instance.as_ref().map_or_else(|| "the new instance".to_owned(), ToString::to_string)
            }
            Step::RenewCredentials { instance }
            | Step::RenewIdentity { instance }
            | Step::RenewLogins { instance, .. }
            | Step::StopInstance { instance }
            | Step::StartInstance { instance }
            | Step::TerminateInstance { instance } => instance.to_string(),
            Step::ChangeType { instance, to } => format!("{instance} to {to}"),
            Step::GrowVolume { volume, to } => format!("{volume} to {to} GiB"),
            Step::TakeFinalCopy { volume } | Step::DestroyVolume { volume } => volume.to_string(),
            Step::Forget => "its secrets and record".to_owned(),
        }
    }
}

/// A step with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// Of which deployment.
    pub deployment: DeploymentName,
    /// What is done.
    pub step: Step,
    /// Why, in words: what differs.
    pub reason: String,
}

/// What a change would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In order, deployment by deployment.
    pub steps: Vec<PlannedStep>,
    /// What it leaves out, and why.
    pub notes: Vec<String>,
}
