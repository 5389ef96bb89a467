//! Main as it was: what is answered for a moment of the past.
//!
//! Guarantees: everything is of one commit; what nobody has kept of then is left out or said to be not known, and nothing
//! of today stands in for it. What is measured or logged with a time is told up to the commit's time.

use super::{Stream, books::Books, incidents};
use crate::{
    hosted_api::{
        as_of, convert,
        problem::{Kind, Problem},
        view::View,
    },
    model::{CommitEntry, CommitHash, Incident, IncidentId, Moment},
    store::{IncidentQuery, Snapshot, StoreError},
};
use doltops_proto::hosted_api::{IncidentsResponse, ListIncidentsRequest, WatchResponse};
use futures::{StreamExt, stream};
use std::sync::Arc;
use tonic::Status;

/// What a view shows of what is desired and known for good.
pub(in crate::hosted_api) struct Shown {
    /// All of it.
    pub snapshot: Arc<Snapshot>,
    /// The newest commit of its history; none: main's head, wherever that is.
    pub until: Option<CommitHash>,
}

impl Books {
    /// The commit of main that a moment is: the same for every call, since what is past does not change.
    ///
    /// # Errors
    /// Names `at`: there is no such commit, or the time is still to come.
    pub(in crate::hosted_api) async fn past(&self, moment: &Moment) -> Result<CommitEntry, Problem> {
        if let Moment::Time(time) = moment
            && *time > self.env.now()
        {
            return Err(Problem::invalid("at", format!("{time} is still to come")).next("name a time that has passed"));
        }
        self.store.moment(moment).await.map_err(|error| match error {
            StoreError::NoSuchCommit(_) => {
                let problem = Problem { field: "at".to_owned(), ..Problem::new(Kind::NotFound, error.to_string()) };
                problem.next("see: doltops history")
            }
            StoreError::Ambiguous(_) => Problem::invalid("at", error.to_string()).next("type more of it"),
            other => other.into(),
        })
    }

    /// The commit that a view looks at; none for main.
    pub(in crate::hosted_api) async fn then(&self, view: &View) -> Result<Option<CommitEntry>, Problem> {
        match view.main_or_past()? {
            Some(moment) => self.past(moment).await.map(Some),
            None => Ok(None),
        }
    }

    /// What a view shows.
    pub(in crate::hosted_api) async fn shown(&self, view: &View) -> Result<Shown, Problem> {
        let store = &self.store;
        Ok(match self.then(view).await? {
            Some(then) => {
                let snapshot = Arc::new(store.snapshot_at(&then.hash).await?);
                Shown { snapshot, until: Some(then.hash) }
            }
            None => Shown { snapshot: store.snapshot().await?, until: None },
        })
    }

    /// The fleet as it was written down.
    pub(in crate::hosted_api) async fn fleet_then(&self, then: &CommitEntry) -> Result<WatchResponse, Problem> {
        let store = &self.store;
        let snapshot = store.snapshot_at(&then.hash).await?;
        let open = store.incidents_at(open(then), &then.hash).await?;
        Ok(WatchResponse {
            deployments: as_of::deployments(&snapshot, &open),
            commit: then.hash.to_string(),
            as_of_ms: convert::ms(then.time),
            store: "up".to_owned(),
            ..WatchResponse::default()
        })
    }

    /// The incidents as they stood.
    pub(in crate::hosted_api) async fn incidents_then(
        &self,
        request: &ListIncidentsRequest,
        then: &CommitEntry,
    ) -> Result<IncidentsResponse, Problem> {
        let limit = incidents::limit(request);
        let query = if request.resolved { IncidentQuery::Newest(limit) } else { open(then) };
        let found = self.store.incidents_at(query, &then.hash).await?;
        Ok(IncidentsResponse {
            incidents: found.iter().take(limit).map(incidents::told).collect(),
            as_of_ms: convert::ms(then.time),
            on_call: String::new(),
        })
    }

    /// One incident as it stood.
    pub(in crate::hosted_api) async fn incident_then(&self, id: &str, then: &CommitEntry) -> Result<Incident, Problem> {
        let query = IncidentQuery::One(IncidentId::new(id));
        let found = self.store.incidents_at(query, &then.hash).await?.pop();
        found.ok_or_else(|| incidents::not_found(id).into())
    }
}

fn open(then: &CommitEntry) -> IncidentQuery {
    IncidentQuery::Open { or_resolved_since: then.time }
}

/// An answer that never changes, to whoever follows it: what is past stays, and a stream that ended would be asked for
/// again.
pub(in crate::hosted_api) fn for_ever<T: Send + 'static>(
    answer: impl IntoIterator<Item = T, IntoIter: Send + 'static>,
) -> Stream<T> {
    Box::pin(stream::iter(answer.into_iter().map(Ok::<T, Status>)).chain(stream::pending()))
}

/// A fleet in messages of at most so many deployments; 0: in one.
pub(in crate::hosted_api) fn in_parts(fleet: WatchResponse, part: u32) -> Vec<WatchResponse> {
    let size = if part == 0 { usize::MAX } else { part as usize };
    let (mut rest, mut parts) = (fleet.deployments, Vec::new());
    let head = WatchResponse { deployments: Vec::new(), ..fleet };
    loop {
        let next = rest.split_off(rest.len().min(size));
        let more = !next.is_empty();
        parts.push(WatchResponse { deployments: rest, more, ..head.clone() });
        if !more {
            return parts;
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_proto::hosted_api::Deployment;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_all_of_it_in_order_and_none_is_too_large(all in 0_usize..50, part in 0_u32..60) {
            let names: Vec<String> = (0..all).map(|number| format!("n{number}")).collect();
            let deployments = names.iter().map(|name| Deployment { name: name.clone(), ..Deployment::default() });
            let fleet = WatchResponse { deployments: deployments.collect(), commit: "c".into(), ..WatchResponse::default() };
            let parts = in_parts(fleet, part);
            prop_assert!(parts.iter().all(|it| it.commit == "c" && (part == 0 || it.deployments.len() <= part as usize)));
            prop_assert!(parts.iter().rev().skip(1).all(|it| it.more) && parts.last().is_some_and(|it| !it.more));
            let told: Vec<String> = parts.into_iter().flat_map(|it| it.deployments).map(|it| it.name).collect();
            prop_assert_eq!(told, names);
        }
    }
}
