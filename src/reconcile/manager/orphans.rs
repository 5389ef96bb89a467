//! What belongs to nothing: seen at each resync, removed by a person's word or by policy.
//!
//! Guarantees
//! - What a person removes was seen to belong to nothing in a look that began after it was asked for; what the policy
//!   removes, in that of the resync.
//! - By policy nothing goes that holds data, and nothing at all when it is more than a few.

use super::{Manager, lock};
use crate::{
    cloud::CloudError,
    model::{AddressId, CopyId, InstanceId, VolumeId},
    reconcile::{
        executor::StepError,
        orphans::{self, Kind, Orphan},
    },
};
use std::time::Duration;

impl Manager {
    /// Everything that belongs to nothing, whether it counts yet or not, by a look that begins now. None: it failed.
    pub async fn orphans(&self) -> Option<Vec<Orphan>> {
        self.orphans_since(self.executor.env.elapsed()).await
    }

    /// The same, by a look that began at `since` or later.
    async fn orphans_since(&self, since: Duration) -> Option<Vec<Orphan>> {
        let snapshot = self.executor.store.snapshot().await.ok()?;
        // What was made after the snapshot and is in the look is younger than the grace: it is shown, and does not count.
        let look = self.observer.look(since).await?;
        let (site, now) = (self.executor.cloud.site(), self.executor.env.now());
        let mut all = lock(&self.orphans);
        let found = orphans::find(&look, &snapshot, site, &mut all.since, now);
        all.ripe = orphans::ripe(&found, &self.executor.orphans, now);
        Some(found)
    }

    /// How many there were at the last look.
    pub fn orphans_seen(&self) -> usize {
        lock(&self.orphans).ripe.len()
    }

    /// Looks, and does what the policy says.
    pub(super) async fn see_to_orphans(&self, since: Duration) {
        // This machine's cloud knows nothing that the store does not.
        if self.executor.lease.fence().is_none() || self.executor.cloud.site().zones.is_empty() {
            return;
        }
        let before = self.orphans_seen();
        if self.orphans_since(since).await.is_none() {
            return;
        }
        let ripe = lock(&self.orphans).ripe.clone();
        if ripe.len() != before {
            self.events.add("", "orphans", format!("{} resources belong to no deployment", ripe.len()), "");
            self.dirty.notify_one();
        }
        match orphans::to_remove(&ripe, &self.executor.orphans) {
            Ok(all) => {
                for orphan in all {
                    if let Err(error) = self.remove_orphan(&orphan).await {
                        let what = format!("{} {} was not removed: {error}", orphan.kind.as_str(), orphan.id);
                        self.events.add(&orphan.name, "error", what, "");
                    }
                }
            }
            Err(count) if ripe.len() != before => {
                let what = format!("{count} orphans are more than are removed without a person; see: doltops orphans");
                self.events.add("", "orphans", what, "");
            }
            Err(_) => {}
        }
    }

    /// Removes one that was found. A second time it is no error.
    ///
    /// # Errors
    /// The cloud's, and a lost lease.
    pub async fn remove_orphan(&self, orphan: &Orphan) -> Result<(), StepError> {
        if self.executor.lease.fence().is_none() {
            return Err(StepError::NoLease);
        }
        let (cloud, id) = (&self.executor.cloud, orphan.id.as_str());
        let removed = match orphan.kind {
            Kind::Instance => cloud.terminate(&InstanceId::new(id)).await,
            Kind::Volume => cloud.destroy_volume(&VolumeId::new(id)).await,
            Kind::Copy => cloud.destroy_copy(&CopyId::new(id)).await,
            Kind::Address => cloud.release_address(&AddressId::new(id)).await,
            Kind::Name => cloud.withdraw(id, &orphan.deployment).await,
        };
        match removed {
            Ok(()) | Err(CloudError::NotFound(_)) => {
                let what = format!("{} {id} removed: {}", orphan.kind.as_str(), orphan.why);
                self.events.add(&orphan.name, "orphans", what, "");
                lock(&self.orphans).ripe.retain(|other| other != orphan);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}
