//! The CloudWatch Agent's configuration: the machine's metrics, and the logs.
//!
//! Pure. The instance's id is written in literally, as a dimension of each plugin's own: the agent's `${aws:InstanceId}`
//! would be asked of the metadata service, and a second time at each of its starts. Its JSON schema knows no other key
//! than those used here, and refuses what it does not know.

use crate::state::credentials::Destination;
use serde_json::{Value, json};
use std::path::Path;

/// Host metrics, seconds: the same minute as Dolt's own, which is what CloudWatch keeps for 15 days.
const EVERY_SECONDS: u32 = 60;

/// Log lines reach CloudWatch within this, seconds: live ones come from the agent itself.
const FLUSH_SECONDS: u32 = 5;

/// Logs are kept for a month: long enough to look into what a customer reports late, and storage costs by the month.
const RETENTION_DAYS: u32 = 30;

/// Both logs begin each line with such a time, Dolt's after `time="`.
const TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%S";

/// Where the CloudWatch Agent finds what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The file system of the data volume.
    pub mount: &'a Path,
    /// Dolt's log.
    pub dolt_log: &'a Path,
    /// The agent's own.
    pub agent_log: &'a Path,
}

/// The file's content.
pub fn config(to: &Destination, sources: &Sources<'_>) -> Value {
    let mut config = json!({
        "agent": {
            "metrics_collection_interval": EVERY_SECONDS,
            "region": to.region,
            "run_as_user": "cwagent",
            // Another dimension would make another metric of it.
            "omit_hostname": true,
        },
        "metrics": metrics(to, sources.mount),
        "logs": {
            "logs_collected": { "files": { "collect_list": [
                log(to, sources.dolt_log, "dolt"),
                log(to, sources.agent_log, "agent"),
            ] } },
            "force_flush_interval": FLUSH_SECONDS,
        },
    });
    if let Some(url) = &to.endpoint_url {
        for section in ["metrics", "logs"] {
            config[section]["endpoint_override"] = json!(url);
        }
    }
    config
}

/// Each comes out once, with the dimension InstanceId alone: a processor and a disk have dimensions of their own, so
/// they are aggregated and the originals dropped. Memory has none: it is aggregated by nobody and must not be dropped.
fn metrics(to: &Destination, mount: &Path) -> Value {
    let instance = json!({ "InstanceId": to.instance_id });
    json!({
        "namespace": to.namespace,
        "aggregation_dimensions": [["InstanceId"]],
        "metrics_collected": {
            "cpu": {
                "measurement": ["cpu_usage_active"],
                "totalcpu": true,
                "append_dimensions": instance,
                "drop_original_metrics": ["cpu_usage_active"],
            },
            "mem": { "measurement": ["mem_used_percent"], "append_dimensions": instance },
            "disk": {
                "measurement": ["used_percent"],
                "resources": [mount],
                "drop_device": true,
                "append_dimensions": instance,
                "drop_original_metrics": ["disk_used_percent"],
            },
        },
    })
}

fn log(to: &Destination, file: &Path, stream: &str) -> Value {
    json!({
        "file_path": file,
        "log_group_name": to.log_group,
        "log_stream_name": format!("{}/{stream}", to.instance_id),
        "timestamp_format": TIME_FORMAT,
        "timezone": "UTC",
        "retention_in_days": RETENTION_DAYS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::credentials::tests::credentials;

    fn example(endpoint_url: Option<&str>) -> Value {
        let mut to = credentials(1).destination;
        to.endpoint_url = endpoint_url.map(str::to_owned);
        let (mount, dolt_log, agent_log) = ("/data".as_ref(), "/logs/dolt.log".as_ref(), "/logs/agent.log".as_ref());
        config(&to, &Sources { mount, dolt_log, agent_log })
    }

    #[test]
    fn every_metric_has_the_instance_and_the_namespace() {
        let config = example(None);
        assert_eq!(config["metrics"]["namespace"], "Doltops/cp-1/d-1");
        for plugin in ["cpu", "mem", "disk"] {
            assert_eq!(config["metrics"]["metrics_collected"][plugin]["append_dimensions"]["InstanceId"], "i-1");
        }
        assert_eq!(config["metrics"]["metrics_collected"]["mem"].get("drop_original_metrics"), None);
        assert_eq!(config["metrics"].get("endpoint_override"), None);
    }

    #[test]
    fn logs_go_into_the_streams_of_the_instance() {
        let config = example(Some("http://127.0.0.1:5000"));
        let list = config["logs"]["logs_collected"]["files"]["collect_list"].as_array().expect("a list");
        let streams: Vec<_> = list.iter().map(|log| log["log_stream_name"].as_str().expect("a name")).collect();
        assert_eq!(streams, ["i-1/dolt", "i-1/agent"]);
        assert!(list.iter().all(|log| log["log_group_name"] == "/doltops/cp-1/d-1"));
        assert_eq!(config["logs"]["endpoint_override"], "http://127.0.0.1:5000");
    }
}
