//! The fleet as it is prepared on a branch, followed.
//!
//! Guarantees: it is told again when the branch has moved, and when what runs has changed; at most once a [`GLANCE`], so
//! that a console costs the store a few reads a second and no more.

use super::{super::read, Server};
use crate::{
    hosted_api::{
        problem::{Kind, Problem},
        server::past::in_parts,
    },
    model::BranchName,
    reconcile::fleet::FleetView,
};
use doltops_proto::hosted_api::{ListDeploymentsResponse, WatchResponse};
use futures::{Stream, StreamExt, stream};
use std::{sync::Arc, time::Duration};
use tokio::time;
use tonic::Status;

/// As often as a change request is looked at: see `whole`.
const GLANCE: Duration = Duration::from_secs(1);

/// What was told last.
struct Told {
    fleet: Arc<FleetView>,
    head: String,
}

impl Server {
    /// The whole of it now, and again whenever something of it changed, in messages of at most so many; 0: in one.
    pub(in crate::hosted_api::server) async fn watch_on_branch(
        &self,
        name: BranchName,
        part: u32,
    ) -> Result<impl Stream<Item = Result<WatchResponse, Status>> + Send + Unpin + 'static, Problem> {
        let (first, told) = self.fleet_on(&name).await?;
        let server = self.clone();
        let rest = stream::unfold(told, move |told| {
            let (server, name) = (server.clone(), name.clone());
            async move {
                loop {
                    time::sleep(GLANCE).await;
                    match server.fleet_since(&name, &told).await {
                        Ok(None) => {}
                        // The store is away for a moment; what was shown stands meanwhile.
                        Err(problem) if problem.kind == Kind::Unreachable => {}
                        Err(problem) => return Some((Err(problem.into()), told)),
                        Ok(Some((fleet, told))) => return Some((Ok(fleet), told)),
                    }
                }
            }
        });
        let parts = move |fleet: Result<WatchResponse, Status>| {
            let parts = match fleet {
                Ok(fleet) => in_parts(fleet, part).into_iter().map(Ok).collect(),
                Err(status) => vec![Err(status)],
            };
            stream::iter(parts)
        };
        Ok(Box::pin(stream::iter([Ok(first)]).chain(rest).flat_map(parts)))
    }

    async fn fleet_on(&self, name: &BranchName) -> Result<(WatchResponse, Told), Problem> {
        // Before it is read: what changes meanwhile is told next.
        let fleet = self.manager.fleet().borrow().clone();
        let ListDeploymentsResponse { deployments, commit, as_of_ms } = self.list_on_branch(name).await?;
        let (store, lease) = (read::store_word(&fleet), read::lease_word(&fleet));
        let acts = fleet.other.clone().unwrap_or_default();
        let told = Told { fleet, head: commit.clone() };
        Ok((WatchResponse { deployments, commit, as_of_ms, store, lease, more: false, acts }, told))
    }

    /// None: nothing has changed since.
    async fn fleet_since(&self, name: &BranchName, told: &Told) -> Result<Option<(WatchResponse, Told)>, Problem> {
        let same = Arc::ptr_eq(&told.fleet, &*self.manager.fleet().borrow());
        if same && self.books().branch_head(name).await?.as_str() == told.head {
            return Ok(None);
        }
        self.fleet_on(name).await.map(Some)
    }
}
