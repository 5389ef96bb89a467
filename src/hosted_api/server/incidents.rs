//! Incidents: told to anyone, changed by operators.
//!
//! Guarantees
//! - A repeat of a request id does nothing and gives the incident as it is now.
//! - What is listed was written down; lists are bounded.

use super::{Server, Stream, paging};
use crate::{
    hosted_api::{
        access::Caller,
        convert::ms,
        problem::{Kind, Problem},
    },
    incidents::people::{self, Ask},
    model::{By, Incident, IncidentId, Refusal},
    store::{IncidentQuery, IncidentRequest},
};
use doltops_proto::hosted_api::{
    self as wire, ChangeIncidentRequest, IncidentsResponse, ListIncidentsRequest,
    change_incident_request::Change as Asked,
};
use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio_stream::wrappers::WatchStream;

/// Incidents of a list that does not say how many, and of any list: a console shows some hundreds.
const USUAL: u32 = 200;
const MOST: u32 = 500;

/// Notes of an incident in a list, the newest: a list of long nights must still be a message. Its timeline has all.
const NOTES: usize = 20;

impl Server {
    pub(super) async fn list_incidents_of(&self, request: &ListIncidentsRequest) -> Result<IncidentsResponse, Problem> {
        let limit = limit(request);
        let all = if request.resolved {
            self.manager.executor.store.incidents(IncidentQuery::Newest(limit)).await?
        } else {
            let read = self.manager.read_incidents().await?;
            read.iter().filter(|incident| !incident.is_resolved()).take(limit).cloned().collect()
        };
        Ok(self.listed(&all).await)
    }

    /// Once the store was read, what the manager has; for what is over, the store is asked at each change. While it is
    /// away, the list is what was read last.
    pub(super) async fn watch_incidents_of(
        &self,
        request: ListIncidentsRequest,
    ) -> Result<Stream<IncidentsResponse>, Problem> {
        self.manager.read_incidents().await?;
        let server = self.clone();
        let incidents = WatchStream::new(self.manager.incidents()).map(drop);
        let changes = stream::select(incidents, self.paged());
        Ok(Box::pin(changes.then(move |()| {
            let server = server.clone();
            let now = server.manager.incidents().borrow().clone();
            async move { Ok(server.now_or_last(&request, now).await) }
        })))
    }

    async fn now_or_last(&self, request: &ListIncidentsRequest, now: Arc<Vec<Incident>>) -> IncidentsResponse {
        let store = &self.manager.executor.store;
        if request.resolved
            && let Ok(all) = store.incidents(IncidentQuery::Newest(limit(request))).await
        {
            return self.listed(&all).await;
        }
        let shown = now.iter().filter(|incident| request.resolved || !incident.is_resolved());
        self.listed(&shown.take(limit(request)).cloned().collect::<Vec<_>>()).await
    }

    async fn listed(&self, all: &[Incident]) -> IncidentsResponse {
        let pages = self.pages_about(all).await;
        let told = all.iter().map(|incident| {
            let mut told = told(incident);
            told.pages = paging::told(pages.get(&incident.id));
            told.notes.drain(..told.notes.len().saturating_sub(NOTES));
            told
        });
        IncidentsResponse {
            incidents: told.collect(),
            as_of_ms: ms(self.manager.executor.env.now()),
            on_call: self.first_on_call(),
        }
    }

    /// An incident with all its notes and pages, as it is sent.
    pub(super) async fn told_with_pages(&self, incident: &Incident) -> wire::Incident {
        let pages = self.pages_about(std::slice::from_ref(incident)).await;
        wire::Incident { pages: paging::told(pages.get(&incident.id)), ..told(incident) }
    }

    /// An incident with all its notes.
    ///
    /// # Errors
    /// There is none of that name, or the store is away.
    pub(super) async fn incident(&self, id: &str) -> Result<Incident, Problem> {
        let query = IncidentQuery::One(IncidentId::new(id));
        let found = self.manager.executor.store.incidents(query).await?.pop();
        found.ok_or_else(|| not_found(id).into())
    }

