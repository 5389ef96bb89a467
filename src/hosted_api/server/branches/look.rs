//! What is read for a call on a branch: what is desired there, over what runs now.

use super::{
    super::{
        books::Books,
        history::{cells, limit},
        read::deployment,
    },
    OnBranch, Server,
};
use crate::{
    hosted_api::{
        convert::{self, ms},
        problem::Problem,
    },
    model::{BranchName, CommitHash, DeploymentId, Desired},
    reconcile::fleet::Row,
    store::{HistoryQuery, branches::BranchCommit},
};
use doltops_proto::hosted_api::{
    self as wire, Commit, Deployment, DiffRequest, DiffResponse, HistoryRequest, HistoryResponse,
    ListDeploymentsResponse,
};

impl Server {
    pub(in crate::hosted_api::server) async fn list_on_branch(
        &self,
        name: &BranchName,
    ) -> Result<ListDeploymentsResponse, Problem> {
        self.ready().await;
        let at = self.books().on_branch(name).await?;
        let mut deployments: Vec<Deployment> =
            at.snapshot.desired.values().map(|desired| self.prepared_deployment(&at, desired)).collect();
        deployments.sort_by(|a, b| a.name.cmp(&b.name));
        let as_of_ms = ms(self.manager.executor.env.now());
        Ok(ListDeploymentsResponse { deployments, commit: at.branch.head.to_string(), as_of_ms })
    }

    pub(in crate::hosted_api::server) async fn get_on_branch(
        &self,
        name: &BranchName,
        deployment: &str,
    ) -> Result<Deployment, Problem> {
        self.ready().await;
        let at = self.books().on_branch(name).await?;
        let desired = at.snapshot.desired.values().find(|desired| desired.name.as_str() == deployment);
        let desired = desired.ok_or_else(|| convert::not_found(deployment))?;
        Ok(self.prepared_deployment(&at, desired))
    }

    /// A deployment as it is, but for what is desired of it; one that runs nowhere yet has nothing else.
    fn prepared_deployment(&self, at: &OnBranch, desired: &Desired) -> Deployment {
        let fleet = self.manager.fleet().borrow().clone();
        let last_change = at.snapshot.last_change.get(&desired.id).cloned();
        let runs = fleet.rows.values().find(|row| row.record.id == desired.id && row.desired.is_some());
        if let Some(row) = runs {
            let row = Row { desired: Some(desired.clone()), last_change, ..row.as_ref().clone() };
            return deployment(&row, self.prices.as_ref());
        }
        Deployment {
            name: desired.name.to_string(),
            id: desired.id.to_string(),
            phase: format!("only on {}", at.request.name),
            desired: Some(convert::desired(desired)),
            observed: Some(wire::Observed::default()),
            commit: last_change.map(|hash| hash.to_string()).unwrap_or_default(),
            ..Deployment::default()
        }
    }
}

impl Books {
    pub(in crate::hosted_api) async fn branch_head(&self, name: &BranchName) -> Result<CommitHash, Problem> {
        Ok(self.on_branch(name).await?.branch.head)
    }

    /// From where the branch was made, unless the request says otherwise, to where it is.
    pub(in crate::hosted_api) async fn diff_on_branch(
        &self,
        name: &BranchName,
        request: DiffRequest,
    ) -> Result<DiffResponse, Problem> {
        let at = self.on_branch(name).await?;
        let deployment = self.known(&at.snapshot, &request.name)?;
        let from = self.commit_on(&at, "from", &request.from, &at.request.base).await?;
        let to = self.commit_on(&at, "to", &request.to, &at.branch.head).await?;
        let changes = self.branches.differs(&from, &to).await?;
        let changes = cells(&changes, deployment.as_ref(), &at.snapshot);
        Ok(DiffResponse { from: from.to_string(), to: to.to_string(), changes })
    }

    /// A commit of the branch's own, or of main; where none is named, `usual`.
    async fn commit_on(
        &self,
        at: &OnBranch,
        field: &str,
        text: &str,
        usual: &CommitHash,
    ) -> Result<CommitHash, Problem> {
        if text.is_empty() {
            return Ok(usual.clone());
        }
        let beginning = convert::commit(field, text)?;
        let own = at.branch.commits.iter().map(|commit| &commit.entry.hash);
        let mut own = own.filter(|hash| hash.as_str().starts_with(beginning.as_str()));
        match (own.next(), own.next()) {
            (Some(only), None) => Ok(only.clone()),
            _ => self.commit(field, text).await,
        }
    }

    /// The branch's own commits, and before them main's from where it was made on: as of a deployment as it is there.
    pub(in crate::hosted_api) async fn history_on_branch(
        &self,
        name: &BranchName,
        request: HistoryRequest,
    ) -> Result<HistoryResponse, Problem> {
        let at = self.on_branch(name).await?;
        let deployment = self.known(&at.snapshot, &request.name)?;
        let before = match request.before.as_str() {
            "" => None,
            text => Some(self.commit_on(&at, "before", text, &at.branch.head).await?),
        };
        let limit = limit(&request);
        let mut commits = self.own_commits(&at, deployment.as_ref()).await?;
        let older = older(&at.branch.commits, before.as_ref());
        commits.retain(|commit| older.iter().any(|own| own.entry.hash.as_str() == commit.hash));
        commits.truncate(limit);
        if commits.len() < limit {
            // Of one of the branch's own, all of main's come after.
            let is_own = |hash: &CommitHash| at.branch.commits.iter().any(|own| own.entry.hash == *hash);
            let before = before.filter(|hash| !is_own(hash));
            let (until, limit) = (Some(at.request.base.clone()), limit - commits.len());
            let query = HistoryQuery { deployment, before, until, limit };
            commits.extend(self.commits_of_main(query, &at.snapshot).await?);
        }
        Ok(HistoryResponse { commits })
    }

    /// The branch's own commits, the newest first; all of them, or those about one deployment.
    pub(super) async fn own_commits(&self, at: &OnBranch, only: Option<&DeploymentId>) -> Result<Vec<Commit>, Problem> {
        let mut commits = Vec::new();
        for commit in &at.branch.commits {
            if only.is_some_and(|id| !commit.deployments.contains(id)) {
                continue;
            }
            let entry = &commit.entry;
            let changes = match &entry.parent {
                Some(parent) => self.branches.differs(parent, &entry.hash).await?,
                None => Vec::new(),
            };
            commits.push(Commit {
                hash: entry.hash.to_string(),
                author: entry.author.clone(),
                time_ms: ms(entry.time),
                message: entry.message.clone(),
                changes: cells(&changes, only, &at.snapshot),
                parent: entry.parent.as_ref().map(ToString::to_string).unwrap_or_default(),
                // A branch is merged into main alone.
                brought_in: None,
                joins: Vec::new(),
                parents: entry.parent.iter().chain(&entry.merged).map(ToString::to_string).collect(),
            });
        }
        Ok(commits)
    }
}

/// Those of a branch's own commits that come before this one, the newest first: all, where none is named; none, where it
/// is main's.
fn older<'a>(own: &'a [BranchCommit], before: Option<&CommitHash>) -> &'a [BranchCommit] {
    let Some(before) = before else { return own };
    let place = own.iter().position(|commit| commit.entry.hash == *before);
    own.get(place.map_or(own.len(), |place| place + 1)..).unwrap_or_default()
}
