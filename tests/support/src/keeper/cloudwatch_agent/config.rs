//! The CloudWatch Agent's configuration, as strict as the real one.
//!
//! Its JSON schema refuses keys that it does not know and values of the wrong type, and so does this: what the real
//! agent would refuse must not pass a test. Keys that it knows and this stand-in does not act on are refused too, so
//! that none is believed to work here.

use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// All of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The agent itself.
    #[serde(default)]
    pub agent: Agent,
    /// Host metrics.
    pub metrics: Option<Metrics>,
    /// Log files.
    pub logs: Option<Logs>,
}

/// The section `agent`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Seconds between two samples; 60 where it is not given.
    pub metrics_collection_interval: Option<u64>,
    /// The user that it runs as; it runs as ours.
    pub run_as_user: Option<String>,
    /// Its own log; see the module.
    pub logfile: Option<PathBuf>,
    /// The region.
    pub region: Option<String>,
    /// No dimension for the host's name. This one never has it, so it is refused where the real one would add it.
    pub omit_hostname: NoHostname,
}

/// `true`, and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "bool")]
pub struct NoHostname;

impl TryFrom<bool> for NoHostname {
    type Error = &'static str;

    fn try_from(omit: bool) -> Result<Self, Self::Error> {
        omit.then_some(Self).ok_or("omit_hostname is false: every metric would have the dimension host")
    }
}

/// The section `metrics`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// `CWAgent` where it is not given.
    pub namespace: Option<String>,
    /// Dimensions of every metric.
    #[serde(default)]
    pub append_dimensions: BTreeMap<AppendDimension, String>,
    /// Sets of dimensions that each metric is sent with besides its own.
    #[serde(default)]
    pub aggregation_dimensions: Vec<Vec<String>>,
    /// What is measured.
    pub metrics_collected: Collected,
    /// Seconds until what is measured is sent.
    pub force_flush_interval: Option<u64>,
    /// Where CloudWatch is.
    pub endpoint_override: Option<String>,
}

/// The only keys that work there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum AppendDimension {
    /// `${aws:ImageId}`.
    ImageId,
    /// `${aws:InstanceId}`.
    InstanceId,
    /// `${aws:InstanceType}`.
    InstanceType,
    /// `${aws:AutoScalingGroupName}`.
    AutoScalingGroupName,
}

/// What is measured.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collected {
    /// Processors.
    pub cpu: Option<Plugin>,
    /// Memory.
    pub mem: Option<Plugin>,
    /// File systems.
    pub disk: Option<Plugin>,
}

/// One thing that is measured.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Names, with or without the plugin's before them. One that is unknown is not refused, and gives nothing.
    pub measurement: Vec<String>,
    /// Which of them: mount points, or `*`.
    #[serde(default)]
    pub resources: Vec<String>,
    /// All processors as one.
    pub totalcpu: Option<bool>,
    /// No dimension for the device, whose name changes from one boot to the next.
    pub drop_device: Option<bool>,
    /// Seconds between two samples of this.
    pub metrics_collection_interval: Option<u64>,
    /// Dimensions of this plugin's metrics, as they stand.
    #[serde(default)]
    pub append_dimensions: BTreeMap<String, String>,
    /// Metrics, by their full names, that are sent as their aggregations only.
    #[serde(default)]
    pub drop_original_metrics: Vec<String>,
}

/// The section `logs`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// What is read.
    pub logs_collected: LogsCollected,
    /// Seconds until what is read is sent.
    pub force_flush_interval: Option<u64>,
    /// Where CloudWatch Logs is.
    pub endpoint_override: Option<String>,
}

/// What is read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogsCollected {
    /// Files.
    pub files: Files,
}

/// Files.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Each of them.
    pub collect_list: Vec<LogFile>,
}

/// A file that is read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// Which.
    pub file_path: PathBuf,
    /// Where it is sent to.
    pub log_group_name: String,
    /// The same; `{instance_id}` in it is the instance's.
    pub log_stream_name: String,
    /// Of the time at a line's beginning; this one sends the moment of reading in its place.
    pub timestamp_format: Option<String>,
    /// Of the times in it.
    pub timezone: Option<Timezone>,
    /// How long the group keeps what it has.
    pub retention_in_days: Option<i32>,
}

/// The two words that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Timezone {
    /// Universal time.
    #[serde(rename = "UTC", alias = "Utc")]
    Utc,
    /// The machine's.
    Local,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// Names the key, as the real agent does.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("invalid configuration: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCEPTED: &str = r#"{
        "agent": { "metrics_collection_interval": 60, "run_as_user": "cwagent", "omit_hostname": true, "logfile": "/var/log/cw.log" },
        "metrics": {
            "namespace": "Doltops/cp/d-1",
            "append_dimensions": { "InstanceId": "${aws:InstanceId}" },
            "aggregation_dimensions": [["InstanceId"]],
            "metrics_collected": {
                "cpu": { "measurement": ["cpu_usage_active"], "totalcpu": true, "resources": ["*"] },
                "mem": { "measurement": ["mem_used_percent"] },
                "disk": { "measurement": ["used_percent"], "resources": ["/data"], "drop_device": true,
                    "append_dimensions": { "InstanceId": "i-1" }, "drop_original_metrics": ["disk_used_percent"] }
            }
        },
        "logs": {
            "logs_collected": { "files": { "collect_list": [{
                "file_path": "/var/log/dolt.log", "log_group_name": "/doltops/cp/d-1",
                "log_stream_name": "i-1/dolt", "timezone": "UTC", "retention_in_days": 30
            }] } },
            "force_flush_interval": 5
        }
    }"#;

    #[test]
    fn what_the_real_agent_accepts_is_accepted() {
        let config = Config::parse(ACCEPTED).expect("accepted");
        assert_eq!(config.logs.expect("logs").logs_collected.files.collect_list.len(), 1);
    }

    #[test]
    fn unknown_keys_and_wrong_types_are_refused_by_name() {
        for (right, wrong, named) in [
            ("\"namespace\"", "\"name_space\"", "name_space"),
            ("\"omit_hostname\": true", "\"omit_hostname\": false", "omit_hostname"),
            ("\"InstanceId\": \"$", "\"Deployment\": \"$", "Deployment"),
            ("\"totalcpu\": true", "\"totalcpu\": \"yes\"", "boolean"),
            ("\"retention_in_days\": 30", "\"retention_in_days\": \"30\"", "i32"),
            ("\"timezone\": \"UTC\"", "\"timezone\": \"CET\"", "CET"),
            ("\"force_flush_interval\"", "\"flush\"", "flush"),
        ] {
            let refused = Config::parse(&ACCEPTED.replace(right, wrong)).expect_err(wrong);
            assert!(refused.contains(named), "{refused}");
        }
    }
}
