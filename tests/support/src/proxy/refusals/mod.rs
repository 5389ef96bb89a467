//! What AWS refuses and moto accepts.
//!
//! Each check looks at what moto has, past the proxy, and says what AWS would say. What moto refuses by itself is left to
//! it. The checks and the call are not one step: two calls at the same time can both pass, as they hardly can at AWS.

mod dns;
mod metrics;

use super::{
    call::{Call, Dialect, Parameters},
    refused::Refused,
    world::World,
};
use aws_sdk_ec2::types::{Instance, Volume, VolumeState};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// How long a volume rests after it was modified, where that is switched on.
const VOLUME_RESTS: Duration = Duration::from_hours(6);

/// The refusals, and what they have to remember.
#[derive(Debug, Default)]
pub struct Refusals {
    /// Whether a volume rests between modifications. Off at first: most tests grow one twice.
    volumes_rest: AtomicBool,
    modified: Mutex<BTreeMap<String, Instant>>,
}

impl Refusals {
    /// Whether a volume that was modified in the last six hours can be modified again.
    pub fn let_volumes_rest(&self, rest: bool) {
        self.volumes_rest.store(rest, Ordering::Relaxed);
    }

    /// Why AWS would refuse this call.
    pub async fn check(&self, call: &Call, world: &World) -> Result<(), Refused> {
        if call.is_dry_run() {
            return Ok(());
        }
        match (call.dialect, call.operation.as_str()) {
            (Dialect::Ec2, "ModifyVolume") => self.modify_volume(call, world).await,
            (Dialect::Ec2, "CreateVolume") => create_volume(call, world).await,
            (Dialect::Ec2, "ReleaseAddress") => release_address(call, world).await,
            (Dialect::Ec2, "AttachVolume") => attach_volume(call, world).await,
            (Dialect::Ec2, "DeleteVolume") => delete_volume(call, world).await,
            (Dialect::Ec2, "ModifyInstanceAttribute") => change_type(call, world).await,
            (Dialect::Ec2, "StartInstances") => start(call, world).await,
            (Dialect::Ec2, "StopInstances") => stop(call, world).await,
            (Dialect::RestXml, "ChangeResourceRecordSets") => dns::check(call, world).await,
            (Dialect::Cbor, _) => metrics::check(call),
            _ => Ok(()),
        }
    }

    /// Writes down what later checks need, once the call was done.
    pub fn done(&self, call: &Call) {
        if call.is_ec2("ModifyVolume")
            && let Some(volume) = call.parameter("VolumeId")
        {
            let mut modified = self.modified.lock().unwrap_or_else(PoisonError::into_inner);
            modified.insert(volume.to_owned(), Instant::now());
        }
    }

    async fn modify_volume(&self, call: &Call, world: &World) -> Result<(), Refused> {
        let Some(volume) = wanted_volume(call, world).await else { return Ok(()) };
        let size = call.parameter("Size").and_then(|size| size.parse::<i32>().ok());
        if size.is_some_and(|size| volume.size().is_some_and(|now| size < now)) {
            return Err(Refused::new("InvalidParameterValue", "New size cannot be smaller than existing size"));
        }
        let id = volume.volume_id().unwrap_or_default();
        let modified = self.modified.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied();
        let rests = modified.is_some_and(|at| at.elapsed() < VOLUME_RESTS);
        if rests && self.volumes_rest.load(Ordering::Relaxed) {
            return Err(Refused::new(
                "VolumeModificationRateExceeded",
                "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between \
                 modifications per EBS volume.",
            ));
        }
        Ok(())
    }
}

async fn create_volume(call: &Call, world: &World) -> Result<(), Refused> {
    let (Some(snapshot), Some(size)) = (call.parameter("SnapshotId"), call.parameter("Size")) else { return Ok(()) };
    let least = world.snapshot(snapshot).await.and_then(|snapshot| snapshot.volume_size());
    let (Some(least), Ok(size)) = (least, size.parse::<i32>()) else { return Ok(()) };
    if size >= least {
        return Ok(());
    }
    let message = format!("Volume of {size}GiB is smaller than snapshot '{snapshot}', expect size >= {least}GiB");
    Err(Refused::new("InvalidParameterValue", message))
}

