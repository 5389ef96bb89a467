//! The control plane's own Dolt server, which its host runs unless another store is named.
//!
//! Guarantees
//! - It listens on one loopback port and a socket file in its own folder, and knows one user with a random password,
//!   which is kept in the secrets and given by environment, never in an argument list or a file of the store.
//! - It outlives this program when that is killed; the next one on the same folder ends it and starts its own. To take
//!   it over instead would save a tenth of a second, and leave a server of an older program or setting running.
//! - When it dies it is started again on the same port, so that those who hold its address reconnect.
//! - Its data is safe at any kill: Dolt writes an acknowledged commit down first.
//!
//! The caller has the state folder's lock: one host at a time.
//!
//! Not here: what is in the database (`store::dolt`) and which Dolt binary it is.

mod command;
mod logfile;
mod orphan;

use super::dolt::Address;
use crate::{
    env::Env,
    secrets::{self, Secret, SecretError, Secrets},
};
use command::{Server, USER};
use doltops_agent::process::Process;
use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use thiserror::Error;
use tokio::{process::Child, task::JoinHandle, time};
use tokio_util::sync::CancellationToken;

/// The secret's name.
const PASSWORD: &str = "store/root";

/// How long the server may take to answer for the first time. It takes 0.1 s when empty and 0.4 s with 11,000
/// commits; a slow disk after a crash may need far more, and there is nothing else to do than to wait.
const FIRST_ANSWER: Duration = Duration::from_secs(60);

/// Between two tries to reach a server that starts.
const LOOK: Duration = Duration::from_millis(10);

/// How long the server may take to end. It takes some 10 ms; by then it was asked once and is ended by force.
const GRACE: Duration = Duration::from_secs(10);

/// The wait before a dead server is started again: at first hardly any, for everything stands still without it.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest such wait.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// One that has lived so long is well: the next wait is the first one again.
const WELL: Duration = Duration::from_secs(60);

/// How often the log's size is looked at.
const LOG_LOOK: Duration = Duration::from_secs(60);

/// How many ports are tried: another program may take one between our look and Dolt's.
const PORTS: usize = 3;

