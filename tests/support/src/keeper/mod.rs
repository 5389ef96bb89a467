//! Plays the hardware under moto's EC2: every instance that EC2 says is running is a real agent with a real Dolt.
//!
//! ```text
//!  moto's EC2 ──look──▶ duty::decide ──▶ power (agents, Dolt)      root (root volumes)
//!                            ▲       └──▶ disks (data volumes, snapshots)
//!                            └── what runs here
//! ```
//!
//! The instances' private addresses are in 127.0.0.0/8, so that each agent and each Dolt listens on its instance's own
//! address, on the ports that it has on AWS.
//!
//! Guarantees
//! - What runs here follows what EC2 says, within a look and what starting or ending takes. An instance that is slow to
//!   end holds up nobody else; making a volume from a snapshot does, while it copies.
//! - A data volume is used by one instance at a time, whatever EC2 says.
//! - When the keeper is dropped, or its process ends in any way, everything that it started is killed.
//!
//! Not here: rebooting, the instance's console, IMDS, security groups, addresses that others could reach.
//!
//! Why it looks instead of being told: then nothing of moto's is changed, and whatever changes EC2 (the program under
//! test, a test that plays a person in the web console, a fault) has its effect in one way.

pub mod cloudwatch_agent;
pub mod disks;
pub mod duty;
pub mod ec2;
pub mod library;
pub mod power;
pub mod processes;
pub mod root;
mod round;
pub mod watchdog;

use crate::wire::Cuts;
use power::Switch;
use round::Round;
use std::{io, path::PathBuf};
use thiserror::Error;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use watchdog::Watchdog;

/// With what a keeper is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where EC2 is: moto itself, not a proxy that plays faults.
    pub ec2: String,
    /// The region.
    pub region: String,
    /// Whether the CloudWatch Agent is on the image.
    pub aws: bool,
    /// A folder of the keeper's own, which is there: root volumes, data volumes, snapshots.
    pub folder: PathBuf,
    /// What runs on instances.
    pub agents: Agents,
    /// Which connections to agents break; none: nothing is between.
    pub cuts: Option<Cuts>,
}

/// What runs on an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agents {
    /// Processes: a real agent, and a real Dolt.
    Processes {
        /// A program with the commands `agent` and `detach`: `doltops`, or the stand-in itself.
        launcher: PathBuf,
        /// The Dolt binary.
        dolt: PathBuf,
    },
    /// Agents in this process, without Dolt: see [`library`].
    Library,
}

/// Why there is no keeper.
#[derive(Debug, Error)]
pub enum KeeperError {
    /// Its folder.
    #[error("the folder {folder} cannot be used: {error}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Its watchdog.
    #[error("no watchdog can be started, and without it a test that is killed would leave databases behind: {0}")]
    Watchdog(io::Error),
}

/// The hardware; it ends when this is dropped.
#[derive(Debug)]
pub struct Keeper {
    folder: PathBuf,
    asks: mpsc::Sender<oneshot::Sender<()>>,
    switch: Switch,
    task: JoinHandle<()>,
    // Dropped after `drop` has run, and with it all that runs.
    _watchdog: Watchdog,
}

impl Keeper {
    /// Begins to follow EC2.
    ///
    /// # Errors
    /// When its folder cannot be used, or there is no shell.
    pub fn start(options: Options) -> Result<Self, KeeperError> {
        let at = |error| KeeperError::Folder { folder: options.folder.clone(), error };
        // Absolute and without links: processes are found by their files in it.
        let folder = options.folder.canonicalize().map_err(at)?;
        let watchdog = Watchdog::over(&folder).map_err(KeeperError::Watchdog)?;
        let switch = Switch::on();
        // Whoever asks waits for the answer.
        let (asks, asked) = mpsc::channel(1);
        let round = Round::new(&options, &folder, switch.clone()).map_err(at)?;
        Ok(Self { folder, asks, switch, task: tokio::spawn(round.go_on(asked)), _watchdog: watchdog })
    }

    /// Returns once what EC2 says now was looked at: snapshots and volumes have their content, and what is to be
    /// started or ended has begun to be.
    ///
    /// For whoever must not be answered by EC2 before the hardware has followed, as with a snapshot: what is written
    /// to the volume after the answer must not be in it.
    pub async fn looked(&self) {
        let (done, when_done) = oneshot::channel();
        if self.asks.send(done).await.is_ok() {
            // An error means that the keeper ends, and that nothing will be looked at any more.
            let _ = when_done.await;
        }
    }

    /// The root volume of an instance, for tests that look into logs or end a process.
    pub fn root(&self, instance: &str) -> PathBuf {
        self.folder.join("instances").join(instance)
    }

    /// The content of a data volume.
    pub fn volume(&self, volume: &str) -> PathBuf {
        self.folder.join("volumes").join(volume)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.switch.off();
        self.task.abort();
    }
}
