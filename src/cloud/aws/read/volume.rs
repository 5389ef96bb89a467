//! A data volume.

use super::gib;
use crate::{
    cloud::aws::tags,
    model::{InstanceId, Volume, VolumeId},
};
use aws_sdk_ec2::types::{Volume as Ec2Volume, VolumeAttachment, VolumeAttachmentState, VolumeState};

/// As the model has it; none where it cannot be told whose it is, where it is being deleted, and where EC2 could not
/// make it.
pub fn volume(told: &Ec2Volume) -> Option<Volume> {
    use VolumeState::{Deleted, Deleting, Error};
    if matches!(told.state(), Some(Deleting | Deleted | Error)) {
        return None;
    }
    let attached = attachment(told).filter(|held| held.state() == Some(&VolumeAttachmentState::Attached));
    Some(Volume {
        id: VolumeId::new(told.volume_id()?),
        deployment: tags::deployment(told.tags())?,
        gib: gib(told.size()),
        attached: attached.and_then(VolumeAttachment::instance_id).map(InstanceId::new),
        zone: told.availability_zone().unwrap_or_default().to_owned(),
    })
}

/// What holds it, in whatever state.
pub fn attachment(told: &Ec2Volume) -> Option<&VolumeAttachment> {
    told.attachments().iter().find(|held| held.state() != Some(&VolumeAttachmentState::Detached))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::aws::tags::{DEPLOYMENT, tag};

    fn told(state: VolumeState, attachment: Option<VolumeAttachmentState>) -> Ec2Volume {
        let held = attachment.map(|state| VolumeAttachment::builder().instance_id("i-1").state(state).build());
        let told = Ec2Volume::builder().volume_id("vol-1").size(10).availability_zone("eu-central-1a").state(state);
        told.set_attachments(held.map(|held| vec![held])).tags(tag(DEPLOYMENT, "d-1")).build()
    }

    #[test]
    fn it_is_attached_only_when_that_is_done() {
        use VolumeAttachmentState::{Attached, Attaching, Detached, Detaching};
        let of = |state| volume(&told(VolumeState::InUse, Some(state))).expect("it is there").attached;
        assert_eq!(of(Attached), Some(InstanceId::new("i-1")));
        assert_eq!([of(Attaching), of(Detaching), of(Detached)], [None, None, None]);
    }

    #[test]
    fn what_goes_is_gone() {
        use VolumeState::{Available, Creating, Deleted, Deleting, Error};
        assert!([Deleting, Deleted, Error].into_iter().all(|state| volume(&told(state, None)).is_none()));
        assert!([Available, Creating].into_iter().all(|state| volume(&told(state, None)).is_some()));
        assert_eq!(volume(&Ec2Volume::builder().build()), None);
    }
}
