//! What AWS refuses and moto accepts.

use crate::{alone, code, ec2, instance, stand_in, volume};
use aws_sdk_ec2::types::AttributeValue;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use doltops_stand_in::{StandIn, sdk_config};

#[tokio::test]
async fn a_volume_does_not_shrink() {
    let stand_in = stand_in().await;
    let volume = volume(stand_in, "eu-central-1a").await;
    let resize = |size| ec2(stand_in).modify_volume().volume_id(&volume).size(size).send();
    resize(20).await.expect("it grows");
    let error = resize(15).await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "InvalidParameterValue");
}

#[tokio::test]
async fn a_volume_rests_between_modifications_where_that_is_asked_for() {
    let (stand_in, _alone) = alone().await;
    let volume = volume(stand_in, "eu-central-1a").await;
    let resize = |size| ec2(stand_in).modify_volume().volume_id(&volume).size(size).send();
    resize(20).await.expect("it grows");
    stand_in.proxy.let_volumes_rest(true);
    let error = resize(30).await.expect_err("refused").into_service_error();
    stand_in.proxy.let_volumes_rest(false);
    assert_eq!(code(&error), "VolumeModificationRateExceeded");
    resize(30).await.expect("it grows");
}

#[tokio::test]
async fn only_a_stopped_instance_changes_its_type() {
    let stand_in = stand_in().await;
    let id = instance(stand_in, "resized").await;
    let ec2 = ec2(stand_in);
    let change = || {
        let value = AttributeValue::builder().value("m7g.xlarge").build();
        ec2.modify_instance_attribute().instance_id(&id).instance_type(value).send()
    };
    let error = change().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "IncorrectInstanceState");
    ec2.stop_instances().instance_ids(&id).send().await.expect("stopped");
    change().await.expect("changed");
}

#[tokio::test]
async fn a_terminated_instance_is_neither_started_nor_stopped() {
    let stand_in = stand_in().await;
    let id = instance(stand_in, "gone").await;
    let ec2 = ec2(stand_in);
    ec2.terminate_instances().instance_ids(&id).send().await.expect("terminated");
    let error = ec2.start_instances().instance_ids(&id).send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "IncorrectInstanceState");
    let error = ec2.stop_instances().instance_ids(&id).send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "IncorrectInstanceState");
}

#[tokio::test]
async fn a_volume_is_attached_once_and_within_its_zone() {
    let stand_in = stand_in().await;
    let (id, other) = (instance(stand_in, "holder").await, instance(stand_in, "other").await);
    let (near, far) = (volume(stand_in, "eu-central-1a").await, volume(stand_in, "eu-central-1b").await);
    let ec2 = ec2(stand_in);
    let attach = |volume: &str, instance: &str| {
        ec2.attach_volume().volume_id(volume).instance_id(instance).device("/dev/sdf").send()
    };
    let error = attach(&far, &id).await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "InvalidVolume.ZoneMismatch");
    attach(&near, &id).await.expect("attached");
    let error = attach(&near, &other).await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "VolumeInUse");
    let second = volume(stand_in, "eu-central-1a").await;
    let error = attach(&second, &id).await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "InvalidParameterValue");
    let error = ec2.delete_volume().volume_id(&near).send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "VolumeInUse");
    ec2.detach_volume().volume_id(&near).instance_id(&id).send().await.expect("detached");
    ec2.delete_volume().volume_id(&near).send().await.expect("deleted");
}

#[tokio::test]
async fn a_volume_is_not_smaller_than_its_snapshot() {
    let stand_in = stand_in().await;
    let volume = volume(stand_in, "eu-central-1a").await;
    let ec2 = ec2(stand_in);
    let snapshot = ec2.create_snapshot().volume_id(volume).send().await.expect("made").snapshot_id;
    let restore = |size| {
        let request = ec2.create_volume().availability_zone("eu-central-1b").size(size);
        request.set_snapshot_id(snapshot.clone()).send()
    };
    let error = restore(9).await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "InvalidParameterValue");
    restore(10).await.expect("restored");
}

#[tokio::test]
async fn an_address_in_use_is_not_released() {
    let stand_in = stand_in().await;
    let id = instance(stand_in, "addressed").await;
    let ec2 = ec2(stand_in);
    let address = ec2.allocate_address().send().await.expect("allocated").allocation_id.expect("an id");
    ec2.associate_address().allocation_id(&address).instance_id(&id).send().await.expect("associated");
    let release = || ec2.release_address().allocation_id(&address).send();
    let error = release().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "InvalidIPAddress.InUse");
    ec2.terminate_instances().instance_ids(&id).send().await.expect("terminated");
    release().await.expect("released");
}

#[tokio::test]
async fn a_record_is_not_created_twice_nor_deleted_by_another_value() {
    let stand_in = stand_in().await;
    change(stand_in, ChangeAction::Create, "127.10.0.9").await.expect("created");
    let refused = "InvalidChangeBatch";
    assert_eq!(change(stand_in, ChangeAction::Create, "127.10.0.8").await.expect_err("refused"), refused);
    assert_eq!(change(stand_in, ChangeAction::Delete, "127.10.0.8").await.expect_err("refused"), refused);
    change(stand_in, ChangeAction::Delete, "127.10.0.9").await.expect("deleted");
    assert_eq!(change(stand_in, ChangeAction::Delete, "127.10.0.9").await.expect_err("refused"), refused);
}

/// Changes the A record of `taken.doltops.test`, through the proxy; gives the code of a refusal.
async fn change(stand_in: &StandIn, action: ChangeAction, value: &str) -> Result<(), String> {
    let record = ResourceRecord::builder().value(value).build().expect("a record");
    let set = ResourceRecordSet::builder().name("taken.doltops.test").r#type(RrType::A).ttl(60);
    let set = set.resource_records(record).build().expect("a set");
    let change = Change::builder().action(action).resource_record_set(set).build().expect("a change");
    let batch = ChangeBatch::builder().changes(change).build().expect("a batch");
    let route53 = aws_sdk_route53::Client::new(&sdk_config(stand_in.endpoint_url()));
    let request = route53.change_resource_record_sets().hosted_zone_id(&stand_in.seeded.hosted_zone);
    let answer = request.change_batch(batch).send().await;
    answer.map(drop).map_err(|error| code(&error.into_service_error()).to_owned())
}
