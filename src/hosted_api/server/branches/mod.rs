//! Change requests: branches on which changes are prepared, reviewed and merged.
//!
//! Guarantees
//! - What one answer tells of a change request is of one commit of main and one of its branch; both are named in it.
//! - Nothing here needs what runs, but for telling it: a clone has the same branches, of its own ([`Home`]).
//! - Nothing here changes what runs. Merging is a change as any other (`server::change`), and lands as one.

mod edit;
mod landed;
mod look;
mod review;
mod watch;
mod whole;

use super::{Server, books::Books};
use crate::{
    change_requests::State,
    hosted_api::{convert, decide::Merging, problem::Problem},
    model::{BranchName, By, Change, ChangeRequest, CommitHash, InstanceType, Record, Site},
    store::{
        Snapshot,
        branches::{Branch, Reviewed},
        dolt::author_name,
    },
};
use doltops_proto::hosted_api::{self as wire, PlanResponse};
use std::sync::Arc;

/// A branch as a change of it is decided.
pub(in crate::hosted_api) struct OnBranch {
    /// Whose branch it is.
    pub request: ChangeRequest,
    /// Where it is.
    pub branch: Branch,
    /// What is desired there, with main's records; a deployment that is only there has a new one.
    pub snapshot: Snapshot,
}

/// Whose branches they are: the control plane's, or a clone's. A merge is planned from what runs on the one, and from what
/// was asked for on the other.
#[tonic::async_trait]
pub(in crate::hosted_api) trait Home: Clone + Send + Sync + 'static {
    /// The plan of a change of main as it is in this snapshot.
    async fn plan_on(&self, change: Change, main: &Snapshot) -> Result<PlanResponse, Problem>;
    /// What can be asked for.
    fn types(&self) -> &[InstanceType];
    /// What the cloud is like.
    fn site(&self) -> &Site;
    /// A commit of main says something about a change request.
    fn was_said(&self, message: String, by: &str);
}

impl Server {
    /// Everything about one change request, for whoever decides about it.
    pub(super) async fn whole(&self, name: &BranchName) -> Result<wire::Branch, Problem> {
        self.books().whole(name, self).await
    }
}

impl Books {
    /// A change request as of a commit of main.
    async fn reviewed(&self, name: &BranchName, at: &CommitHash) -> Result<Reviewed, Problem> {
        let found = self.branches.review(name, at).await?;
        found.ok_or_else(|| Problem::from(convert::no_branch(name.as_str())).next("see: doltops branch list"))
    }

    /// What merging it is decided on.
    pub(in crate::hosted_api) async fn merging(&self, name: &BranchName, main: &Snapshot) -> Result<Merging, Problem> {
        self.merging_of(self.reviewed(name, &main.commit).await?, main).await
    }

    async fn merging_of(&self, reviewed: Reviewed, main: &Snapshot) -> Result<Merging, Problem> {
        let branch = self.branches.branch(&reviewed.request).await?;
        let base = self.branches.desired_on(&reviewed.request.base).await?;
        let theirs = self.branches.desired_on(&branch.head).await?;
        Ok(Merging { reviewed, branch, base, theirs, on: main.commit.clone() })
    }

    /// The branch as it is now.
    pub(in crate::hosted_api) async fn on_branch(&self, name: &BranchName) -> Result<OnBranch, Problem> {
        let main: Arc<Snapshot> = self.store.snapshot().await?;
        let request = self.reviewed(name, &main.commit).await?.request;
        let branch = self.branches.branch(&request).await?;
        let desired = self.branches.desired_on(&branch.head).await?;
        Ok(OnBranch::of(&main, request, branch, desired))
    }

    /// Who does something now, called as the author of a commit is: names are compared with those.
    pub(in crate::hosted_api) fn by(&self, who: &str) -> By {
        By { at: self.env.now(), who: author_name(who) }
    }
}

impl OnBranch {
    fn of(main: &Snapshot, request: ChangeRequest, branch: Branch, desired: State) -> Self {
        let mut records = main.records.clone();
        for one in desired.values() {
            records.entry(one.id.clone()).or_insert_with(|| Record::new(one.id.clone(), one.name.clone()));
        }
        let mut last_change = main.last_change.clone();
        for commit in branch.commits.iter().rev() {
            last_change.extend(commit.deployments.iter().map(|id| (id.clone(), commit.entry.hash.clone())));
        }
        let snapshot = Snapshot { commit: branch.head.clone(), desired, records, last_change };
        Self { request, branch, snapshot }
    }
}
