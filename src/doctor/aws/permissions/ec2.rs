//! EC2's actions by dry run, with the parameters of the real call: those that make something new here, those on what is
//! there in [`own`].

use super::{Answer, judge, own};
use crate::{
    config::AddressKind,
    doctor::{
        Finding,
        aws::{Account, fault::Fault},
    },
};
use aws_sdk_ec2::types::{DomainType, InstanceType, ResourceType, Tag, TagSpecification, VolumeType};

/// What EC2 answers to a dry run of a call that is allowed.
pub(super) const ALLOWED: &[&str] = &["DryRunOperation"];
/// The tag that says whose a resource is.
pub(super) const OWNER: &str = "doltops:control-plane";

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let (makes, acts) = futures::join!(makes(account), own::acts(account));
    judge("permissions for EC2", makes.into_iter().chain(acts).collect())
}

/// What makes something new.
async fn makes(account: &Account<'_>) -> Vec<(&'static str, Answer)> {
    let (run, volume, address) =
        futures::join!(run_instances(account), create_volume(account), allocate_address(account));
    [Some(("ec2:RunInstances", run)), Some(("ec2:CreateVolume", volume)), address.map(|it| ("ec2:AllocateAddress", it))]
        .into_iter()
        .flatten()
        .collect()
}

pub(super) fn tags(account: &Account<'_>, of: ResourceType) -> TagSpecification {
    let owner = Tag::builder().key(OWNER).value(account.control_plane.as_deref().unwrap_or("cp-doctor")).build();
    TagSpecification::builder().resource_type(of).tags(owner).build()
}

async fn run_instances(account: &Account<'_>) -> Answer {
    let (images, subnets) = futures::join!(account.images(), account.subnets());
    let image = images.ok().and_then(|images| images.first()?.image_id());
    let subnet = subnets.ok().and_then(|subnets| subnets.first()?.subnet_id());
    let (Some(image), Some(subnet), Some(of_type)) = (image, subnet, account.config.types.first()) else {
        return Answer::Unknown("it needs an image and a subnet to be tried with".to_owned());
    };
    let call = account.ec2.run_instances().dry_run(true).min_count(1).max_count(1).image_id(image).subnet_id(subnet);
    let call = call.instance_type(InstanceType::from(of_type.as_str()));
    let call = call.set_security_group_ids(Some(account.config.security_groups.clone()));
    let call = call.tag_specifications(tags(account, ResourceType::Instance));
    let call = call.tag_specifications(tags(account, ResourceType::NetworkInterface));
    let answer = call.tag_specifications(tags(account, ResourceType::Volume)).send().await;
    Answer::of(answer.map(drop).map_err(|error| Fault::of(&error)), ALLOWED)
}

async fn create_volume(account: &Account<'_>) -> Answer {
    let zone = account.subnets().await.ok().and_then(|subnets| subnets.first()?.availability_zone());
    let Some(zone) = zone else { return Answer::Unknown("it needs a subnet's zone to be tried with".to_owned()) };
    let call = account.ec2.create_volume().dry_run(true).availability_zone(zone).size(10).volume_type(VolumeType::Gp3);
    let call = call.encrypted(true).set_kms_key_id(account.config.kms_key.clone());
    let answer = call.tag_specifications(tags(account, ResourceType::Volume)).send().await;
    Answer::of(answer.map(drop).map_err(|error| Fault::of(&error)), ALLOWED)
}

async fn allocate_address(account: &Account<'_>) -> Option<Answer> {
    if account.config.address != AddressKind::Elastic {
        return None;
    }
    let call = account.ec2.allocate_address().dry_run(true).domain(DomainType::Vpc);
    let answer = call.tag_specifications(tags(account, ResourceType::ElasticIp)).send().await;
    Some(Answer::of(answer.map(drop).map_err(|error| Fault::of(&error)), ALLOWED))
}
