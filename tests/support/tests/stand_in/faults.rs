//! Faults by rule, as the SDK meets them.

use crate::{alone, code, ec2, instance, run};
use aws_sdk_ec2::config::{retry::RetryConfig, timeout::TimeoutConfig};
use doltops_stand_in::{
    StandIn,
    proxy::faults::{ALL, Capacity},
    sdk_config,
};
use std::time::Duration;

/// EC2 without the SDK's retries, so that each fault is seen.
fn impatient(stand_in: &StandIn) -> aws_sdk_ec2::Client {
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_millis(300)).build();
    let config = aws_sdk_ec2::config::Builder::from(&sdk_config(stand_in.endpoint_url()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    aws_sdk_ec2::Client::from_conf(config.build())
}

/// The answer to RunInstances is lost; the SDK asks again with the same token: one instance.
#[tokio::test]
async fn a_lost_answer_makes_no_second_instance() {
    let (stand_in, _alone) = alone().await;
    stand_in.proxy.drop_after_applying("RunInstances").once();
    instance(stand_in, "lost-answer").await;
    assert_eq!(stand_in.proxy.calls.of("RunInstances"), 2);
    assert_eq!(stand_in.instances_of("lost-answer").await.expect("listed").len(), 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_before_does_nothing() {
    let (stand_in, _alone) = alone().await;
    let rule = stand_in.proxy.drop_before_applying("RunInstances").until_removed();
    run(stand_in, "never-came", "never-came").send().await.expect_err("no answer");
    rule.remove();
    assert_eq!(stand_in.instances_of("never-came").await.expect("listed").len(), 0);
}

#[tokio::test]
async fn a_throttled_call_says_so_and_the_sdk_tries_again() {
    let (stand_in, _alone) = alone().await;
    let rule = stand_in.proxy.throttle(ALL).until_removed();
    let error = impatient(stand_in).describe_vpcs().send().await.expect_err("throttled").into_service_error();
    assert_eq!(code(&error), "RequestLimitExceeded");
    rule.remove();
    stand_in.proxy.throttle("DescribeVpcs").times(2);
    ec2(stand_in).describe_vpcs().send().await.expect("the third try");
    assert_eq!(stand_in.proxy.calls.of("DescribeVpcs"), 4);
}

#[tokio::test]
async fn a_call_that_hangs_runs_into_its_time_limit() {
    let (stand_in, _alone) = alone().await;
    stand_in.proxy.hang("DescribeVpcs").once();
    let error = impatient(stand_in).describe_vpcs().send().await.expect_err("no answer");
    assert!(matches!(error, aws_sdk_ec2::error::SdkError::TimeoutError(_)), "{error:?}");
    ec2(stand_in).describe_vpcs().send().await.expect("the next one");
}

#[tokio::test]
async fn a_stale_read_does_not_know_what_is_new() {
    let (stand_in, _alone) = alone().await;
    let id = instance(stand_in, "stale").await;
    let look = || ec2(stand_in).describe_instances().instance_ids(&id).send();
    stand_in.proxy.stale("DescribeInstances", Duration::from_secs(3600)).once();
    let error = look().await.expect_err("not there yet").into_service_error();
    assert_eq!(code(&error), "InvalidInstanceID.NotFound");
    look().await.expect("there");
    // What was seen just now is what is told again, though it has changed.
    ec2(stand_in).stop_instances().instance_ids(&id).send().await.expect("stopped");
    stand_in.proxy.stale("DescribeInstances", Duration::ZERO).once();
    let state = |answer: &aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput| {
        let instance = &answer.reservations()[0].instances()[0];
        instance.state().and_then(|state| state.name()).expect("a state").as_str().to_owned()
    };
    assert_eq!(state(&look().await.expect("answered")), "running");
    assert_eq!(state(&look().await.expect("answered")), "stopped");
}

#[tokio::test]
async fn capacity_runs_out_by_type_and_zone_for_running_and_starting() {
    let (stand_in, _alone) = alone().await;
    let id = instance(stand_in, "crowded").await;
    ec2(stand_in).stop_instances().instance_ids(&id).send().await.expect("stopped");
    let rule = stand_in.proxy.no_capacity(Capacity::of_type("m7g.large").in_zone("eu-central-1a")).until_removed();
    let none = "InsufficientInstanceCapacity";
    let error = run(stand_in, "crowded", "crowded-2").send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), none);
    let error = impatient(stand_in).start_instances().instance_ids(&id).send().await.expect_err("refused");
    assert_eq!(code(&error.into_service_error()), none);
    let elsewhere = run(stand_in, "crowded", "crowded-3").subnet_id(&stand_in.seeded.subnets["eu-central-1b"]);
    elsewhere.send().await.expect("there is room in another zone");
    rule.remove();
    ec2(stand_in).start_instances().instance_ids(&id).send().await.expect("there is room again");
}

#[tokio::test]
async fn calls_are_counted_and_told_with_what_they_were_about() {
    let (stand_in, _alone) = alone().await;
    let id = instance(stand_in, "counted").await;
    stand_in.proxy.calls.forget();
    ec2(stand_in).stop_instances().instance_ids(&id).send().await.expect("stopped");
    let calls = stand_in.proxy.calls.log();
    let mine = calls.iter().find(|call| call.operation == "StopInstances" && call.about.contains(&id));
    assert_eq!(mine.map(|call| call.service.as_str()), Some("ec2"));
}
