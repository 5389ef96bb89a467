//! What the machine gives its agent: addresses, memory, folders, the Dolt binary.
//!
//! Written by whoever made the machine: the local cloud, or the image. No secret is in it.

use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

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

/// What an instance on AWS has besides: the CloudWatch Agent runs beside the agent, and is configured by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aws {
    /// The region.
    pub region: String,
    /// Where AWS is, when not at its own addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    /// The configuration that the agent writes for the CloudWatch Agent (JSON).
    pub cloudwatch_agent_config: PathBuf,
    /// The credentials that it writes for it: an AWS shared-credentials file.
    pub credentials_file: PathBuf,
}
