//! A copy of all that is in commits, in a folder beside the store.
//!
//! Guarantees: what is in no commit (leases, guards, intents: `live_*`) is not in it, and neither is anything of the
//! server's own, such as its users. Nothing stays behind in the store: what was needed for a copy is taken away after it,
//! and before the next one where a crash came between.
//!
//! Why a trait apart from [`super::Store`]: only a store that runs on this machine can do it, since the folder is its
//! server's.

use super::StoreError;
use crate::model::CommitHash;
use async_trait::async_trait;
use std::path::Path;

/// Where copies come from.
#[async_trait]
pub trait Clones: Send + Sync + 'static {
    /// Writes main with its whole history, and the branches of change requests, to an empty folder, as a Dolt remote, and gives main's head in it. One at a time.
    async fn push(&self, folder: &Path) -> Result<CommitHash, StoreError>;
    /// Takes away what a copy before left in the store when this program ended in the middle of it.
    async fn clean(&self) -> Result<(), StoreError>;
}
