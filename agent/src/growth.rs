//! Makes the filesystem of the data volume as large as the volume.
//!
//! The control plane makes the volume larger and then tells so by a Deploy. The filesystem follows by the machine's
//! own command, which is safe to run at any time and does nothing where there is nothing to do.
//!
//! Guarantees: it runs at least once for each size that was deployed and at each start of the agent; a command that
//! fails, hangs or leaves the filesystem far smaller than the volume is run again, ever less often.
//!
//! Caveat: how much of a volume a filesystem keeps for itself is its own affair, so a size cannot be compared exactly.
//! One that is less than a tenth smaller, after the command has succeeded, is taken for grown.

use crate::{dolt::log, state::deployed::Deployed};
use std::{io, path::PathBuf, process::Stdio, sync::Arc, time::Duration};
use tokio::{process::Command, sync::watch, time};
use tracing::{info, warn};

/// A filesystem grows online in a second or two, whatever its size.
const PATIENCE: Duration = Duration::from_secs(60);
/// The kernel sees a volume's new size moments after the cloud has told it.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// What keeps failing waits for a person; it costs nothing to ask so seldom.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The task.
#[derive(Debug)]
pub struct Growth {
    command: Vec<String>,
    data: PathBuf,
    deployed: watch::Receiver<Option<Arc<Deployed>>>,
    trouble: watch::Sender<String>,
}

impl Growth {
    /// Not yet running; what goes wrong can be read from now on, empty for nothing.
    pub fn new(
        command: Vec<String>,
        data: PathBuf,
        deployed: watch::Receiver<Option<Arc<Deployed>>>,
    ) -> (Self, watch::Receiver<String>) {
        let (trouble, follower) = watch::channel(String::new());
        (Self { command, data, deployed, trouble }, follower)
    }

    /// Goes on for as long as the agent does.
    pub async fn follow(mut self) {
        let (mut grown_for, mut failures) = (0, 0);
        loop {
            let wanted = self.deployed.borrow_and_update().as_ref().map_or(0, |deployed| deployed.volume_bytes);
            let mut wait = None;
            if wanted != 0 && wanted != grown_for {
                match self.grow(wanted).await {
                    Ok(()) => (grown_for, failures) = (wanted, 0),
                    Err(why) => {
                        warn!(why, "the data volume's filesystem did not grow");
                        self.trouble.send_replace(format!("the data volume's filesystem did not grow: {why}"));
                        wait = Some(FIRST_WAIT.saturating_mul(2u32.saturating_pow(failures)).min(LONGEST_WAIT));
                        failures = failures.saturating_add(1);
                    }
                }
            }
            let again = async {
                match wait {
                    Some(wait) => time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = again => {}
                changed = self.deployed.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn grow(&self, wanted: u64) -> Result<(), String> {
        run(&self.command).await?;
        let size = rustix::fs::statvfs(&self.data)
            .map(|stat| stat.f_blocks.saturating_mul(stat.f_frsize))
            .map_err(|error| format!("{}: {error}", self.data.display()))?;
        if !is_grown(size, wanted) {
            return Err(format!("it has {size} bytes, and its volume {wanted}"));
        }
        self.trouble.send_replace(String::new());
        info!(filesystem = size, volume = wanted, "the data volume's filesystem is as large as the volume");
        Ok(())
    }
}

fn is_grown(filesystem: u64, volume: u64) -> bool {
    filesystem >= volume - volume / 10
}

async fn run(command: &[String]) -> Result<(), String> {
    let (program, arguments) = command.split_first().ok_or("there is no command for it")?;
    let ended = Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    let failed = |error: io::Error| format!("{program} cannot be run: {error}");
    let ended = time::timeout(PATIENCE, ended)
        .await
        .map_err(|_| format!("{program} has not ended within {} s", PATIENCE.as_secs()))?
        .map_err(failed)?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = log::clean(said.lines().last().unwrap_or_default());
    Err(format!("{program} ended with {}: {said}", ended.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_filesystem_keeps_for_itself_is_no_lack() {
        assert!(is_grown(98 << 30, 100 << 30) && is_grown(100, 100) && is_grown(u64::MAX, 1));
        assert!(!is_grown(50 << 30, 100 << 30));
    }

    #[tokio::test]
    async fn a_command_that_fails_tells_its_last_words() {
        let shell = |script: &str| ["sh", "-c", script].map(str::to_owned).to_vec();
        assert_eq!(run(&shell("true")).await, Ok(()));
        let error = run(&shell("echo first >&2; echo no such volume >&2; exit 3")).await.expect_err("it failed");
        assert!(error.ends_with("exit status: 3: no such volume"), "{error}");
        assert!(run(&["/nonexistent".to_owned()]).await.is_err());
    }
}
