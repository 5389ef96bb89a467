//! The daemons of one store: who acts, and who stands by.
//!
//! Guarantees: each writes its own row only, so that no two are in each other's way. Nothing is decided by it: who acts
//! is the lease's to say, and this tells people where to find whom.

use super::StoreError;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// A daemon, as it last told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// As in the lease; no two have the same.
    pub name: String,
    /// The machine that it runs on.
    pub host: String,
    /// Its process there.
    pub process: u32,
    /// Where it listens, `https://HOST:PORT`; empty: only on its machine.
    pub address: String,
}

/// A daemon, and for how long it has said nothing, by the store's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub daemon: Daemon,
    /// When it last told of itself.
    pub seen: Timestamp,
    /// How long ago that is.
    pub silent: SignedDuration,
}

/// Where daemons tell of themselves.
#[async_trait]
pub trait Daemons: Send + Sync + 'static {
    /// Writes this daemon's row, and gives everyone's, by name.
    async fn tell(&self, me: &Daemon) -> Result<Vec<Told>, StoreError>;
    /// Takes the row away: it ends.
    async fn leave(&self, name: &str) -> Result<(), StoreError>;
}
