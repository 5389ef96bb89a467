//! What the store alone can tell: the past, commits, what differs, and who gave which value.
//!
//! Apart from [`super::Server`] because a clone is told from the same books, and has nothing else: no cloud, no agents,
//! no reconciler. What is written here can be answered for it too.

use crate::{env::Env, store::Store};
use std::sync::Arc;

/// The store, and the clock that says what is still to come.
#[derive(Clone)]
pub(in crate::hosted_api) struct Books {
    /// Desired state and history.
    pub store: Arc<dyn Store>,
    /// Time and randomness.
    pub env: Arc<dyn Env>,
}