/// Why the control plane's own server does not run.
#[derive(Debug, Error)]
pub enum EmbeddedError {
    /// Its folder cannot be used.
    #[error("the store's folder {}: {source}", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program cannot be run.
    #[error("Dolt ({}) cannot be started: {source}", .dolt.display())]
    Spawn {
        /// Which.
        dolt: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ended instead of answering.
    #[error("the store's Dolt server ended while it started; its log {} ends with:\n{last}", .log.display())]
    Ended {
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        last: String,
    },
    /// It runs and does not answer, or not to our password.
    #[error("the store's Dolt server {what}; its log is {}", .log.display())]
    Silent {
        /// What it does.
        what: String,
        /// The log.
        log: PathBuf,
    },
    /// The password cannot be read or kept.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// The control plane's own Dolt server. Dropping it leaves the server running, as a crash would.
#[derive(Debug)]
pub struct Embedded {
    address: Address,
    stop: CancellationToken,
    watch: Option<JoinHandle<()>>,
}

impl Embedded {
    /// Starts the server in `folder`, and ends one that an earlier host left there. `launcher` is a program with the
    /// hidden command `detach`: see [`doltops_agent::process::detached`].
    ///
    /// # Errors
    /// See [`EmbeddedError`].
    pub async fn start(
        dolt: &Path,
        folder: &Path,
        launcher: &Path,
        secrets: &dyn Secrets,
        env: Arc<dyn Env>,
    ) -> Result<Self, EmbeddedError> {
        let unusable = |source| EmbeddedError::Folder { folder: folder.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        let password = secrets::get_or_make(secrets, PASSWORD, || Secret::new(env.token(32))).await?;
        let earlier = orphan::end(folder, &password).await;
        let server = Server::new(dolt, folder, launcher, password).map_err(unusable)?;
        let (child, port) = first_start(&server, earlier).await?;
        let stop = CancellationToken::new();
        let address = Address::embedded(port, USER, server.password());
        let watch = Watch { server, port, env, stop: stop.clone() };
        Ok(Self { address, stop, watch: Some(tokio::spawn(watch.run(child))) })
    }

    /// Ends what a start in `folder` has left that was given up, which is one that the caller does not wait for any more.
    pub async fn give_up(folder: &Path, secrets: &dyn Secrets) {
        // Without a password none was started.
        if let Ok(Some(password)) = secrets.get(PASSWORD).await {
            orphan::end(folder, &password).await;
        }
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Ends it, and returns when it has ended.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(watch) = self.watch.take() {
            // It can only fail by a panic, and then there is nothing to wait for.
            let _ = watch.await;
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.abort();
        }
    }
}

/// Starts it on the port that it had, or on a free one.
async fn first_start(server: &Server, earlier: Option<u16>) -> Result<(Child, u16), EmbeddedError> {
    let mut wish = earlier;
    for tried in 1.. {
        let unusable = |source| EmbeddedError::Folder { folder: server.folder().to_owned(), source };
        let port = free_port(wish.take()).map_err(unusable)?;
        match start_on(server, port).await {
            Ok(child) => return Ok((child, port)),
            // Most likely another program has taken the port, or an orphan that was still starting has the folder; where
            // it is something else, it is so again.
            Err(EmbeddedError::Ended { .. }) if tried < PORTS => {
                wish = orphan::end(server.folder(), server.password()).await
            }
            Err(error) => return Err(error),
        }
    }
    Err(EmbeddedError::Silent { what: "found no port".to_owned(), log: server.log() })
}

/// Starts it and waits until it answers to our password.
///
/// Dolt makes its users at its first start, in two steps: a crash between them, or a lost password, leaves a server that
/// we cannot enter. Its users hold nothing that is worth keeping, so they are made anew.
async fn start_on(server: &Server, port: u16) -> Result<Child, EmbeddedError> {
    for made_anew in [false, true] {
        let (mut child, process) = server.spawn(port)?;
        let address = Address::embedded(port, USER, server.password());
        match time::timeout(FIRST_ANSWER, answer(&mut child, &address)).await {
            Ok(Answer::Ours) => return Ok(child),
            Ok(Answer::Ended) => return Err(EmbeddedError::Ended { log: server.log(), last: server.last_words() }),
            Ok(Answer::Denied) if !made_anew => {
                end(&mut child, process).await;
                server
                    .forget_users()
                    .map_err(|source| EmbeddedError::Folder { folder: server.folder().into(), source })?;
            }
            refused => {
                end(&mut child, process).await;
                let what = if refused.is_ok() { "refuses its own password" } else { "does not answer" };
                return Err(EmbeddedError::Silent { what: what.to_owned(), log: server.log() });
            }
        }
    }
    Err(EmbeddedError::Silent { what: "refuses its own password".to_owned(), log: server.log() })
}

enum Answer {
    Ours,
    Denied,
    Ended,
}

async fn answer(child: &mut Child, address: &Address) -> Answer {
    loop {
        if !matches!(child.try_wait(), Ok(None)) {
            return Answer::Ended;
        }
        match address.try_reach().await {
            Ok(true) => return Answer::Ours,
            Ok(false) => return Answer::Denied,
            Err(_) => time::sleep(LOOK).await,
        }
    }
}

async fn end(child: &mut Child, process: Option<Process>) {
    if let Some(process) = process {
        process.end(GRACE).await;
    }
    // Reaps it; it has ended.
    let _ = child.wait().await;
}

fn free_port(wish: Option<u16>) -> io::Result<u16> {
    if let Some(port) = wish
        && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
    {
        return Ok(port);
    }
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Starts the server again when it dies.
struct Watch {
    server: Server,
    port: u16,
    env: Arc<dyn Env>,
    stop: CancellationToken,
}

impl Watch {
    async fn run(self, first: Child) {
        let mut child = Some(first);
        let mut wait = FIRST_WAIT;
        loop {
            let since = self.env.elapsed();
            if let Some(mut running) = child.take() {
                let process = running.id().and_then(Process::of);
                if self.stopped_while(self.until_dead(&mut running)).await {
                    end(&mut running, process).await;
                    return;
                }
            }
            if self.env.elapsed().saturating_sub(since) >= WELL {
                wait = FIRST_WAIT;
            }
            tracing::warn!(log = %self.server.log().display(), ?wait, "the store's Dolt server died; it is started again");
            if self.stopped_while(time::sleep(wait)).await {
                return;
            }
            wait = (wait * 2).min(LONGEST_WAIT);
            child = match self.server.spawn(self.port) {
                Ok((child, _)) => Some(child),
                Err(error) => {
                    tracing::error!(%error, "the store's Dolt server was not started");
                    None
                }
            };
        }
    }

    async fn until_dead(&self, child: &mut Child) {
        loop {
            match time::timeout(LOG_LOOK, child.wait()).await {
                Ok(_) => return,
                Err(_) => logfile::bound(&self.server.log()),
            }
        }
    }

    async fn stopped_while(&self, other: impl Future<Output = ()>) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => true,
            () = other => false,
        }
    }
}
