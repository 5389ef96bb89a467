//! A look, from what four calls have told.

use super::{address, copy, instance, volume};
use crate::{
    cloud::{
        View,
        aws::{options::Reach, tags},
    },
    model::{InstanceId, InstanceState, NameRecord, VolumeId},
};
use aws_sdk_ec2::types::{Address, Instance, Snapshot, Volume};
use std::{collections::BTreeMap, net::IpAddr};

/// What the four calls have told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// DescribeInstances.
    pub instances: Vec<Instance>,
    /// DescribeVolumes.
    pub volumes: Vec<Volume>,
    /// DescribeSnapshots.
    pub snapshots: Vec<Snapshot>,
    /// DescribeAddresses.
    pub addresses: Vec<Address>,
}

/// The look. Calls that ran side by side may disagree; the volume says what it is attached to, the address where it
/// leads.
pub fn view(told: &Told, names: Vec<NameRecord>, reach: Reach) -> View {
    let volumes: Vec<_> = told.volumes.iter().filter_map(volume).collect();
    let addresses: Vec<_> = told.addresses.iter().filter_map(address).collect();
    let held: BTreeMap<&InstanceId, &VolumeId> =
        volumes.iter().filter_map(|volume| Some((volume.attached.as_ref()?, &volume.id))).collect();
    let kept: BTreeMap<&str, IpAddr> =
        addresses.iter().filter_map(|address| Some((address.instance.as_ref()?.as_str(), address.ip))).collect();
    let instances = told.instances.iter().filter_map(|one| {
        let kept = one.instance_id().and_then(|id| kept.get(id)).copied();
        let mut instance = instance(one, reach, kept)?;
        if instance.state != InstanceState::Terminated {
            instance.volume = held.get(&instance.id).map(|id| (*id).clone());
        }
        Some(instance)
    });
    View {
        instances: instances.collect(),
        copies: told.snapshots.iter().filter_map(copy).collect(),
        names,
        labels: labels(told),
        suspended: false,
        volumes,
        addresses,
    }
}

/// What the AWS console shows.
fn labels(told: &Told) -> BTreeMap<String, String> {
    let instances = told.instances.iter().map(|one| (one.instance_id(), one.tags()));
    let volumes = told.volumes.iter().map(|one| (one.volume_id(), one.tags()));
    let snapshots = told.snapshots.iter().map(|one| (one.snapshot_id(), one.tags()));
    let addresses = told.addresses.iter().map(|one| (one.allocation_id(), one.tags()));
    let all = instances.chain(volumes).chain(snapshots).chain(addresses);
    all.filter_map(|(id, tags)| Some((id?.to_owned(), tags::value(tags, tags::NAME)?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::aws::tags::{DEPLOYMENT, NAME, tag};
    use aws_sdk_ec2::types::{VolumeAttachment, VolumeAttachmentState};

    #[test]
    fn volumes_and_addresses_are_put_to_their_instances() {
        let mine = || tag(DEPLOYMENT, "d-1");
        let held = VolumeAttachment::builder().instance_id("i-1").state(VolumeAttachmentState::Attached).build();
        let told = Told {
            instances: vec![Instance::builder().instance_id("i-1").tags(mine()).build(), Instance::builder().build()],
            volumes: vec![
                Volume::builder().volume_id("vol-1").attachments(held).tags(mine()).tags(tag(NAME, "orders")).build(),
            ],
            addresses: vec![
                Address::builder()
                    .allocation_id("eipalloc-1")
                    .public_ip("198.51.100.7")
                    .instance_id("i-1")
                    .tags(mine())
                    .build(),
            ],
            snapshots: vec![Snapshot::builder().build()],
        };
        let view = view(&told, Vec::new(), Reach::Elastic);
        assert_eq!(view.instances.len(), 1, "what is nobody's is left out");
        assert_eq!(view.instances[0].volume, Some(VolumeId::new("vol-1")));
        assert_eq!(view.instances[0].agent.to_string(), "198.51.100.7:7443");
        assert!(view.copies.is_empty());
        assert_eq!(view.labels, BTreeMap::from([("vol-1".to_owned(), "orders".to_owned())]));
    }
}
