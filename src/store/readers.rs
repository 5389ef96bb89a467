//! Short-lived users of the store's server who can read its database, and nothing else.
//!
//! Guarantees
//! - Such a user reads what is in the control plane's database, where no secret is, and none of the server's own.
//! - It is there for connections from this machine only, and no password is written down anywhere.
//! - Who has ended is dropped before the next one is made, and all of them when the store is opened: the host that gave
//!   them is gone then.
//!
//! What it does not bound: an open connection goes on after its user is dropped, as in every MySQL server.
//!
//! Why a trait apart from [`super::Store`]: users can be made only where this program runs the server itself.

use super::StoreError;
use crate::{env::Env, secrets::Secret};
use async_trait::async_trait;
use jiff::Timestamp;
use std::net::SocketAddr;

/// A user who can read.
#[derive(Clone, Debug)]
pub struct Reader {
    /// As whom.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Of which database.
    pub database: String,
    /// Where the server listens on this machine.
    pub server: SocketAddr,
}

/// Where such users come from.
#[async_trait]
pub trait Readers: Send + Sync + 'static {
    /// Makes one who can open connections until then.
    async fn open(&self, until: Timestamp, env: &dyn Env) -> Result<Reader, StoreError>;
    /// Drops all that are there.
    async fn end_all(&self) -> Result<(), StoreError>;
    /// Where the server listens on this machine.
    fn server(&self) -> SocketAddr;
}
