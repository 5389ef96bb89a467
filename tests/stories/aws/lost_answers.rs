//! What AWS does on a bad day: answers are lost, capacity runs out, everything is throttled.

use super::support::Aws;
use doltops_stand_in::proxy::faults::{self, Capacity};
use std::time::Duration;

/// The answer to RunInstances is lost after it was applied, and so is every try of the SDK's: one instance.
#[test]
fn a_lost_answer_makes_no_second_instance() {
    let aws = Aws::start();
    aws.stand_in.proxy.drop_after_applying("RunInstances").times(4);
    aws.create("orders");
    let instances = aws.wait(aws.stand_in.instances_of("orders")).expect("told");
    assert_eq!(instances.len(), 1, "{instances:?}");
    println!("RunInstances was called {} times", aws.stand_in.proxy.calls.of("RunInstances"));
}

/// The type cannot be had in any zone: the alternative runs, and says in whose place and why.
#[test]
fn without_capacity_the_alternative_runs() {
    let alternatives: toml::Table =
        [("t4g.small".to_owned(), vec!["t4g.medium".to_owned()].into())].into_iter().collect();
    let aws = Aws::start_with(&[("aws", "alternatives", alternatives.into())]);
    aws.stand_in.proxy.no_capacity(Capacity::of_type("t4g.small")).until_removed();
    let created = aws.create("orders");
    assert_eq!(created["desired"]["instance_type"], "t4g.small");
    assert_eq!(created["observed"]["instance_type"], "t4g.medium");
    let why = created["observed"]["stands_in"].as_str().unwrap_or_default();
    assert!(why.contains("t4g.small") && why.contains("InsufficientInstanceCapacity"), "{created}");
    assert_eq!((&created["health"], &created["phase"]), (&"healthy".into(), &"settled".into()), "{created}");
}

/// The first zone has none of it: another zone has.
#[test]
fn without_capacity_in_a_zone_another_zone_is_taken() {
    let aws = Aws::start();
    aws.stand_in.proxy.no_capacity(Capacity::any().in_zone("eu-central-1a")).until_removed();
    let created = aws.create("orders");
    assert_eq!(created["observed"]["instance_type"], "t4g.small");
    assert_eq!(created["observed"]["zone"], "eu-central-1b");
}

/// Everything is throttled for a minute: nothing fails, it slows down.
#[test]
fn a_minute_of_throttling_only_slows() {
    let aws = Aws::start();
    aws.create("orders");
    aws.stand_in.proxy.throttle(faults::ALL).lasting(Duration::from_secs(60));
    aws.sandbox.ask("create billing").json();
    let settled = aws.settled("billing");
    assert_ne!(settled["health"], "failed");
    assert_eq!(aws.settled("orders")["health"], "healthy");
    let events = aws.events("billing");
    assert!(!events.contains("→ failed"), "{events}");
}
