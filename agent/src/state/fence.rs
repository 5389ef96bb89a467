//! Refuses callers whose time has passed.
//!
//! Two control planes may both believe that they hold the lease. The epoch of the lease tells them apart: the agent
//! keeps the highest that it has seen and refuses every call under an older one. The generation does the same for
//! what is deployed, so that a delayed request cannot undo a newer one. Looking is open to all of them: a control plane
//! that stands by shows its people the same fleet, and one whose epoch is too low learns it from the answer.
//!
//! Guarantees: what was admitted is on disk before the caller acts on it, so a restart forgets nothing; neither number
//! ever goes back, the generation not even under a higher epoch.

use super::files;
use doltops_proto::instance_manager as proto;
use serde::{Deserialize, Serialize};
use std::{io, path::PathBuf};
use thiserror::Error;
use tokio::sync::Mutex;

/// The highest that was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Of the lease.
    pub epoch: u64,
    /// Of the deployment.
    pub generation: u64,
}

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// It changes what is deployed: its generation counts.
    Deployment,
    /// It changes something that has no generation.
    Instance,
    /// It reads only.
    Look,
}

/// Why a call is refused.
#[derive(Debug, Error)]
pub enum Refused {
    /// The request carries no fence.
    #[error("the request carries no fence")]
    Missing,
    /// Another holder of the lease came after the caller.
    #[error("epoch {called} is older than {seen}, which this agent has seen: another control plane has the lease")]
    Epoch {
        /// The caller's.
        called: u64,
        /// The agent's.
        seen: u64,
    },
    /// Something newer was asked for.
    #[error("generation {called} is older than {seen}, which this agent has seen")]
    Generation {
        /// The caller's.
        called: u64,
        /// The agent's.
        seen: u64,
    },
    /// What was seen could not be written down.
    #[error("the fence cannot be kept: {0}")]
    Disk(#[from] io::Error),
}

impl Seen {
    fn admit(self, call: proto::Fence, scope: Scope) -> Result<Self, Refused> {
        if call.epoch < self.epoch {
            if scope == Scope::Look {
                return Ok(self);
            }
            return Err(Refused::Epoch { called: call.epoch, seen: self.epoch });
        }
        let generation = match scope {
            Scope::Deployment if call.generation < self.generation => {
                return Err(Refused::Generation { called: call.generation, seen: self.generation });
            }
            Scope::Deployment => call.generation,
            Scope::Instance | Scope::Look => self.generation,
        };
        Ok(Self { epoch: call.epoch, generation })
    }
}

/// Keeps [`Seen`] in a file.
#[derive(Debug)]
pub struct Fence {
    path: PathBuf,
    // Invariant: equal to what is on disk, or lower for as long as the lock is held.
    seen: Mutex<Seen>,
}

impl Fence {
    /// Reads what an earlier agent of this folder has seen.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let seen = files::read_json(&path)?.unwrap_or_default();
        Ok(Self { path, seen: Mutex::new(seen) })
    }

    /// Lets a call pass, once that it did is on disk.
    pub async fn admit(&self, call: Option<proto::Fence>, scope: Scope) -> Result<(), Refused> {
        let call = call.ok_or(Refused::Missing)?;
        let mut seen = self.seen.lock().await;
        let admitted = seen.admit(call, scope)?;
        if admitted != *seen {
            let path = self.path.clone();
            tokio::task::spawn_blocking(move || files::write_json(&path, &admitted))
                .await
                .map_err(io::Error::from)??;
            *seen = admitted;
        }
        Ok(())
    }

    /// The highest that was admitted.
    pub async fn seen(&self) -> Seen {
        *self.seen.lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(epoch: u64, generation: u64) -> Option<proto::Fence> {
        Some(proto::Fence { epoch, generation })
    }

    #[tokio::test]
    async fn what_was_seen_survives_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fence.json");
        let fence = Fence::open(path.clone()).expect("opened");
        fence.admit(call(5, 9), Scope::Deployment).await.expect("the first");
        drop(fence);

        let fence = Fence::open(path).expect("opened");
        assert!(matches!(fence.admit(call(4, 10), Scope::Instance).await, Err(Refused::Epoch { .. })));
        assert!(matches!(fence.admit(call(5, 8), Scope::Deployment).await, Err(Refused::Generation { .. })));
        assert!(matches!(fence.admit(call(6, 8), Scope::Deployment).await, Err(Refused::Generation { .. })));
        assert!(matches!(fence.admit(None, Scope::Instance).await, Err(Refused::Missing)));
        assert_eq!(fence.seen().await, Seen { epoch: 5, generation: 9 });
    }

    #[tokio::test]
    async fn whoever_only_looks_is_answered_and_lowers_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let fence = Fence::open(folder.path().join("fence.json")).expect("opened");
        fence.admit(call(5, 9), Scope::Deployment).await.expect("the first");
        fence.admit(call(0, 0), Scope::Look).await.expect("a look");
        assert_eq!(fence.seen().await, Seen { epoch: 5, generation: 9 });
        fence.admit(call(6, 0), Scope::Look).await.expect("a look of the next holder");
        assert!(matches!(fence.admit(call(5, 9), Scope::Deployment).await, Err(Refused::Epoch { .. })));
    }

    #[tokio::test]
    async fn a_call_without_a_generation_moves_only_the_epoch() {
        let folder = tempfile::tempdir().expect("a folder");
        let fence = Fence::open(folder.path().join("fence.json")).expect("opened");
        fence.admit(call(5, 9), Scope::Deployment).await.expect("the first");
        fence.admit(call(7, 0), Scope::Instance).await.expect("newer");
        assert_eq!(fence.seen().await, Seen { epoch: 7, generation: 9 });
    }
}
