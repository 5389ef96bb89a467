//! Client tokens.

use crate::{code, ec2, instance, run, stand_in};
use aws_sdk_ec2::types::InstanceType;

#[tokio::test]
async fn the_same_token_gives_the_same_instance() {
    let stand_in = stand_in().await;
    let first = run(stand_in, "twice", "twice").send().await.expect("it runs");
    let again = run(stand_in, "twice", "twice").send().await.expect("it runs");
    assert_eq!(first.instances()[0].instance_id(), again.instances()[0].instance_id());
    assert_eq!(stand_in.instances_of("twice").await.expect("listed").len(), 1);
}

/// Two tries at once, as after a hang: the second waits for the first.
#[tokio::test]
async fn a_token_used_twice_at_once_makes_one_instance() {
    let stand_in = stand_in().await;
    let (first, second) =
        tokio::join!(run(stand_in, "at-once", "at-once").send(), run(stand_in, "at-once", "at-once").send());
    let id = |made: &aws_sdk_ec2::operation::run_instances::RunInstancesOutput| {
        made.instances()[0].instance_id().map(str::to_owned)
    };
    assert_eq!(id(&first.expect("it runs")), id(&second.expect("it runs")));
    assert_eq!(stand_in.instances_of("at-once").await.expect("listed").len(), 1);
}

#[tokio::test]
async fn a_token_is_good_for_the_same_parameters_only() {
    let stand_in = stand_in().await;
    instance(stand_in, "mismatch").await;
    let other = run(stand_in, "mismatch", "mismatch").instance_type(InstanceType::M7gXlarge);
    let error = other.send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "IdempotentParameterMismatch");
}

#[tokio::test]
async fn the_token_of_a_terminated_instance_is_used_up() {
    let stand_in = stand_in().await;
    let id = instance(stand_in, "ended").await;
    ec2(stand_in).terminate_instances().instance_ids(id).send().await.expect("terminated");
    let error = run(stand_in, "ended", "ended").send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "IdempotentInstanceTerminated");
}

#[tokio::test]
async fn a_token_of_an_instance_is_good_for_one_zone() {
    let stand_in = stand_in().await;
    instance(stand_in, "zonal").await;
    let elsewhere = run(stand_in, "zonal", "zonal").subnet_id(&stand_in.seeded.subnets["eu-central-1b"]);
    elsewhere.send().await.expect("another zone, another token");
    assert_eq!(stand_in.instances_of("zonal").await.expect("listed").len(), 2);
}

#[tokio::test]
async fn the_same_token_gives_the_same_volume() {
    let stand_in = stand_in().await;
    let make = |size| {
        let request = ec2(stand_in).create_volume().availability_zone("eu-central-1a").size(size);
        request.client_token("volume").send()
    };
    let first = make(10).await.expect("made");
    assert_eq!(first.volume_id(), make(10).await.expect("made").volume_id());
    let error = make(11).await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "IdempotentParameterMismatch");
}
