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

/// Whoever waits asks this often whether the lease has been let go of: two looks in the second within which the next
/// holder is to be there. It is a read of one row, 1 ms of the server's time, and only those who wait do it.
pub const WAITING: Duration = Duration::from_millis(500);

/// A store that did not answer is asked again after this: a standby may have been promoted meanwhile.
pub const RETRY: Duration = Duration::from_secs(1);

/// A holder that begins goes above what agents obey, for so long: each of them has been asked many times by then. Later an
/// agent that obeys a higher epoch obeys somebody else, and two that outbid each other would both act.
const BEGINS: Duration = Duration::from_secs(60);

/// Further than this is no epoch of ours: a thousand promotions of the store. An agent that was taken over could otherwise
/// use up all that there are.
const FURTHEST: u64 = 1_000_000_000;

/// Ours, and until when.
struct Held {
    fence: Fence,
    until: Duration,
    /// When it was taken.
    since: Duration,
}

/// The lease, as far as we know.
pub struct LeaseKeeper {
    holder: String,
    env: Arc<dyn Env>,
    held: Mutex<Option<Held>>,
    /// The highest epoch that an agent obeys.
    obeyed: Mutex<Epoch>,
    /// Who had it at the last look, where that was another.
    other: Mutex<Option<String>>,
}

impl LeaseKeeper {
    /// Not held yet. The same `holder` takes its own lease back at once.
    pub fn new(holder: String, env: Arc<dyn Env>) -> Self {
        Self { holder, env, held: Mutex::default(), obeyed: Mutex::default(), other: Mutex::default() }
    }

    /// The lease, while enough of it is left to begin something.
    pub fn fence(&self) -> Option<Fence> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| self.env.elapsed() + MARGIN < held.until).map(|held| held.fence.clone())
    }

    /// The epoch for calls that change nothing; zero before the first. It stays while the store is away: agents go on
    /// answering, and refuse it as soon as there is another holder.
    pub fn epoch(&self) -> Epoch {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map_or(Epoch(0), |held| held.fence.epoch)
    }

    /// Who acts in our place, as far as we know; none while it is ours, and before the store was first asked.
    pub fn other(&self) -> Option<String> {
        self.other.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An agent obeys this epoch. One that is above ours tells that the store is an older one than agents have seen, as after
    /// a restore: the next renewal goes above it.
    ///
    /// Gives whether it is above, and we have held the lease for too long to go there.
    pub fn obeys(&self, seen: Epoch) -> bool {
        let mut obeyed = self.obeyed.lock().unwrap_or_else(PoisonError::into_inner);
        let news = seen > *obeyed;
        *obeyed = seen.max(*obeyed);
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |held: &Held| {
            let ours = held.fence.epoch;
            seen > ours && above(Some(ours), seen, self.env.elapsed().saturating_sub(held.since)) == Epoch(0)
        };
        news && held.as_ref().is_some_and(late)
    }

    /// Our own name in it.
    pub fn name(&self) -> &str {
        &self.holder
    }

    fn is_held_by(&self, other: Option<String>) {
        *self.other.lock().unwrap_or_else(PoisonError::into_inner) = other;
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
        let (epoch, since) = {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.as_ref().map_or((None, before), |held| (Some(held.fence.epoch), held.since))
        };
        let obeyed = *self.obeyed.lock().unwrap_or_else(PoisonError::into_inner);
        let above = above(epoch, obeyed, before.saturating_sub(since));
        match store.lease(&self.holder, epoch, above, TIME).await {
            Ok(Lease::Held(fence)) => {
                let held = Held { fence, until: before + TIME, since };
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
                self.is_held_by(None);
                Ok(true)
            }
            Ok(Lease::Taken { holder, .. }) => {
                self.lost();
                self.is_held_by(Some(holder));
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
        if let Some(held) = held
            && let Err(error) = store.release(&held.fence).await
        {
            tracing::warn!(%error, "the lease was not given back; the next holder waits for its end");
        }
    }
}

/// What the epoch is to be above, with this one held for so long (none: it is not ours yet) and that one obeyed by agents.
fn above(held: Option<Epoch>, obeyed: Epoch, since: Duration) -> Epoch {
    let begins = since < BEGINS;
    let near = obeyed.0.saturating_sub(held.unwrap_or_default().0) <= FURTHEST;
    if begins && near { obeyed } else { Epoch(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_begins_goes_above_what_agents_obey() {
        let (begin, later) = (Duration::from_secs(2), BEGINS);
        assert_eq!(above(Some(Epoch(3)), Epoch(9), begin), Epoch(9));
        assert_eq!(above(None, Epoch(9), Duration::ZERO), Epoch(9));
        assert_eq!(above(Some(Epoch(3)), Epoch(9), later), Epoch(0));
    }

    #[test]
    fn an_agent_cannot_use_up_all_epochs() {
        assert_eq!(above(Some(Epoch(3)), Epoch(u64::MAX), Duration::ZERO), Epoch(0));
        assert_eq!(above(None, Epoch(u64::MAX), Duration::ZERO), Epoch(0));
    }
}