async fn release_address(call: &Call, world: &World) -> Result<(), Refused> {
    let Some(address) = world.address(call.parameter("AllocationId").unwrap_or_default()).await else { return Ok(()) };
    let Some(instance) = address.instance_id() else { return Ok(()) };
    // moto leaves the address with an instance that is terminated; at AWS it is free then.
    let instances = world.instances(vec![instance.to_owned()]).await;
    if instances.iter().all(|instance| state(instance) == "terminated") {
        return Ok(());
    }
    let message = format!("Address {} is in use.", address.public_ip().unwrap_or_default());
    Err(Refused::new("InvalidIPAddress.InUse", message))
}

async fn attach_volume(call: &Call, world: &World) -> Result<(), Refused> {
    let Some(volume) = wanted_volume(call, world).await else { return Ok(()) };
    let id = volume.volume_id().unwrap_or_default();
    if volume.state() != Some(&VolumeState::Available) {
        return Err(Refused::new("VolumeInUse", format!("{id} is already attached to an instance")));
    }
    let instances = world.instances(call.parameter("InstanceId").map(str::to_owned).into_iter().collect()).await;
    let Some(instance) = instances.first() else { return Ok(()) };
    let instance_id = instance.instance_id().unwrap_or_default();
    let zone = instance.placement().and_then(|placement| placement.availability_zone());
    if zone != volume.availability_zone() {
        let message = format!("The volume '{id}' is not in the same availability zone as instance '{instance_id}'");
        return Err(Refused::new("InvalidVolume.ZoneMismatch", message));
    }
    if !matches!(state(instance), "running" | "stopped") {
        let message = format!("Instance '{instance_id}' is not 'running'.");
        return Err(Refused::new("IncorrectState", message));
    }
    let device = call.parameter("Device").unwrap_or_default();
    if instance.block_device_mappings().iter().any(|mapping| mapping.device_name() == Some(device)) {
        let message = format!("Invalid value '{device}' for unixDevice. Attachment point {device} is already in use");
        return Err(Refused::new("InvalidParameterValue", message));
    }
    Ok(())
}

async fn delete_volume(call: &Call, world: &World) -> Result<(), Refused> {
    let Some(volume) = wanted_volume(call, world).await else { return Ok(()) };
    let Some(attachment) = volume.attachments().first() else { return Ok(()) };
    let (id, to) = (volume.volume_id().unwrap_or_default(), attachment.instance_id().unwrap_or_default());
    Err(Refused::new("VolumeInUse", format!("Volume {id} is currently attached to {to}")))
}

async fn change_type(call: &Call, world: &World) -> Result<(), Refused> {
    let changes_type =
        call.parameter("InstanceType.Value").is_some() || { call.parameter("Attribute") == Some("instanceType") };
    if !changes_type {
        return Ok(());
    }
    let instances = world.instances(call.parameter("InstanceId").map(str::to_owned).into_iter().collect()).await;
    refuse_unless(&instances, |state| state == "stopped", "modified: it has to be stopped")
}

async fn start(call: &Call, world: &World) -> Result<(), Refused> {
    let instances = world.instances(call.list("InstanceId")).await;
    let startable = |state: &str| matches!(state, "stopped" | "running" | "pending");
    refuse_unless(&instances, startable, "started")
}

async fn stop(call: &Call, world: &World) -> Result<(), Refused> {
    let instances = world.instances(call.list("InstanceId")).await;
    let stoppable = |state: &str| matches!(state, "running" | "stopping" | "stopped");
    refuse_unless(&instances, stoppable, "stopped")
}

fn refuse_unless(instances: &[Instance], fits: impl Fn(&str) -> bool, what: &str) -> Result<(), Refused> {
    let Some(instance) = instances.iter().find(|instance| !fits(state(instance))) else { return Ok(()) };
    let id = instance.instance_id().unwrap_or_default();
    let message = format!("The instance '{id}' is not in a state from which it can be {what}.");
    Err(Refused::new("IncorrectInstanceState", message))
}

async fn wanted_volume(call: &Call, world: &World) -> Option<Volume> {
    world.volume(call.parameter("VolumeId")?).await
}

fn state(instance: &Instance) -> &str {
    instance
        .state()
        .and_then(|state| state.name())
        .map(aws_sdk_ec2::types::InstanceStateName::as_str)
        .unwrap_or_default()
}

/// The document of a call that has one.
pub(super) fn document(call: &Call) -> Option<&serde_json::Value> {
    match &call.parameters {
        Parameters::Document(document) => Some(document),
        Parameters::Form(_) | Parameters::Xml(_) => None,
    }
}
