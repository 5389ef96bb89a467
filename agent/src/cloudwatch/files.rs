//! Writes what the CloudWatch Agent reads: its credentials, then its configuration.
//!
//! Guarantees: each file is there whole or not at all; the configuration is touched only when it changes, because
//! whoever watches it restarts the CloudWatch Agent.

use super::{
    agent_config::{self, Sources},
    credentials_file,
};
use crate::{
    machine::Machine,
    state::{
        credentials::Credentials,
        files::{self, Readers},
        folder::Folder,
    },
};
use std::io;

/// Writes both, where the machine says where.
///
/// # Errors
/// The disk's. The call can be made again.
pub fn write(machine: &Machine, folder: &Folder, credentials: &Credentials) -> io::Result<()> {
    let Some(aws) = &machine.aws else { return Ok(()) };
    let text = credentials_file::content(credentials);
    files::write_for(Readers::Group, &aws.credentials_file, text.as_bytes())?;
    let (dolt_log, agent_log) = (folder.dolt_log(), folder.agent_log());
    let sources = Sources { mount: &machine.data, dolt_log: &dolt_log, agent_log: &agent_log };
    let config = agent_config::config(&credentials.destination, &sources);
    let text = format!("{config:#}\n");
    if files::read(&aws.cloudwatch_agent_config)?.as_deref() == Some(&text) {
        return Ok(());
    }
    files::write_for(Readers::Group, &aws.cloudwatch_agent_config, text.as_bytes())
}
