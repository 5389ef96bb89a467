//! What the store alone can tell: the past, commits, what differs, who gave which value, and change requests.
//!
//! Apart from [`super::Server`] because a clone is told from the same books, and has nothing else: no cloud, no agents,
//! no reconciler. What is written here can be answered for it too.

use crate::{
    change_requests::settings::Settings,
    env::Env,
    store::{Store, branches::Branches},
};
use std::sync::Arc;

/// The store, and the clock that says what is still to come.
#[derive(Clone)]
pub(in crate::hosted_api) struct Books {
    /// Desired state and history.
    pub store: Arc<dyn Store>,
    /// Change requests and their branches.
    pub branches: Arc<dyn Branches>,
    /// What a change request needs before it is merged.
    pub needs: Settings,
    /// Time and randomness.
    pub env: Arc<dyn Env>,
}
