//! What moto has, read past the proxy: to decide what AWS would refuse.

use super::faults::Place;
use crate::Error;
use aws_sdk_ec2::types::{Address, Instance, Snapshot, Volume};

/// moto, without the proxy before it.
#[derive(Clone, Debug)]
pub struct World {
    /// Its EC2.
    pub ec2: aws_sdk_ec2::Client,
    /// Its Route 53.
    pub route53: aws_sdk_route53::Client,
}

impl World {
    /// The instances of these ids that there are; an unknown id is for moto to refuse.
    pub async fn instances(&self, ids: Vec<String>) -> Vec<Instance> {
        let answer = self.ec2.describe_instances().set_instance_ids(Some(ids)).send().await;
        let reservations = answer.ok().and_then(|answer| answer.reservations).unwrap_or_default();
        reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default()).collect()
    }

    /// The volume of this id.
    pub async fn volume(&self, id: &str) -> Option<Volume> {
        let answer = self.ec2.describe_volumes().volume_ids(id).send().await.ok()?;
        answer.volumes?.into_iter().next()
    }

    /// The snapshot of this id.
    pub async fn snapshot(&self, id: &str) -> Option<Snapshot> {
        let answer = self.ec2.describe_snapshots().snapshot_ids(id).send().await.ok()?;
        answer.snapshots?.into_iter().next()
    }

    /// The elastic address of this allocation id.
    pub async fn address(&self, id: &str) -> Option<Address> {
        let answer = self.ec2.describe_addresses().allocation_ids(id).send().await.ok()?;
        answer.addresses?.into_iter().next()
    }

    /// The zone of a subnet.
    pub async fn zone_of_subnet(&self, id: &str) -> Option<String> {
        let answer = self.ec2.describe_subnets().subnet_ids(id).send().await.ok()?;
        answer.subnets?.into_iter().next()?.availability_zone
    }

    /// The records of a hosted zone.
    pub async fn records(&self, zone: &str) -> Result<Vec<aws_sdk_route53::types::ResourceRecordSet>, Error> {
        let mut records = Vec::new();
        let mut request = self.route53.list_resource_record_sets().hosted_zone_id(zone);
        loop {
            let page = request.send().await.map_err(Error::aws("listing records"))?;
            records.extend(page.resource_record_sets);
            if !page.is_truncated {
                return Ok(records);
            }
            request = self
                .route53
                .list_resource_record_sets()
                .hosted_zone_id(zone)
                .set_start_record_name(page.next_record_name)
                .set_start_record_type(page.next_record_type)
                .set_start_record_identifier(page.next_record_identifier);
        }
    }
}

/// Where an instance is.
pub fn place_of(instance: &Instance) -> Option<Place> {
    Some(Place {
        instance_type: instance.instance_type()?.as_str().to_owned(),
        zone: instance.placement()?.availability_zone()?.to_owned(),
    })
}
