//! The services that pass through the proxy as they are: logs, secrets, short-lived credentials.

use crate::{alone, code, stand_in};
use aws_sdk_cloudwatchlogs::{config::retry::RetryConfig, types::InputLogEvent};
use doltops_stand_in::sdk_config;

#[tokio::test]
async fn logs_are_put_and_read() {
    let stand_in = stand_in().await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&sdk_config(stand_in.endpoint_url()));
    let (group, stream) = ("/doltops/cp-1/d-1", "i-1/dolt");
    logs.create_log_group().log_group_name(group).send().await.expect("a group");
    logs.create_log_stream().log_group_name(group).log_stream_name(stream).send().await.expect("a stream");
    let now = std::fs::metadata(stand_in.folder()).and_then(|folder| folder.modified()).expect("a time of just now");
    let now = now.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let event = InputLogEvent::builder().timestamp(i64::try_from(now).expect("it fits")).message("it starts");
    let put = logs.put_log_events().log_group_name(group).log_stream_name(stream);
    put.log_events(event.build().expect("an event")).send().await.expect("put");
    let found = logs.filter_log_events().log_group_name(group).send().await.expect("read");
    assert_eq!(found.events()[0].message(), Some("it starts"));
}

#[tokio::test]
async fn logs_and_zones_say_slow_down_in_their_own_words() {
    let (stand_in, _alone) = alone().await;
    let config = sdk_config(stand_in.endpoint_url());
    let logs = aws_sdk_cloudwatchlogs::config::Builder::from(&config).retry_config(RetryConfig::disabled());
    let logs = aws_sdk_cloudwatchlogs::Client::from_conf(logs.build());
    stand_in.proxy.throttle("DescribeLogGroups").once();
    let error = logs.describe_log_groups().send().await.expect_err("throttled").into_service_error();
    assert_eq!(code(&error), "ThrottlingException");
    let route53 = aws_sdk_route53::config::Builder::from(&config).retry_config(RetryConfig::disabled());
    let route53 = aws_sdk_route53::Client::from_conf(route53.build());
    stand_in.proxy.throttle("ListHostedZones").once();
    let error = route53.list_hosted_zones().send().await.expect_err("throttled").into_service_error();
    assert_eq!(code(&error), "Throttling");
}

#[tokio::test]
async fn secrets_are_kept() {
    let stand_in = stand_in().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&sdk_config(stand_in.endpoint_url()));
    secrets.create_secret().name("doltops/acme").secret_string("hush").send().await.expect("kept");
    let read = secrets.get_secret_value().secret_id("doltops/acme").send().await.expect("read");
    assert_eq!(read.secret_string(), Some("hush"));
}

#[tokio::test]
async fn the_instances_role_can_be_assumed() {
    let stand_in = stand_in().await;
    let sts = aws_sdk_sts::Client::new(&sdk_config(stand_in.endpoint_url()));
    let identity = sts.get_caller_identity().send().await.expect("known");
    assert_eq!(identity.account(), Some(doltops_stand_in::moto::ACCOUNT));
    let request = sts.assume_role().role_arn(stand_in.role_arn()).role_session_name("d-1").policy("{}");
    let credentials = request.send().await.expect("assumed").credentials.expect("credentials");
    assert!(!credentials.session_token().is_empty());
}

/// moto answers with a page of HTML; the SDK is to be told what happened.
#[tokio::test]
async fn a_crash_of_moto_is_told_as_one() {
    let stand_in = stand_in().await;
    let filter = aws_sdk_ec2::types::Filter::builder().name("launch-time").values("2026-11-23*").build();
    let error = crate::ec2(stand_in).describe_instances().filters(filter).send().await.expect_err("it crashes");
    let error = error.into_service_error();
    assert_eq!(code(&error), "InternalError");
    assert!(error.to_string().contains("InternalError"), "{error}");
}
