//! Incidents: read from the store, and changed through it.
//!
//! Guarantees
//! - What readers get was written down before: a change is told only when it has landed.
//! - Whoever changes main, here or elsewhere, the list is read anew when main has moved on.

use super::{Manager, lock};
use crate::{
    incidents::people::Told,
    model::{CommitHash, Incident, IncidentId},
    store::{self, Edit, IncidentQuery, IncidentRequest, Landing, Snapshot, StoreError},
};
use jiff::SignedDuration;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time};

/// Agents are heard this often, so nothing is known sooner.
const LOOK: Duration = Duration::from_secs(2);

/// What is over is still told for this long: whoever must say so elsewhere may have been away over night.
const TOLD: SignedDuration = SignedDuration::from_hours(24);

impl Manager {
    /// All that are not over and those that have been for a day at most, newest first: now and as they change. Empty
    /// until the store was read.
    pub fn incidents(&self) -> watch::Receiver<Arc<Vec<Incident>>> {
        self.incidents.subscribe()
    }

    /// The same, as the store has it now.
    ///
    /// # Errors
    /// The store is away.
    pub async fn read_incidents(&self) -> Result<Arc<Vec<Incident>>, StoreError> {
        let mut read_at = self.incidents_read.lock().await;
        self.read_incidents_after(&mut read_at).await
    }

    /// The head is read first: a commit that comes in between is found by the next look.
    async fn read_incidents_after(&self, read_at: &mut Option<CommitHash>) -> Result<Arc<Vec<Incident>>, StoreError> {
        let store = &self.executor.store;
        let head = store.head().await?;
        if read_at.as_ref() != Some(&head) {
            let since = self.executor.env.now().checked_sub(TOLD).unwrap_or_default();
            let all = store.incidents(IncidentQuery::Open { or_resolved_since: since }).await?;
            self.incidents.send_if_modified(|last| {
                let changed = **last != all;
                *last = Arc::new(all);
                changed
            });
            *read_at = Some(head);
        }
        Ok(self.incidents.borrow().clone())
    }

    /// What a person asked for: decided on the incident as it is, landed as one commit under the request's id, and
    /// decided again where main has moved on meanwhile.
    ///
    /// # Errors
    /// `decide`'s own, and the store's.
    pub async fn change_incident<E: From<StoreError>>(
        &self,
        id: Option<&IncidentId>,
        author: &str,
        request: &IncidentRequest,
        decide: impl Fn(&Snapshot, Option<Incident>) -> Result<Told, E>,
    ) -> Result<Incident, E> {
        let store = &self.executor.store;
        for _ in 0..store::ROUNDS {
            let snapshot = store.snapshot().await?;
            let before = match id {
                Some(id) => store.incidents(IncidentQuery::One(id.clone())).await?.pop(),
                None => None,
            };
            let decided = decide(&snapshot, before.clone())?;
            if before.as_ref() == Some(&decided.incident) {
                return Ok(decided.incident);
            }
            let request = IncidentRequest { incident: decided.incident.id.clone(), ..request.clone() };
            let landing = Landing {
                base: snapshot.commit.clone(),
                edits: vec![Edit::PutIncidentRequest(request), Edit::PutIncident(decided.incident.clone())],
                author: author.to_owned(),
                message: decided.message.clone(),
                fence: None,
            };
            match store.land(landing).await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => {
                    self.tell_of_incident(&decided.incident, &decided.message, author);
                    // Whoever asked sees it in the list; where that fails now, the loop reads it again.
                    let _ = self.read_incidents().await;
                    return Ok(decided.incident);
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// An event of each deployment that it is about.
    fn tell_of_incident(&self, incident: &Incident, message: &str, author: &str) {
        if incident.deployments.is_empty() {
            self.events.add("", "incident", message, author);
        }
        for name in &incident.deployments {
            self.events.add(name.as_str(), "incident", message, author);
        }
    }

    /// Follows what the store has.
    pub(super) async fn watch_incidents(self: Arc<Self>) {
        loop {
            let known = lock(&self.snapshot).as_ref().map(|snapshot| snapshot.commit.clone());
            let mut read_at = self.incidents_read.lock().await;
            if known.is_some() && *read_at != known {
                // `watch_head` tells of a store that is away.
                let _ = self.read_incidents_after(&mut read_at).await;
            }
            drop(read_at);
            time::sleep(LOOK).await;
        }
    }
}
