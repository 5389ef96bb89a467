//! Starts an agent and ends with it.
//!
//! SIGTERM and SIGINT end the agent only: Dolt runs on, and the next agent of the folder adopts it.

use crate::{
    agent::{self, Agent, AgentError},
    logs::own::OwnLog,
    machine::Machine,
    server::serve::serve,
    service::Service,
    state::{files, folder},
};
use clap::Args as ClapArgs;
use std::{io, path::PathBuf, sync::Arc};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing::info;

/// What an agent is started with.
#[derive(Clone, Debug, ClapArgs)]
pub struct Args {
    /// What the machine gives: addresses, memory, folders (TOML)
    #[arg(long, value_name = "FILE")]
    pub machine: PathBuf,
    /// What the instance boots with: its deployment and its first identity (TOML)
    #[arg(long, value_name = "FILE")]
    pub user_data: PathBuf,
}

/// Why an agent ended.
#[derive(Debug, Error)]
pub enum Error {
    /// A file that it is started with.
    #[error("{0}")]
    Input(String),
    /// What it keeps.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// Its port.
    #[error("the agent cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The server, or the operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A task that should go on for ever.
    #[error("a task of the agent's ended: it must be started again")]
    Task,
}

/// Runs an agent until it is told to end.
///
/// # Errors
/// When it cannot start or go on. The caller starts it again.
pub async fn run(args: Args) -> Result<(), Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let machine = machine(&args)?;
    let user_data = agent::user_data(&input(&args.user_data)?, &args.user_data)?;

    let address = machine.agent;
    let (agent, mut tasks) = Agent::start(machine, user_data, &args.user_data)?;
    let listener = TcpListener::bind(address).await.map_err(|error| Error::Listen { address, error })?;
    info!(%address, deployment = agent.deployment_id, incarnation = agent.incarnation, "the agent listens");

    let server = serve(listener, Arc::clone(&agent.trust), Service::new(Arc::clone(&agent)));
    tokio::select! {
        result = server => result?,
        _ = tasks.join_next() => return Err(Error::Task),
        _ = terminate.recv() => info!("told to end"),
        _ = interrupt.recv() => info!("told to end"),
    }
    Ok(())
}

/// The agent's own log as a file, where the machine has somebody who reads it.
///
/// # Errors
/// When the machine's file cannot be read, or the log not be opened.
pub fn own_log(args: &Args) -> Result<Option<OwnLog>, Error> {
    let machine = machine(args)?;
    let log = machine.aws.as_ref().map(|_| OwnLog::open(machine.logs().join(folder::AGENT_LOG)));
    Ok(log.transpose()?)
}

fn machine(args: &Args) -> Result<Machine, Error> {
    toml::from_str(&input(&args.machine)?).map_err(|error| Error::Input(format!("{}: {error}", args.machine.display())))
}

fn input(path: &std::path::Path) -> Result<String, Error> {
    files::read(path)?.ok_or_else(|| Error::Input(format!("there is no file {}", path.display())))
}
