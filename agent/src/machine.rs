//! What the machine gives its agent: addresses, memory, folders, the Dolt binary.
//!
//! Written by whoever made the machine: the local cloud, or the image. No secret is in it.

use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// `machine.toml`, beside the agent's own folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Where the agent listens.
    pub agent: SocketAddr,
    /// Where Dolt listens for SQL clients.
    pub database: SocketAddr,
    /// Where Dolt's metrics are; loopback.
    pub metrics: SocketAddr,
    /// Dolt's memory limit, bytes: what is left of the machine's after everything else.
    pub memory_bytes: u64,
    /// SQL connections, unless a setting says otherwise.
    pub max_connections: u32,
    /// The agent's own folder: its state, keys, sockets and logs.
    pub folder: PathBuf,
    /// Where the data volume is mounted.
    pub data: PathBuf,
    /// The Dolt binary.
    pub dolt: PathBuf,
    /// What an instance on AWS has besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<Aws>,
}

/// What an instance on AWS has besides: the CloudWatch Agent beside the agent, a volume that grows, a user for Dolt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aws {
    /// The configuration that the agent writes for the CloudWatch Agent (JSON).
    pub cloudwatch_agent_config: PathBuf,
    /// The credentials that it writes for it: an AWS shared-credentials file.
    pub credentials_file: PathBuf,
    /// Where the CloudWatch Agent reads Dolt's log and the agent's; absent: the agent's own folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_folder: Option<PathBuf>,
    /// Makes the filesystem of the data volume as large as the volume: a program and its arguments. Empty: the data
    /// is no filesystem of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grow_command: Vec<String>,
    /// Dolt runs as another user than the agent; absent: as the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dolt_user: Option<DoltUser>,
}

/// How Dolt becomes another user, who reads nothing of the agent's but what is meant for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoltUser {
    /// What Dolt's command line is appended to: `["setpriv", "--reuid=dolt", …, "--"]`. It becomes Dolt without another
    /// process between, so that the process id stays.
    pub begin: Vec<String>,
    /// What Dolt reads: its configuration and its key. Set-group-id with Dolt's group; `home` in it is Dolt's to write.
    pub folder: PathBuf,
}

impl Machine {
    /// The command that grows the filesystem, where there is one.
    pub fn grow_command(&self) -> Option<&[String]> {
        self.aws.as_ref().map(|aws| aws.grow_command.as_slice()).filter(|command| !command.is_empty())
    }

    /// As whom Dolt runs, where it is not the agent's own user.
    pub fn dolt_user(&self) -> Option<&DoltUser> {
        self.aws.as_ref()?.dolt_user.as_ref()
    }

    /// Where logs are.
    pub fn logs(&self) -> &Path {
        self.aws.as_ref().and_then(|aws| aws.log_folder.as_deref()).unwrap_or(&self.folder)
    }
}
