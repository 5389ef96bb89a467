//! The simulated store, behind the product's own trait: one main, commits, intents and a lease, as Dolt keeps them.

use super::{
    gate::{self, STORE},
    schedule::No,
    world::{Broken, Shared, World, lock},
};
use async_trait::async_trait;
use doltops::{
    model::{
        CellChange, CommitEntry, CommitHash, CommitPrefix, DeploymentId, Desired, Epoch, Incident, Moment, Operation,
        OperationId,
    },
    secrets::{Secret, SecretError, Secrets},
    store::{
        ClientCertificate, Edit, Fence, HistoryQuery, IncidentQuery, IncidentRequest, Intent, Landing, Lease, Snapshot,
        Store, StoreError,
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The store as one process reaches it.
pub struct SimStore {
    pub world: Shared,
    pub process: usize,
}

/// What Dolt says: that another transaction came first, or nothing that helps.
fn failed(no: No, why: String) -> StoreError {
    if no == No::Missing { StoreError::Conflict } else { StoreError::Unavailable(why) }
}

pub fn hash(number: usize) -> CommitHash {
    format!("{number:032}").parse().expect("digits are base 32")
}

impl World {
    fn holds(&self, fence: &Fence) -> Result<(), StoreError> {
        let held = self.lease.as_ref().is_some_and(|(held, _)| held == fence);
        if held || self.broken == Broken::NoTouch { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    /// What a reader gets: what is there, or nothing while it is about to be restored.
    fn shown(&self) -> Arc<Snapshot> {
        if self.now() >= self.emptied {
            return self.snapshot.clone();
        }
        // Numbers of commits never come so far.
        let commit = hash(usize::MAX);
        Arc::new(Snapshot { commit, desired: BTreeMap::new(), records: BTreeMap::new(), last_change: BTreeMap::new() })
    }

    /// The store takes nothing of who does not hold the lease; read apart from [`World::holds`], which may be broken.
    fn came_from_the_holder(&mut self, fence: &Fence, what: &str) {
        if self.lease.as_ref().is_none_or(|(held, _)| held != fence) {
            self.broke(format!("{what}: written by {}, who holds no lease", fence.holder));
        }
    }

    /// One landing on main: all of it or nothing.
    pub fn land(&mut self, landing: &Landing) -> Result<CommitHash, StoreError> {
        if let Some(fence) = &landing.fence {
            self.holds(fence)?;
        }
        if landing.base != self.snapshot.commit {
            return Err(StoreError::Conflict);
        }
        if let Some(fence) = &landing.fence {
            self.came_from_the_holder(fence, &landing.message);
        }
        let mut next = Snapshot::clone(&self.snapshot);
        for edit in &landing.edits {
            match edit {
                Edit::PutDesired(desired) => drop(next.desired.insert(desired.id.clone(), desired.clone())),
                Edit::RemoveDesired(id) => {
                    if next.desired.remove(id).is_some_and(|desired| desired.protected) {
                        self.broke(format!("{id} is deleted though it is protected"));
                    }
                }
                Edit::PutRecord(record) => {
                    if let Some(before) = next.records.insert(record.id.clone(), record.clone())
                        && (record.generation < before.generation || record.incarnation < before.incarnation)
                    {
                        self.broke(format!("a number of {} goes back: {before:?} → {record:?}", record.id));
                    }
                }
                Edit::ClearIntent(id) => drop(self.intents.remove(id)),
                Edit::PutIncident(incident) | Edit::MarkIncident(incident) => {
                    self.incidents.insert(incident.id.clone(), incident.clone());
                }
                Edit::PutOperation(_)
                | Edit::PutClientCertificate(_)
                | Edit::PutIncidentRequest(_)
                | Edit::Review(_) => {}
            }
        }
        next.commit = hash(self.commits.len());
        let commit = next.commit.clone();
        self.tell(|| format!("landed {}: {}", commit.as_str().trim_start_matches('0'), landing.message));
        self.take(next);
        Ok(commit)
    }

    /// Takes the lease or keeps it, by the store's own clock.
    fn take_lease(&mut self, holder: String, held: Option<Epoch>, above: Epoch, time: Duration) -> Lease {
        let now = self.now();
        let epoch = match (&self.lease, held) {
            (None, _) => Epoch(1),
            (Some((fence, _)), Some(epoch)) if fence.holder == holder && fence.epoch == epoch => epoch,
            (Some((fence, _)), None) if fence.holder == holder => fence.epoch.next(),
            (Some((fence, until)), _) if *until <= now => fence.epoch.next(),
            (Some((fence, until)), _) => {
                return Lease::Taken { holder: fence.holder.clone(), left: *until - now };
            }
        };
        let fence = Fence { holder, epoch: if epoch > above { epoch } else { above.next() } };
        if self.lease.as_ref().is_none_or(|(before, _)| *before != fence) {
            self.lease_since = now;
        }
        self.lease = Some((fence.clone(), now + time));
        Lease::Held(fence)
    }

    /// Main is `next` from now on.
    pub fn take(&mut self, next: Snapshot) {
        let now = self.now();
        self.paused.retain(|id, _| next.desired.get(id).is_some_and(|desired| desired.paused));
        for desired in next.desired.values().filter(|desired| desired.paused) {
            self.paused.entry(desired.id.clone()).or_insert(now);
        }
        for record in next.records.values().filter(|record| record.volume.is_none()) {
            self.lost.remove(&record.id);
        }
        self.commits.push(next.commit.clone());
        self.past.insert(next.commit.clone(), next.desired.clone());
        self.snapshot = Arc::new(next);
    }
}

#[async_trait]
impl Store for SimStore {
    async fn head(&self) -> Result<CommitHash, StoreError> {
        Ok(gate::read(&self.world, self.process, STORE, |world| world.shown().commit.clone()).await)
    }

    async fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        let snapshot = gate::read(&self.world, self.process, STORE, |world| world.shown()).await;
        if lock(&self.world).broken != Broken::NoMark {
            return Ok(snapshot);
        }
        let mut marked = Snapshot::clone(&snapshot);
        for (_, record) in marked.records.iter_mut().filter(|(id, _)| !snapshot.desired.contains_key(id)) {
            record.deletion.get_or_insert(OperationId::new("nobody's"));
        }
        Ok(Arc::new(marked))
    }

    async fn resolve(&self, beginning: &CommitPrefix) -> Result<CommitHash, StoreError> {
        // People of the simulation name commits whole.
        beginning.whole().ok_or_else(|| StoreError::NoSuchCommit(beginning.to_string()))
    }

    async fn moment(&self, moment: &Moment) -> Result<CommitEntry, StoreError> {
        // Nobody there looks at the past.
        Err(StoreError::NoSuchCommit(moment.to_string()))
    }

    async fn desired_at(&self, commit: &CommitHash) -> Result<BTreeMap<DeploymentId, Desired>, StoreError> {
        lock(&self.world).past.get(commit).cloned().ok_or_else(|| StoreError::NoSuchCommit(commit.to_string()))
    }

    async fn snapshot_at(&self, commit: &CommitHash) -> Result<Snapshot, StoreError> {
        Err(StoreError::NoSuchCommit(commit.to_string()))
    }

    async fn incidents_at(&self, _: IncidentQuery, commit: &CommitHash) -> Result<Vec<Incident>, StoreError> {
        Err(StoreError::NoSuchCommit(commit.to_string()))
    }

    async fn land(&self, landing: Landing) -> Result<CommitHash, StoreError> {
        let what = format!("land '{}'", landing.message);
        let lands = move |world: &mut World| world.land(&landing);
        gate::effect(&self.world, self.process, STORE, &what, failed, lands).await
    }

    async fn operation(&self, _: &OperationId) -> Result<Option<(Operation, CommitHash)>, StoreError> {
        Ok(None)
    }

    async fn operations(&self, _: usize) -> Result<Vec<(Operation, CommitHash)>, StoreError> {
        Ok(Vec::new())
    }

    async fn history(&self, _: HistoryQuery) -> Result<Vec<CommitEntry>, StoreError> {
        Ok(Vec::new())
    }

    async fn diff(&self, _: &CommitHash, _: &CommitHash) -> Result<Vec<CellChange>, StoreError> {
        Ok(Vec::new())
    }

    async fn client_certificates(&self) -> Result<Vec<ClientCertificate>, StoreError> {
        Ok(Vec::new())
    }

    async fn incidents(&self, query: IncidentQuery) -> Result<Vec<Incident>, StoreError> {
        let all: Vec<Incident> =
            gate::read(&self.world, self.process, STORE, |world| world.incidents.values().cloned().collect()).await;
        let since = |incident: &Incident, since| incident.resolved.as_ref().is_none_or(|by| by.at >= since);
        Ok(match query {
            IncidentQuery::Open { or_resolved_since } => {
                all.into_iter().filter(|incident| since(incident, or_resolved_since)).collect()
            }
            IncidentQuery::Newest(_) => all,
            IncidentQuery::One(id) => all.into_iter().filter(|incident| incident.id == id).collect(),
        })
    }

    async fn incident_request(&self, _: &str) -> Result<Option<IncidentRequest>, StoreError> {
        Ok(None)
    }

    async fn lease(
        &self,
        holder: &str,
        held: Option<Epoch>,
        above: Epoch,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        let holder = holder.to_owned();
        let taken = move |world: &mut World| {
            // A store that takes nothing takes no renewal.
            let now = world.now();
            let takes_nothing = |(word, no, until): &&(String, No, Duration)| {
                now <= *until && ["land", "write"].contains(&word.as_str()) && *no != No::Missing
            };
            let full = world.refusing.iter().find(takes_nothing);
            match full {
                Some((_, no, _)) => Err(StoreError::Unavailable(format!("{no:?}"))),
                None => Ok(world.take_lease(holder, held, above, time)),
            }
        };
        gate::read(&self.world, self.process, STORE, taken).await
    }

    async fn release(&self, fence: &Fence) -> Result<(), StoreError> {
        let fence = fence.clone();
        let released = move |world: &mut World| {
            let now = world.now();
            if world.holds(&fence).is_ok() {
                world.lease = Some((fence, now));
            }
        };
        gate::read(&self.world, self.process, STORE, released).await;
        Ok(())
    }

    async fn intend(&self, intent: &Intent, fence: &Fence) -> Result<(), StoreError> {
        let (intent, fence) = (intent.clone(), fence.clone());
        let what = format!("write down {} {} of {}", intent.action, intent.incarnation, intent.deployment);
        let intends = move |world: &mut World| {
            world.holds(&fence)?;
            world.came_from_the_holder(&fence, &intent.action);
            if world.broken != Broken::NoIntent {
                world.intents.insert(intent.deployment.clone(), intent);
            }
            Ok(())
        };
        gate::effect(&self.world, self.process, STORE, &what, failed, intends).await
    }

    async fn intents(&self) -> Result<Vec<Intent>, StoreError> {
        Ok(gate::read(&self.world, self.process, STORE, |world| world.intents.values().cloned().collect()).await)
    }
}

/// Passwords and keys, in memory.
#[derive(Default)]
pub struct SimSecrets(Mutex<BTreeMap<String, Secret>>);

#[async_trait]
impl Secrets for SimSecrets {
    async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self.0.lock().expect("no panic").get(name).cloned())
    }

    async fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.0.lock().expect("no panic").insert(name.to_owned(), secret.clone());
        Ok(())
    }

    async fn remove(&self, prefix: &str) -> Result<(), SecretError> {
        let below = format!("{prefix}/");
        self.0.lock().expect("no panic").retain(|name, _| name != prefix && !name.starts_with(&below));
        Ok(())
    }
}
