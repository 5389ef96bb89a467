//! One effect on the world, and a plan of them.

use crate::model::{CopyId, DeploymentName, Incarnation, InstanceId, VolumeId};
use serde::Serialize;

/// One effect on the world; safe to do twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A data volume, empty or from a copy.
    CreateVolume { gib: u32, from: Option<CopyId> },
    /// A new instance with the volume attached.
    LaunchInstance { incarnation: Incarnation, instance_type: String, volume: Option<VolumeId> },
    /// Certificates, settings and credentials to the agent, which starts or restarts Dolt if it must.
    Deploy { instance: Option<InstanceId>, enrol: bool, restarts: bool },
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
            Step::Deploy { .. } => "deploy",
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
            Step::CreateVolume { gib, from: None } => format!("{gib} GiB"),
            Step::CreateVolume { gib, from: Some(copy) } => format!("{gib} GiB from {copy}"),
            Step::LaunchInstance { instance_type, .. } => instance_type.clone(),
            Step::Deploy { instance, .. } => {
                instance.as_ref().map_or_else(|| "the new instance".to_owned(), ToString::to_string)
            }
            Step::StopInstance { instance }
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
