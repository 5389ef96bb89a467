//! What is done to data volumes.
//!
//! Guarantees: a volume is made smaller, attached twice or across zones, or deleted while something holds it, in no case:
//! that is refused here before EC2 is asked.

use super::{
    AwsCloud,
    calls::Call,
    errors::{Fault, Verdict},
    read, subnets,
    tags::{Label, Role},
};
use crate::{
    cloud::{CloudError, VolumeRequest},
    model::{InstanceId, InstanceState, Volume, VolumeId},
};
use aws_sdk_ec2::types::{
    Instance as Ec2Instance, ResourceType, Volume as Ec2Volume, VolumeAttachmentState, VolumeState, VolumeType,
};

/// Where a data volume is attached. The image looks for any EBS volume that is not its root, so the name only has to be
/// free.
const DEVICE: &str = "/dev/sdf";

impl AwsCloud {
    /// A new volume; the one that this token made before where there is one.
    pub(super) async fn new_volume(&self, request: &VolumeRequest) -> Result<Volume, CloudError> {
        if let Some(made) = self.volumes.made(&request.token).await? {
            return told(&made);
        }
        let zone = &subnets::of_zone(&self.subnets, request.zone.as_deref())?.zone;
        let gib = i32::try_from(request.gib)
            .map_err(|_| CloudError::Refused(format!("{} GiB is more than a volume can have", request.gib)))?;
        let label = Label::new(&self.control_plane, &request.deployment, Some(&request.name), &request.token);
        let call = self
            .clients
            .ec2
            .create_volume()
            .client_token(&request.token)
            .availability_zone(zone)
            .size(gib)
            .volume_type(VolumeType::Gp3)
            .encrypted(true)
            .set_kms_key_id(self.options.kms_key.clone())
            .set_snapshot_id(request.from.as_ref().map(ToString::to_string))
            .tag_specifications(label.specification(ResourceType::Volume, Role::Data));
        match self.calls.make(Call::change("CreateVolume"), || call.clone().send()).await {
            Ok(made) => {
                self.volumes.made_just_now(made.volume_id());
                Ok(Volume {
                    id: VolumeId::new(made.volume_id().ok_or_else(|| CloudError::from(&Call::change("CreateVolume")))?),
                    deployment: request.deployment.clone(),
                    gib: request.gib,
                    attached: None,
                    zone: zone.clone(),
                })
            }
            // The snapshot or the key; not the volume.
            Err(fault) if fault.verdict == Verdict::NotFound => {
                Err(Fault { verdict: Verdict::Refused, ..fault }.into())
            }
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn attach_volume(&self, id: &VolumeId, to: &InstanceId) -> Result<(), CloudError> {
        let (volume, instance) = tokio::try_join!(self.volume(id), self.instance(to))?;
        if !may_attach(id, &volume, to, &instance)? {
            return Ok(());
        }
        let call = self.clients.ec2.attach_volume().volume_id(id.as_str()).instance_id(to.as_str()).device(DEVICE);
        let done = self.calls.make(Call::change("AttachVolume"), || call.clone().send()).await;
        done.map(drop).map_err(Fault::seen_before)
    }

    pub(super) async fn grow_volume(&self, id: &VolumeId, gib: u32) -> Result<(), CloudError> {
        let volume = self.volume(id).await?;
        let has = read::volume(&volume).map(|volume| volume.gib).unwrap_or_default();
        if gib < has {
            return Err(CloudError::Refused(format!("{id} has {has} GiB; a volume cannot be made smaller")));
        }
        if gib == has {
            return Ok(());
        }
        let size =
            i32::try_from(gib).map_err(|_| CloudError::Refused(format!("{gib} GiB is more than a volume can have")))?;
        let call = self.clients.ec2.modify_volume().volume_id(id.as_str()).size(size);
        match self.calls.make(Call::change("ModifyVolume"), || call.clone().send()).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.code == "VolumeModificationRateExceeded" => Err(changed_too_often(id, &fault.message)),
            Err(fault) => Err(fault.seen_before()),
        }
    }

    pub(super) async fn delete_volume(&self, id: &VolumeId) -> Result<(), CloudError> {
        let volume = self.volume(id).await?;
        if matches!(volume.state(), Some(VolumeState::Deleting | VolumeState::Deleted)) {
            return Ok(());
        }
        if let Some(held) = read::attachment(&volume) {
            let holder = held.instance_id().unwrap_or("something");
            return Err(match held.state() {
                Some(VolumeAttachmentState::Detaching) => {
                    CloudError::Later(format!("{id} is still being detached from {holder}"))
                }
                _ => self.held(id, holder).await,
            });
        }
        let call = self.clients.ec2.delete_volume().volume_id(id.as_str());
        Ok(self.calls.make(Call::change("DeleteVolume"), || call.clone().send()).await.map(drop)?)
    }

    /// An instance that ends lets its volume go within seconds.
    async fn held(&self, id: &VolumeId, holder: &str) -> CloudError {
        let state = self.instances.get(holder).await.map(|instance| read::state(&instance));
        match state {
            Ok(InstanceState::ShuttingDown | InstanceState::Terminated) => {
                CloudError::Later(format!("{id} is still held by {holder}, which ends"))
            }
            _ => CloudError::Refused(format!("{id} is attached to {holder}; it is deleted only after that has ended")),
        }
    }

    async fn volume(&self, id: &VolumeId) -> Result<Ec2Volume, CloudError> {
        self.volumes.get(id.as_str()).await
    }
}

/// How often a volume may be changed is AWS's to say, and was another figure before: so its own words are told.
fn changed_too_often(id: &VolumeId, said: &str) -> CloudError {
    CloudError::Later(format!("AWS does not change {id} yet, because it was changed a short while ago: {said}"))
}

/// Whether the volume can be attached now; false: it is already.
fn may_attach(id: &VolumeId, volume: &Ec2Volume, to: &InstanceId, instance: &Ec2Instance) -> Result<bool, CloudError> {
    if let Some(held) = read::attachment(volume) {
        let holder = held.instance_id().unwrap_or_default();
        return match held.state() {
            Some(VolumeAttachmentState::Detaching) => {
                Err(CloudError::Later(format!("{id} is still being detached from {holder}")))
            }
            _ if holder == to.as_str() => Ok(false),
            _ => Err(CloudError::Refused(format!(
                "{id} is attached to {holder}; it can be attached to one instance only"
            ))),
        };
    }
    match volume.state() {
        Some(VolumeState::Creating) => return Err(CloudError::Later(format!("{id} is still being made"))),
        Some(VolumeState::Available | VolumeState::InUse) => {}
        other => {
            let state = other.map(VolumeState::as_str).unwrap_or_default();
            return Err(CloudError::Refused(format!("{id} is in the state {state}: nothing can be attached")));
        }
    }
    match read::state(instance) {
        InstanceState::Running | InstanceState::Stopped => {}
        state @ (InstanceState::Pending | InstanceState::Stopping) => {
            let state = state.as_str();
            return Err(CloudError::Later(format!(
                "{to} is {state}; a volume can be attached once it runs or is stopped"
            )));
        }
        state => return Err(CloudError::Refused(format!("{to} is {}: it is ended for ever", state.as_str()))),
    }
    let zone = instance.placement().and_then(|placement| placement.availability_zone()).unwrap_or_default();
    let stands = volume.availability_zone().unwrap_or_default();
    if zone != stands {
        return Err(CloudError::Refused(format!(
            "{id} is in {stands} and {to} in {zone}: a volume is attached in its own zone only"
        )));
    }
    Ok(true)
}

fn told(volume: &Ec2Volume) -> Result<Volume, CloudError> {
    read::volume(volume).ok_or_else(|| {
        let (id, state) = (volume.volume_id().unwrap_or_default(), volume.state().map(VolumeState::as_str));
        CloudError::Refused(match state {
            Some("error") => {
                format!("AWS could not make the volume {id}: check that `kms_key` in [aws] may be used, then delete it")
            }
            other => format!("the volume {id} of this step is in the state {}", other.unwrap_or_default()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{
        InstanceState as Ec2State, InstanceStateName, Placement, VolumeAttachment, builders::VolumeBuilder,
    };

    fn volume(state: VolumeState) -> VolumeBuilder {
        Ec2Volume::builder().volume_id("vol-1").availability_zone("a").state(state)
    }

    fn held_by(id: &str, state: VolumeAttachmentState) -> Ec2Volume {
        let held = VolumeAttachment::builder().instance_id(id).state(state).build();
        volume(VolumeState::InUse).attachments(held).build()
    }

    fn instance(zone: &str, state: InstanceStateName) -> Ec2Instance {
        let at = Placement::builder().availability_zone(zone).build();
        Ec2Instance::builder().placement(at).state(Ec2State::builder().name(state).build()).build()
    }

    #[test]
    fn when_a_volume_may_be_changed_again_is_said_in_awss_words() {
        let said = changed_too_often(&VolumeId::new("vol-1"), "Wait until the rolling 24 hours are over.");
        assert!(
            matches!(said, CloudError::Later(said) if said.contains("vol-1") && said.ends_with("24 hours are over."))
        );
    }

    #[test]
    fn what_ec2_refuses_is_refused_and_what_passes_is_for_later() {
        use CloudError::{Later, Refused};
        use VolumeAttachmentState::{Attached, Attaching, Detaching};
        let attach = |volume: &Ec2Volume, instance: &Ec2Instance| {
            may_attach(&VolumeId::new("vol-1"), volume, &InstanceId::new("i-1"), instance)
        };
        let (free, runs) = (volume(VolumeState::Available).build(), instance("a", InstanceStateName::Running));
        assert_eq!(attach(&free, &runs), Ok(true));
        assert_eq!(attach(&free, &instance("a", InstanceStateName::Stopped)), Ok(true));
        assert_eq!(attach(&held_by("i-1", Attached), &runs), Ok(false), "done already");
        assert_eq!(attach(&held_by("i-1", Attaching), &runs), Ok(false), "under way");
        assert!(matches!(attach(&held_by("i-1", Detaching), &runs), Err(Later(_))));
        assert!(matches!(attach(&held_by("i-2", Attached), &runs), Err(Refused(_))), "a second attachment");
        assert!(matches!(attach(&free, &instance("b", InstanceStateName::Running)), Err(Refused(_))), "another zone");
        assert!(matches!(attach(&free, &instance("a", InstanceStateName::Terminated)), Err(Refused(_))));
        assert!(matches!(attach(&free, &instance("a", InstanceStateName::Pending)), Err(Later(_))));
        assert!(matches!(attach(&volume(VolumeState::Creating).build(), &runs), Err(Later(_))));
    }
}
