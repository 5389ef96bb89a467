//! What others do to the fleet behind the control plane's back: it is shown as drift, and mended or offered for mending.

use super::support::Aws;
use serde_json::Value;

fn drift<'a>(said: &'a Value, what: &str) -> Option<&'a Value> {
    said["drift"].as_array()?.iter().find(|drift| drift["what"] == what)
}

/// Someone terminates the instance: a new one takes its volume, and every row is there.
#[test]
fn a_terminated_instance_is_replaced_around_its_volume() {
    let aws = Aws::start();
    let before = aws.create("orders");
    let sql = "create database shop; create table shop.t (id int primary key); insert into shop.t values (7)";
    assert_eq!(aws.sandbox.run(["connect", "orders", "-e", sql]).code, 0);
    let id = before["observed"]["instance_id"].as_str().expect("an instance").to_owned();
    aws.wait(async {
        let ec2 = aws.stand_in.ec2();
        ec2.terminate_instances().instance_ids(&id).send().await.expect("terminated");
    });
    let seen = aws.until("orders", "the drift to be shown", |said| drift(said, "instance").is_some());
    let shown = drift(&seen, "instance").expect("shown");
    assert!(shown["expected"].as_str().is_some_and(|text| text.contains(&id)), "{shown}");
    let after = aws.until("orders", "another instance to serve", |said| {
        said["phase"] == "settled" && said["health"] == "healthy" && said["observed"]["instance_id"] != *id
    });
    assert_eq!(after["observed"]["volume_id"], before["observed"]["volume_id"], "the same volume");
    assert_eq!(drift(&after, "instance"), None, "{after}");
    let rows = aws.sandbox.run(["connect", "orders", "-e", "select id from shop.t", "-o", "json"]);
    assert!(rows.code == 0 && rows.out.contains('7'), "{rows:?}");
    assert!(aws.events("orders").contains("drift"), "{}", aws.events("orders"));
}

/// Someone edits the address record: it is put right. One that is not ours is left alone and told of.
#[test]
fn an_edited_record_is_put_right() {
    let aws = Aws::start();
    let before = aws.create("orders");
    let address = before["observed"]["address"].as_str().expect("an address").to_owned();
    point(&aws, "orders.doltops.test", "10.9.8.7");
    aws.until("orders", "the drift to be told", |_| aws.events("orders").contains("10.9.8.7"));
    aws.until("orders", "the record to be right", |said| {
        said["phase"] == "settled"
            && aws.resolve("orders.doltops.test") == [address.parse::<std::net::IpAddr>().expect("one")]
    });
}

/// A record of somebody else's stands under the name of a new deployment: it is not overwritten.
#[test]
fn a_record_of_somebody_elses_is_never_overwritten() {
    let aws = Aws::start();
    point(&aws, "orders.doltops.test", "10.9.8.7");
    aws.sandbox.ask("create orders").json();
    let blocked = aws.until("orders", "it to say so", |said| {
        said["why"].as_str().is_some_and(|why| why.contains("orders.doltops.test"))
    });
    assert_eq!(aws.resolve("orders.doltops.test"), [std::net::IpAddr::from([10, 9, 8, 7])], "{blocked}");
}

/// Someone detaches the data volume: it is attached again, and nothing is lost.
#[test]
fn a_detached_volume_is_attached_again() {
    let aws = Aws::start();
    let before = aws.create("orders");
    let text = |key: &str| before["observed"][key].as_str().expect("an id").to_owned();
    let (instance, volume) = (text("instance_id"), text("volume_id"));
    aws.wait(async {
        let ec2 = aws.stand_in.ec2();
        ec2.detach_volume().volume_id(&volume).instance_id(&instance).send().await.expect("detached");
    });
    let seen = aws.until("orders", "the drift to be shown", |said| drift(said, "attachment").is_some());
    assert!(
        drift(&seen, "attachment").expect("shown")["expected"].as_str().is_some_and(|e| e.contains(&instance)),
        "{seen}"
    );
    let after = aws.settled("orders");
    assert_eq!((&after["observed"]["volume_id"], &after["drift"]), (&volume.into(), &Value::Array(vec![])), "{after}");
    let answer = aws.sandbox.run(["connect", "orders", "-e", "select 1"]);
    assert_eq!(answer.code, 0, "{answer:?} {after}");
}

/// Someone changes the type of the stopped instance and starts it: it goes back to what was asked for.
#[test]
fn another_type_goes_back() {
    let aws = Aws::start();
    let before = aws.create("orders");
    let id = before["observed"]["instance_id"].as_str().expect("an instance").to_owned();
    aws.wait(async {
        use aws_sdk_ec2::types::AttributeValue;
        let ec2 = aws.stand_in.ec2();
        ec2.stop_instances().instance_ids(&id).send().await.expect("stopped");
        let wanted = AttributeValue::builder().value("m7g.large").build();
        let changed = ec2.modify_instance_attribute().instance_id(&id).instance_type(wanted).send().await;
        changed.expect("changed");
    });
    aws.until("orders", "the drift to be told", |_| {
        let events = aws.events("orders");
        events.contains("m7g.large") && events.contains("drift")
    });
    let after = aws.settled("orders");
    assert_eq!(after["observed"]["instance_type"], before["observed"]["instance_type"]);
}

/// Someone deletes the TXT record beside the name, and nothing else: it is put back, and the deployment is well all along.
#[test]
fn a_lost_ownership_record_is_put_back() {
    let aws = Aws::start();
    aws.create("orders");
    let mark = "_doltops.orders.doltops.test";
    let records = || aws.wait(aws.stand_in.records()).expect("moto answers");
    let before = records().into_iter().find(|record| record.name.trim_end_matches('.') == mark).expect("it is marked");
    aws.wait(async {
        use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch};
        let change = Change::builder().action(ChangeAction::Delete).resource_record_set(before);
        let batch = ChangeBatch::builder().changes(change.build().expect("a change")).build().expect("a batch");
        let zone = &aws.stand_in.seeded.hosted_zone;
        let route53 = aws.stand_in.route53();
        route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await.expect("deleted");
    });
    aws.until("orders", "the record to be there again", |said| {
        assert_ne!(said["health"], "failed", "{said}");
        records().iter().any(|record| record.name.trim_end_matches('.') == mark)
    });
    aws.settled("orders");
    assert!(aws.events("orders").contains("TXT"), "{}", aws.events("orders"));
}

fn point(aws: &Aws, name: &str, to: &str) {
    use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
    let record = ResourceRecord::builder().value(to).build().expect("a record");
    let set = ResourceRecordSet::builder().name(name).r#type(RrType::A).ttl(60).resource_records(record);
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set.build().expect("a set"));
    let batch = ChangeBatch::builder().changes(change.build().expect("a change")).build().expect("a batch");
    aws.wait(async {
        let zone = &aws.stand_in.seeded.hosted_zone;
        let route53 = aws.stand_in.route53();
        route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await.expect("changed");
    });
}
