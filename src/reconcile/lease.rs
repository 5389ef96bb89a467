//! Only the lease's holder acts.
//!
//! Guarantees: [`LeaseKeeper::fence`] gives the lease only while it is ours for another [`MARGIN`] at least, by the
//! clock that never jumps, counted from *before* the call that took it.

use crate::{
    env::Env,
    model::Epoch,
    store::{Fence, Lease, Store, StoreError},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A holder that died is replaced after so long; Dolt's own clock decides.
pub const TIME: Duration = Duration::from_secs(10);

/// It is renewed so often: two renewals may be lost.
pub const RENEWAL: Duration = Duration::from_secs(3);

/// What must be left for an effect to begin: longer than a call takes.
const MARGIN: Duration = Duration::from_secs(3);

/// The lease, as far as we know.
pub struct LeaseKeeper {
    holder: String,
    env: Arc<dyn Env>,
    held: Mutex<Option<(Fence, Duration)>>,
}

impl LeaseKeeper {
    /// Not held yet. The same `holder` takes its own lease back at once.
    pub fn new(holder: String, env: Arc<dyn Env>) -> Self {
        Self { holder, env, held: Mutex::default() }
    }

    /// The lease, while enough of it is left to begin something.
    pub fn fence(&self) -> Option<Fence> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|(_, until)| self.env.elapsed() + MARGIN < *until).map(|(fence, _)| fence.clone())
    }

    /// The epoch for calls that change nothing; zero before the first. It stays while the store is away: agents go on
    /// answering, and refuse it as soon as there is another holder.
    pub fn epoch(&self) -> Epoch {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map_or(Epoch(0), |(fence, _)| fence.epoch)
    }

    /// It is not ours any more.
    pub fn lost(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Takes it or keeps it; `true` when it is ours.
    ///
    /// # Errors
    /// The store's. It may still be ours then; [`LeaseKeeper::fence`] stops giving it when its time has passed.
    pub async fn renew(&self, store: &dyn Store) -> Result<bool, StoreError> {
        let before = self.env.elapsed();
        let epoch = self.held.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(fence, _)| fence.epoch);
        match store.lease(&self.holder, epoch, TIME).await {
            Ok(Lease::Held(fence)) => {
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((fence, before + TIME));
                Ok(true)
            }
            Ok(Lease::Taken { .. }) => {
                self.lost();
                Ok(false)
            }
            Err(error) => {
                tracing::warn!(%error, "the lease could not be renewed");
                Err(error)
            }
        }
    }

    /// Gives it back.
    pub async fn release(&self, store: &dyn Store) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((fence, _)) = held
            && let Err(error) = store.release(&fence).await
        {
            tracing::warn!(%error, "the lease was not given back; the next holder waits for its end");
        }
    }
}