    pub(super) async fn change_incident_of(
        &self,
        caller: &Caller,
        request: ChangeIncidentRequest,
    ) -> Result<wire::Incident, Problem> {
        let request_id = self.books().operation_id(&request.request_id)?.to_string();
        let id = Some(request.id).filter(|id| !id.is_empty()).map(IncidentId::new);
        let ask = read(request.change)?;
        let request = IncidentRequest {
            digest: digest(id.as_ref(), &ask),
            incident: id.clone().unwrap_or_else(|| IncidentId::new(String::new())),
            id: request_id,
        };
        if let Some(first) = self.first_incident(&request).await? {
            return Ok(self.told_with_pages(&first).await);
        }
        let env = &self.manager.executor.env;
        let new = IncidentId::new(format!("inc-{}", env.token(8)));
        let by = By { at: env.now(), who: caller.name.clone() };
        let done = self.manager.change_incident(id.as_ref(), &caller.name, &request, |snapshot, before| {
            Ok(match (&id, before) {
                (None, _) => people::open(&ask, new.clone(), by.clone(), |name| {
                    snapshot.desired.values().any(|desired| desired.name == *name)
                })?,
                (Some(id), None) => return Err(Problem::from(not_found(id.as_str()))),
                (Some(_), Some(before)) => people::change(&ask, before, by.clone())?,
            })
        });
        match done.await {
            // Another try of the same request may have come first meanwhile.
            Err(problem) => {
                let first = self.first_incident(&request).await?.ok_or(problem)?;
                Ok(self.told_with_pages(&first).await)
            }
            Ok(incident) => Ok(self.told_with_pages(&incident).await),
        }
    }

    /// What came of an earlier request with this id.
    async fn first_incident(&self, request: &IncidentRequest) -> Result<Option<Incident>, Problem> {
        let Some(first) = self.manager.executor.store.incident_request(&request.id).await? else { return Ok(None) };
        if first.digest != request.digest {
            let what = format!("{} was used for another request, about {}", request.id, first.incident);
            return Err(Problem::invalid("request_id", what));
        }
        self.incident(first.incident.as_str()).await.map(Some)
    }
}

/// How many a list holds.
pub(super) fn limit(request: &ListIncidentsRequest) -> usize {
    let asked = if request.limit == 0 { USUAL } else { request.limit.min(MOST) };
    asked as usize
}

/// There is none of that name.
pub(super) fn not_found(id: &str) -> Refusal {
    let id: String = id.chars().take(80).flat_map(char::escape_default).collect();
    Refusal::NotFound(format!("there is no incident {id}"))
}

/// Of all that is asked for: a repeat has the same.
fn digest(id: Option<&IncidentId>, ask: &Ask) -> String {
    // Plain data with text keys: it cannot fail.
    let text = serde_json::to_string(&(id, ask)).unwrap_or_default();
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn read(change: Option<Asked>) -> Result<Ask, Problem> {
    Ok(match change.ok_or_else(|| Problem::invalid("change", "nothing was asked for"))? {
        Asked::Open(form) => Ask::Open {
            deployments: form.deployments,
            severity: form.severity,
            impact: form.impact,
            title: form.title,
            description: form.description,
        },
        Asked::Acknowledge(true) => Ask::Acknowledge,
        Asked::Acknowledge(false) => {
            return Err(Problem::new(Kind::Invalid, "an acknowledgement is not taken back")
                .next("hand it over to somebody else"));
        }
        Asked::Note(text) => Ask::Note(text),
        Asked::HandOver(to) => Ask::HandOver(to),
        Asked::Resolve(why) => Ask::Resolve(why),
    })
}

/// An incident, as it is sent.
pub(super) fn told(incident: &Incident) -> wire::Incident {
    let at = |by: &Option<By>| by.as_ref().map_or(0, |by| ms(by.at));
    let who = |by: &Option<By>| by.as_ref().map(|by| by.who.clone()).unwrap_or_default();
    let note = |note: &crate::model::Note| wire::IncidentNote {
        time_ms: ms(note.by.at),
        author: note.by.who.clone(),
        text: note.text.clone(),
    };
    wire::Incident {
        id: incident.id.to_string(),
        rule: incident.cause.as_ref().map(|cause| cause.rule.clone()).unwrap_or_default(),
        severity: incident.severity.to_string(),
        title: incident.title.clone(),
        description: incident.description.clone(),
        impact: incident.impact.clone(),
        deployments: incident.deployments.iter().map(ToString::to_string).collect(),
        state: incident.state().to_owned(),
        opened_ms: ms(incident.opened.at),
        opened_by: incident.opened.who.clone(),
        acknowledged_ms: at(&incident.acknowledged),
        acknowledged_by: who(&incident.acknowledged),
        assignee: incident.assignee.clone().unwrap_or_default(),
        resolved_ms: at(&incident.resolved),
        resolved_by: who(&incident.resolved),
        runbook: incident.runbook.clone().unwrap_or_default(),
        returned: incident.returned,
        gone_since_ms: incident.gone_since.map_or(0, ms),
        notes: incident.notes.iter().map(note).collect(),
        pages: Vec::new(),
    }
}
