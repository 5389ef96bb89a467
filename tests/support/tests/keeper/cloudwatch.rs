//! What the CloudWatch Agent sends arrives, and what the real one would refuse is refused.

use crate::eventually;
use doltops_agent::{
    cloudwatch::agent_config::{self, Sources},
    machine::Aws,
    state::credentials::Destination,
};
use doltops_stand_in::{
    Options, REGION, StandIn,
    keeper::cloudwatch_agent::{self, LOG},
    sdk_config,
};
use std::{fs, path::Path};
use tokio_util::task::AbortOnDropHandle;

const GROUP: &str = "/doltops/cp/d-1";
const NAMESPACE: &str = "Doltops/cp/d-1";

/// What the agent really writes, with one second where it has a minute.
fn configuration(log: &Path, endpoint_url: String) -> String {
    let to = Destination {
        region: REGION.to_owned(),
        endpoint_url: Some(endpoint_url),
        namespace: NAMESPACE.to_owned(),
        log_group: GROUP.to_owned(),
        instance_id: "i-1".to_owned(),
    };
    let sources = Sources { mount: "/data".as_ref(), dolt_log: log, agent_log: &log.with_extension("agent") };
    let mut config = agent_config::config(&to, &sources);
    config["agent"]["metrics_collection_interval"] = 1.into();
    config["logs"]["force_flush_interval"] = 1.into();
    config.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_and_host_metrics_arrive_and_an_unknown_key_is_refused() {
    let stand_in = StandIn::start(Options { acme: false, ..Options::default() }).await.expect("it starts");
    let folder = tempfile::tempdir().expect("a folder");
    let aws = Aws {
        cloudwatch_agent_config: folder.path().join("config.json"),
        credentials_file: folder.path().join("credentials"),
        ..Aws::default()
    };
    let log = folder.path().join("dolt.log");
    fs::write(&log, "one\ntwo\n").expect("written");
    let keys = "[AmazonCloudWatchAgent]\naws_access_key_id = testing\naws_secret_access_key = testing\n";
    fs::write(&aws.credentials_file, keys).expect("written");
    fs::write(&aws.cloudwatch_agent_config, configuration(&log, stand_in.endpoint_url())).expect("written");
    let data = folder.path().to_owned();
    let _agent = AbortOnDropHandle::new(tokio::spawn(cloudwatch_agent::run("i-1".into(), aws.clone(), data)));

    let config = sdk_config(stand_in.endpoint_url());
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let lines = eventually("the lines are in CloudWatch Logs", || async {
        let read = logs.get_log_events().log_group_name(GROUP).log_stream_name("i-1/dolt").start_from_head(true);
        let events = read.send().await.ok()?.events.unwrap_or_default();
        Some(events.into_iter().filter_map(|event| event.message).collect()).filter(|lines: &Vec<_>| lines.len() == 2)
    })
    .await;
    assert_eq!(lines, ["one", "two"]);

    let metrics = aws_sdk_cloudwatch::Client::new(&config);
    eventually("all three metrics are in CloudWatch", || async {
        let listed = metrics.list_metrics().namespace(NAMESPACE).send().await.ok()?;
        let has = |name: &str| {
            let alone = |metric: &aws_sdk_cloudwatch::types::Metric| {
                metric.dimensions().iter().all(|dimension| dimension.name() == Some("InstanceId"))
            };
            listed.metrics().iter().any(|metric| metric.metric_name() == Some(name) && alone(metric))
        };
        ["cpu_usage_active", "mem_used_percent", "disk_used_percent"].into_iter().all(has).then_some(())
    })
    .await;
    let said = || fs::read_to_string(folder.path().join(LOG)).unwrap_or_default();
    assert_eq!(said(), "", "all is well");

    let wrong = configuration(&log, stand_in.endpoint_url()).replace("\"namespace\"", "\"name_space\"");
    fs::write(&aws.cloudwatch_agent_config, wrong).expect("written");
    eventually("the key is refused", || async { said().contains("name_space").then_some(()) }).await;
}
