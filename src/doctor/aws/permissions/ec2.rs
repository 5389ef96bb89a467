//! EC2's actions by dry run, with the parameters of the real call.
//!
//! What acts on something that is there can only be asked for once there is something: the policy allows it on what
//! carries this control plane's tag alone, so that an invented id would be denied.

use super::{Answer, judge};
use crate::{
    config::AddressKind,
    doctor::{
        Finding,
        aws::{Account, fault::Fault, filter},
    },
};
use aws_sdk_ec2::types::{
    AttributeBooleanValue, DomainType, Instance, InstanceType, ResourceType, Tag, TagSpecification, VolumeType,
};

/// What EC2 answers to a dry run of a call that is allowed.
const ALLOWED: &[&str] = &["DryRunOperation"];
/// The tag that says whose a resource is.
const OWNER: &str = "doltops:control-plane";

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let (makes, acts) = futures::join!(makes(account), acts(account));
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

fn tags(account: &Account<'_>, of: ResourceType) -> TagSpecification {
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

/// What acts on something that is there, on one of this control plane's own instances.
async fn acts(account: &Account<'_>) -> Vec<(&'static str, Answer)> {
    const ACTIONS: [&str; 4] =
        ["ec2:StartInstances", "ec2:StopInstances", "ec2:TerminateInstances", "ec2:ModifyInstanceAttribute"];
    let none = |why: &str| ACTIONS.map(|action| (action, Answer::Unknown(why.to_owned()))).to_vec();
    let instance = match own_instance(account).await {
        Ok(Some(instance)) => instance,
        Ok(None) => return none("there is no instance yet to try it with; ask again after the first deployment"),
        Err(fault) => return none(&fault.words("ec2:DescribeInstances")),
    };
    let (ec2, id) = (&account.ec2, instance.instance_id().unwrap_or_default());
    let on = AttributeBooleanValue::builder().value(true).build();
    let (start, stop, terminate, modify) = futures::join!(
        ec2.start_instances().dry_run(true).instance_ids(id).send(),
        ec2.stop_instances().dry_run(true).instance_ids(id).send(),
        ec2.terminate_instances().dry_run(true).instance_ids(id).send(),
        ec2.modify_instance_attribute().dry_run(true).instance_id(id).disable_api_termination(on).send(),
    );
    let answers = [
        Answer::of(start.map(drop).map_err(|error| Fault::of(&error)), ALLOWED),
        Answer::of(stop.map(drop).map_err(|error| Fault::of(&error)), ALLOWED),
        Answer::of(terminate.map(drop).map_err(|error| Fault::of(&error)), ALLOWED),
        Answer::of(modify.map(drop).map_err(|error| Fault::of(&error)), ALLOWED),
    ];
    ACTIONS.into_iter().zip(answers).collect()
}

async fn own_instance(account: &Account<'_>) -> Result<Option<Instance>, Fault> {
    let Some(owner) = &account.control_plane else { return Ok(None) };
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned);
    let call = account.ec2.describe_instances().filters(filter("instance-state-name", &states));
    let answer = call.filters(filter(&format!("tag:{OWNER}"), std::slice::from_ref(owner))).send().await;
    let answer = answer.map_err(|error| Fault::of(&error))?;
    Ok(answer.reservations.unwrap_or_default().into_iter().flat_map(|it| it.instances.unwrap_or_default()).next())
}
