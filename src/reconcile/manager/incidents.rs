//! Incidents: read from the store, and changed through it.
//!
//! Guarantees
//! - What readers get was written down before: a change is told only when it has landed.
//! - Whoever changes main, here or elsewhere, the list is read anew when main has moved on.
//! - Only the lease's holder opens and resolves by itself, under its fence.
//! - A lost answer opens nothing twice: the next look reads what the store has.
//!
//! Caveats: while the store is away nothing is opened. What was wrong with it is remembered, and written when it is back.

use super::{Manager, lock};
use crate::{
    incidents::{
        lifecycle::{self, Change},
        people::Told,
        rules::{self, Finding, Findings, Rule, Sight},
    },
    model::{Cause, CommitHash, FleetView, Incident, IncidentId, RECONCILER},
    store::{self, Edit, Fence, IncidentQuery, IncidentRequest, Landing, Snapshot, StoreError},
};
use jiff::SignedDuration;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time};

/// Agents are heard this often, so nothing is known sooner.
const LOOK: Duration = Duration::from_secs(2);

/// What is over is still told for this long: whoever must say so elsewhere may have been away over night.
const TOLD: SignedDuration = SignedDuration::from_hours(24);

/// So many are named in one commit: more is a storm, and each has its row.
const TOLD_AT_ONCE: usize = 20;

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

    /// Follows what the store has, and does what the rules say.
    pub(super) async fn watch_incidents(self: Arc<Self>) {
        // What could not be written while the store was away.
        let mut unwritten = None;
        loop {
            let known = lock(&self.snapshot).as_ref().map(|snapshot| snapshot.commit.clone());
            let mut read_at = self.incidents_read.lock().await;
            if known.is_some() && *read_at != known {
                // `watch_head` tells of a store that is away.
                let _ = self.read_incidents_after(&mut read_at).await;
            }
            self.look_for_causes(&mut read_at, &mut unwritten).await;
            drop(read_at);
            time::sleep(LOOK).await;
        }
    }

    /// One look at the fleet, and what follows from it.
    async fn look_for_causes(&self, read_at: &mut Option<CommitHash>, unwritten: &mut Option<(Cause, Finding)>) {
        let fleet = self.fleet.borrow().clone();
        let incidents = self.incidents.borrow().clone();
        let mut findings = self.findings(&fleet, &incidents);
        if !fleet.store.is_empty() {
            let store = findings.found.into_iter().find(|(cause, _)| cause.rule == Rule::Store.as_str());
            *unwritten = store.or(unwritten.take());
            return;
        }
        let (Some(fence), Some(base)) = (self.executor.lease.fence(), read_at.clone()) else { return };
        if fleet.commit.is_none() {
            return;
        }
        findings.found.extend(unwritten.clone());
        let settled = SignedDuration::from_secs(self.incident_settings.settled_seconds.get().into());
        let new_id = || IncidentId::new(format!("inc-{}", self.executor.env.token(8)));
        let changes = lifecycle::step(&incidents, &findings, settled, self.executor.env.now(), new_id);
        if changes.is_empty() {
            *unwritten = None;
            return;
        }
        match self.executor.store.land(landing(&changes, base, fence)).await {
            Ok(commit) => {
                *read_at = Some(commit);
                *unwritten = None;
                self.take_changes(&changes);
            }
            // Somebody landed in between: the next look decides again on what they left.
            Err(StoreError::Conflict) => *read_at = None,
            Err(StoreError::LeaseLost) => self.executor.lease.lost(),
            Err(error) => {
                // Whether it happened is not known: it is read again.
                *read_at = None;
                tracing::warn!(%error, "incidents were not written");
            }
        }
    }

    fn findings<'a>(&'a self, fleet: &'a FleetView, incidents: &'a [Incident]) -> Findings {
        let sight = Sight {
            fleet,
            types: self.executor.cloud.types(),
            settings: &self.incident_settings,
            now: self.executor.env.now(),
        };
        let open = incidents.iter().filter(|incident| !incident.is_resolved());
        let named = |incident: &'a Incident| Some((incident.cause.as_ref()?, incident.deployments.as_slice()));
        rules::look(sight, &open.filter_map(named).collect())
    }

    /// What has landed is shown and told.
    fn take_changes(&self, changes: &[Change]) {
        self.incidents.send_modify(|last| {
            let mut all = Vec::clone(last);
            for change in changes {
                match all.iter_mut().find(|known| known.id == change.incident().id) {
                    Some(known) => known.clone_from(change.incident()),
                    None => all.insert(0, change.incident().clone()),
                }
            }
            *last = Arc::new(all);
        });
        for change in changes {
            if let Some(message) = change.message() {
                self.tell_of_incident(change.incident(), &message, RECONCILER);
            }
        }
    }
}

/// One commit of them all; none where causes only went and came back.
fn landing(changes: &[Change], base: CommitHash, fence: Fence) -> Landing {
    let mut edits = Vec::new();
    for change in changes {
        let incident = change.incident().clone();
        if matches!(change, Change::Mark(_) | Change::Raise(_) | Change::Widen(_)) {
            edits.push(Edit::MarkIncident(incident.clone()));
        }
        if !matches!(change, Change::Mark(_)) {
            edits.push(Edit::PutIncident(incident));
        }
    }
    let told: Vec<String> = changes.iter().filter_map(Change::message).collect();
    let message = match told.as_slice() {
        [] | [_] => told.concat(),
        several => {
            let more = several.len().saturating_sub(TOLD_AT_ONCE);
            let rest = if more > 0 { format!("\nand {more} more") } else { String::new() };
            format!("{} incidents\n\n{}{rest}", several.len(), several[..several.len() - more].join("\n"))
        }
    };
    Landing { base, edits, author: RECONCILER.to_owned(), message, fence: Some(fence) }
}
