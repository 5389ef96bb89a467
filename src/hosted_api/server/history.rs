//! The control plane's past: commits and what differs between them.

use super::{books::Books, past::Shown};
use crate::{
    hosted_api::{convert, problem::Problem, view::View},
    model::{CellChange, CommitHash, DESIRED_TABLES, DeploymentId, Moment, RequestState},
    store::{HistoryQuery, Snapshot, StoreError},
};
use doltops_proto::hosted_api::{BroughtIn, Commit, DiffRequest, DiffResponse, HistoryRequest, HistoryResponse};

/// Commits when nothing is said: a screenful.
const LIMIT: u32 = 50;
/// And at most; each is diffed with its parent.
const MOST: u32 = 1_000;

impl Books {
    pub(in crate::hosted_api) async fn read_history(
        &self,
        request: HistoryRequest,
        view: &View,
    ) -> Result<HistoryResponse, Problem> {
        let Shown { snapshot, until } = self.shown(view).await?;
        let deployment = self.known(&snapshot, &request.name)?;
        let before = match request.before.as_str() {
            "" => None,
            text => Some(self.commit("before", text).await?),
        };
        let limit = limit(&request);
        let query = HistoryQuery { deployment, before, until, limit };
        Ok(HistoryResponse { commits: self.commits_of_main(query, &snapshot).await? })
    }

    /// Main's commits with what each changed; deployments are called as in the snapshot.
    pub(super) async fn commits_of_main(
        &self,
        query: HistoryQuery,
        snapshot: &Snapshot,
    ) -> Result<Vec<Commit>, Problem> {
        let deployment = query.deployment.clone();
        let mut commits = Vec::new();
        for entry in self.store.history(query).await? {
            let changes = match &entry.parent {
                Some(parent) => self.store.diff(parent, &entry.hash).await?,
                None => Vec::new(),
            };
            let parents = entry.parent.iter().chain(&entry.merged).map(ToString::to_string).collect();
            let brought_in = brought_in(&changes, &entry.message);
            let base = brought_in.iter().filter_map(|it| it.base.parse().ok());
            let joins = self.joins(entry.merged.iter().cloned().chain(base), deployment.as_ref()).await?;
            commits.push(Commit {
                hash: entry.hash.to_string(),
                author: entry.author,
                time_ms: convert::ms(entry.time),
                message: entry.message.clone(),
                brought_in,
                changes: cells(&changes, deployment.as_ref(), snapshot),
                parent: entry.parent.map(|parent| parent.to_string()).unwrap_or_default(),
                parents,
                joins,
            });
        }
        Ok(commits)
    }

    /// Each as the newest commit that it has of this history; one that main does not have leads nowhere.
    async fn joins(
        &self,
        commits: impl Iterator<Item = CommitHash>,
        deployment: Option<&DeploymentId>,
    ) -> Result<Vec<String>, Problem> {
        let mut joins = Vec::new();
        for commit in commits {
            let query = HistoryQuery { deployment: deployment.cloned(), before: None, until: Some(commit), limit: 1 };
            match self.store.history(query).await {
                Ok(newest) => joins.extend(newest.into_iter().next().map(|newest| newest.hash.to_string())),
                Err(StoreError::NoSuchCommit(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(joins)
    }

    pub(in crate::hosted_api) async fn read_diff(
        &self,
        request: DiffRequest,
        view: &View,
    ) -> Result<DiffResponse, Problem> {
        let store = &self.store;
        let snapshot = self.shown(view).await?.snapshot;
        let deployment = self.known(&snapshot, &request.name)?;
        let from = self.commit_or_time("from", &request.from).await?;
        let to = match request.to.as_str() {
            "" => snapshot.commit.clone(),
            text => self.commit_or_time("to", text).await?,
        };
        let changes = store.diff(&from, &to).await?;
        let changes = cells(&changes, deployment.as_ref(), &snapshot);
        Ok(DiffResponse { from: from.to_string(), to: to.to_string(), changes })
    }

    /// The commit of main that begins so, or where main was at that time; `field` is the argument that holds the text.
    async fn commit_or_time(&self, field: &str, text: &str) -> Result<CommitHash, Problem> {
        match text.parse() {
            Ok(time) => {
                let then = self.past(&Moment::Time(time)).await;
                then.map(|then| then.hash).map_err(|problem| Problem { field: field.to_owned(), ..problem })
            }
            Err(_) => self.commit(field, text).await,
        }
    }

    /// The commit of main that begins so; `field` is the argument that holds the text.
    pub(in crate::hosted_api) async fn commit(&self, field: &str, text: &str) -> Result<CommitHash, Problem> {
        let beginning = convert::commit(field, text)?;
        self.store.resolve(&beginning).await.map_err(|error| match error {
            which @ (StoreError::NoSuchCommit(_) | StoreError::Ambiguous(_)) => {
                Problem { field: field.to_owned(), ..which.into() }
            }
            other => other.into(),
        })
    }

    /// The id behind a name, also of one that was deleted: the newest that had it.
    pub(in crate::hosted_api) fn known(
        &self,
        snapshot: &Snapshot,
        name: &str,
    ) -> Result<Option<DeploymentId>, Problem> {
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

/// How many commits are told.
pub(super) fn limit(request: &HistoryRequest) -> usize {
    let limit = if request.limit == 0 { LIMIT } else { request.limit.min(MOST) };
    limit as usize
}

/// The change request that a commit closed as merged, as it wrote that down; where its branch was made from stands in the
/// message alone.
fn brought_in(changes: &[CellChange], message: &str) -> Option<BroughtIn> {
    let closed = |column: &str| {
        let is_it = |change: &&CellChange| change.table == "change_requests" && change.column == column;
        changes.iter().find(is_it).and_then(|change| Some((change.key.clone(), change.to.clone()?)))
    };
    closed("state").filter(|(_, state)| state == RequestState::Merged.as_str())?;
    let (branch, head) = closed("closed_at")?;
    let base = message.rsplit_once(&format!("cr/{branch} at {head}, from ")).map_or("", |(_, rest)| rest);
    let base = base.trim_end().trim_end_matches('.').to_owned();
    Some(BroughtIn { branch, head, base })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(column: &str, to: &str) -> CellChange {
        CellChange {
            table: "change_requests".to_owned(),
            key: "bigger".to_owned(),
            column: column.to_owned(),
            from: None,
            to: Some(to.to_owned()),
            deployment: None,
        }
    }

    #[test]
    fn a_merge_tells_whose_branch_it_brought_in() {
        let closed = [cell("closed_at", "y2"), cell("state", "merged")];
        let told = brought_in(&closed, "Merge bigger: shop\n\nThe branch cr/bigger at y2, from a1.");
        assert_eq!(told, Some(BroughtIn { branch: "bigger".into(), head: "y2".into(), base: "a1".into() }));
        let told = brought_in(&closed, "of an earlier doltops");
        assert_eq!(told.map(|it| it.base), Some(String::new()));
    }

    #[test]
    fn what_is_discarded_or_opened_brings_nothing_in() {
        assert_eq!(brought_in(&[cell("closed_at", "y2"), cell("state", "discarded")], ""), None);
        assert_eq!(brought_in(&[cell("base", "a1"), cell("state", "open")], ""), None);
    }
}
