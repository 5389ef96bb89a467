//! The control plane's past: commits and what differs between them.

use super::Server;
use crate::{
    hosted_api::{convert, problem::Problem},
    model::{CellChange, CommitHash, DESIRED_TABLES, DeploymentId},
    store::{HistoryQuery, Snapshot, StoreError},
};
use doltops_proto::hosted_api::{Commit, DiffRequest, DiffResponse, HistoryRequest, HistoryResponse};

/// Commits when nothing is said: a screenful.
const LIMIT: u32 = 50;
/// And at most; each is diffed with its parent.
const MOST: u32 = 1_000;

impl Server {
    pub(super) async fn read_history(&self, request: HistoryRequest) -> Result<HistoryResponse, Problem> {
        let store = &self.manager.executor.store;
        let snapshot = store.snapshot().await?;
        let deployment = self.known(&snapshot, &request.name)?;
        let before = match request.before.as_str() {
            "" => None,
            text => Some(self.commit("before", text).await?),
        };
        let limit = if request.limit == 0 { LIMIT } else { request.limit.min(MOST) };
        let query = HistoryQuery { deployment: deployment.clone(), before, limit: limit as usize };
        let mut commits = Vec::new();
        for entry in store.history(query).await? {
            let changes = match &entry.parent {
                Some(parent) => store.diff(parent, &entry.hash).await?,
                None => Vec::new(),
            };
            let parents = entry.parent.iter().chain(&entry.merged).map(ToString::to_string).collect();
            commits.push(Commit {
                hash: entry.hash.to_string(),
                author: entry.author,
                time_ms: convert::ms(entry.time),
                message: entry.message,
                changes: cells(&changes, deployment.as_ref(), &snapshot),
                parent: entry.parent.map(|parent| parent.to_string()).unwrap_or_default(),
                parents,
            });
        }
        Ok(HistoryResponse { commits })
    }

    pub(super) async fn read_diff(&self, request: DiffRequest) -> Result<DiffResponse, Problem> {
        let store = &self.manager.executor.store;
        let snapshot = store.snapshot().await?;
        let deployment = self.known(&snapshot, &request.name)?;
        let from = self.commit("from", &request.from).await?;
        let to = match request.to.as_str() {
            "" => snapshot.commit.clone(),
            text => self.commit("to", text).await?,
        };
        let changes = store.diff(&from, &to).await?;
        let changes = cells(&changes, deployment.as_ref(), &snapshot);
        Ok(DiffResponse { from: from.to_string(), to: to.to_string(), changes })
    }

    /// The commit of main that begins so; `field` is the argument that holds the text.
    pub(super) async fn commit(&self, field: &str, text: &str) -> Result<CommitHash, Problem> {
        let beginning = convert::commit(field, text)?;
        self.manager.executor.store.resolve(&beginning).await.map_err(|error| match error {
            which @ (StoreError::NoSuchCommit(_) | StoreError::Ambiguous(_)) => {
                Problem { field: field.to_owned(), ..which.into() }
            }
            other => other.into(),
        })
    }

    /// The id behind a name, also of one that was deleted: the newest that had it.
    pub(super) fn known(&self, snapshot: &Snapshot, name: &str) -> Result<Option<DeploymentId>, Problem> {
        if name.is_empty() {
            return Ok(None);
        }
        let living = snapshot.desired.values().find(|desired| desired.name.as_str() == name).map(|desired| &desired.id);
        let had = || {
            snapshot.records.values().filter(|record| record.name.as_str() == name).map(|record| &record.id).next_back()
        };
        let id = living.or_else(had).ok_or_else(|| convert::not_found(name))?;
        Ok(Some(id.clone()))
    }
}

/// What people ask for comes first; within a table the order is the store's.
pub(super) fn cells(
    changes: &[CellChange],
    only: Option<&DeploymentId>,
    snapshot: &Snapshot,
) -> Vec<doltops_proto::hosted_api::CellChange> {
    let name = |id: &str| snapshot.records.get(&DeploymentId::new(id)).map(|record| record.name.to_string());
    let rank = |change: &CellChange| DESIRED_TABLES.iter().position(|desired| *desired == change.table);
    let mut shown: Vec<&CellChange> =
        changes.iter().filter(|change| only.is_none_or(|only| change.deployment.as_ref() == Some(only))).collect();
    shown.sort_by_key(|change| rank(change).unwrap_or(DESIRED_TABLES.len()));
    shown.into_iter().map(|change| convert::cell(change, &name)).collect()
}
