//! A change request as it is told: in a list, and whole.

use super::{super::books::Books, Home, OnBranch, landed};
use crate::{
    change_requests::{Conflict, Review, State},
    hosted_api::{
        convert::{self, ms},
        decide::Merging,
        desired_diff,
        problem::{Kind, Problem},
    },
    model::{BranchName, Cell, Change, DeploymentId, Record},
    store::Snapshot,
};
use doltops_proto::hosted_api::{
    Branch, BranchApproval, BranchComment, BranchConflict, BranchSummary, CellChange, ListBranchesRequest,
    ListBranchesResponse,
};
use futures::{Stream, stream};
use std::{collections::BTreeSet, time::Duration};
use tokio::time;
use tonic::Status;

/// Whether main or the branch has moved is looked at this often: a person's next glance finds it done, and two heads cost
/// the store some milliseconds.
const GLANCE: Duration = Duration::from_secs(1);

impl Books {
    pub(in crate::hosted_api) async fn list_branches_of(
        &self,
        request: ListBranchesRequest,
    ) -> Result<ListBranchesResponse, Problem> {
        let main = self.store.snapshot().await?;
        let mut branches = Vec::new();
        for reviewed in self.branches.reviews(&main.commit).await? {
            if request.closed || reviewed.request.is_open() {
                let merging = self.merging_of(reviewed, &main).await?;
                branches.push(self.summary(&merging, &main));
            }
        }
        Ok(ListBranchesResponse { branches, main_commit: main.commit.to_string() })
    }

    /// Everything about one change request, for whoever decides about it.
    pub(in crate::hosted_api) async fn whole<H: Home>(&self, name: &BranchName, home: &H) -> Result<Branch, Problem> {
        let main = self.store.snapshot().await?;
        let merging = self.merging(name, &main).await?;
        let at = OnBranch::of(&main, merging.request().clone(), merging.branch.clone(), merging.theirs.clone());
        let is_open = merging.request().is_open();
        let landed = self.landed(&merging).await?;
        // Of what is over: as its merge was decided.
        let decided_on = landed.as_ref().map_or(main.as_ref(), |landed| &landed.before);
        let merged = (is_open || landed.is_some()).then(|| merging.merged(decided_on));
        let conflicts = merged.iter().flat_map(|merged| &merged.conflicts).map(conflict).collect();
        let stays = merged.iter().flat_map(|merged| merged.stay_as_on_main()).collect();
        let changes = prepared(&merging, &at, &stays);
        let main_changes = on_main(&merging, decided_on, &at, &changes);
        let review = self.review(&merging);
        let (plan, hindrance) = match is_open {
            false => (None, None),
            true => match home.plan_on(Change::Merge { branch: name.clone(), confirm: String::new() }, &main).await {
                Ok(plan) => (Some(plan), review.may_merge(name).err().map(Problem::from)),
                Err(problem) => (None, Some(problem)),
            },
        };
        Ok(Branch {
            summary: Some(self.summary(&merging, &main)),
            changes,
            plan,
            next: hindrance.as_ref().map(|problem| problem.next.clone()).unwrap_or_default(),
            hindrance: hindrance.map(|problem| problem.to_string()).unwrap_or_default(),
            conflicts,
            approvals: approvals(&merging, &review),
            comments: comments(&merging),
            commits: self.own_commits(&at, None).await?,
            main_commit: main.commit.to_string(),
            existed: false,
            main_changes,
            merge_commit: landed.map(|landed| landed.commit.to_string()).unwrap_or_default(),
        })
    }

    pub(in crate::hosted_api) fn review(&self, merging: &Merging) -> Review {
        merging.review(&self.needs)
    }

    fn summary(&self, merging: &Merging, main: &Snapshot) -> BranchSummary {
        let request = merging.request();
        let review = self.review(merging);
        let changed = landed::changed(merging).count();
        let conflicts = if request.is_open() { merging.merged(main).open().count() } else { 0 };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        BranchSummary {
            name: request.name.to_string(),
            title: request.title.clone(),
            author: request.opened.who.clone(),
            opened_ms: ms(request.opened.at),
            state: request.state.to_string(),
            base: request.base.to_string(),
            head: merging.branch.head.to_string(),
            ahead: count(merging.branch.commits.len()),
            // The first of main's commits since is the one that opened it.
            behind: count(merging.branch.behind.saturating_sub(1)),
            deployments: count(changed),
            conflicts: count(conflicts),
            approvals: count(review.approved_by.len()),
            approvals_needed: review.needed,
            comments: count(merging.reviewed.comments.len()),
            closed_ms: request.closed.as_ref().map_or(0, |by| ms(by.at)),
            closed_by: request.closed.as_ref().map(|by| by.who.clone()).unwrap_or_default(),
        }
    }

    /// The whole of it now, and again whenever main or the branch has moved.
    pub(in crate::hosted_api) async fn watch_branch_of<H: Home>(
        &self,
        name: BranchName,
        home: H,
    ) -> Result<impl Stream<Item = Result<Branch, Status>> + Send + Unpin + 'static, Problem> {
        let first = self.whole(&name, &home).await?;
        let heads = (first.main_commit.clone(), head(&first));
        let books = self.clone();
        let rest = stream::unfold(heads, move |seen| {
            let (books, home, name) = (books.clone(), home.clone(), name.clone());
            async move {
                loop {
                    time::sleep(GLANCE).await;
                    match books.moved(&name, &seen).await {
                        Ok(false) => {}
                        // The store is away for a moment; what was shown stands meanwhile.
                        Err(problem) if problem.kind == Kind::Unreachable => {}
                        Err(problem) => return Some((Err(problem.into()), seen)),
                        Ok(true) => match books.whole(&name, &home).await {
                            Ok(branch) => {
                                let heads = (branch.main_commit.clone(), head(&branch));
                                return Some((Ok(branch), heads));
                            }
                            Err(problem) if problem.kind == Kind::Unreachable => {}
                            Err(problem) => return Some((Err(problem.into()), seen)),
                        },
                    }
                }
            }
        });
        Ok(Box::pin(futures::StreamExt::chain(stream::iter([Ok(first)]), rest)))
    }

    async fn moved(&self, name: &BranchName, (main, branch): &(String, String)) -> Result<bool, Problem> {
        let now = self.store.head().await?;
        if now.as_str() != main {
            return Ok(true);
        }
        let request = self.reviewed(name, &now).await?.request;
        Ok(self.branches.branch(&request).await?.head.as_str() != branch)
    }
}

fn head(branch: &Branch) -> String {
    branch.summary.as_ref().map(|summary| summary.head.clone()).unwrap_or_default()
}

/// What the branch changes of what is desired, deployment by deployment; not of those for which it was decided that they
/// stay as main has them.
fn prepared(merging: &Merging, at: &OnBranch, stays: &BTreeSet<&DeploymentId>) -> Vec<CellChange> {
    let mut changes = since_base(merging, &merging.theirs, at, |id| !stays.contains(id));
    changes.sort_by(|a, b| a.deployment.cmp(&b.deployment));
    changes
}

/// What main says of those cells, where that is something else than at base.
fn on_main(merging: &Merging, main: &Snapshot, at: &OnBranch, prepared: &[CellChange]) -> Vec<CellChange> {
    let cell = |change: &CellChange| (change.table.clone(), change.key.clone(), change.column.clone());
    let wanted: BTreeSet<_> = prepared.iter().map(cell).collect();
    let mut changes = since_base(merging, &main.desired, at, |_| true);
    changes.retain(|change| wanted.contains(&cell(change)));
    changes
}

/// How the deployments that the branch changes differ in this state from where it was made.
fn since_base(
    merging: &Merging,
    state: &State,
    at: &OnBranch,
    which: impl Fn(&DeploymentId) -> bool,
) -> Vec<CellChange> {
    let name =
        |id: &str| at.snapshot.records.get(&DeploymentId::new(id)).map(|record: &Record| record.name.to_string());
    landed::changed(merging)
        .filter(|id| which(id))
        .flat_map(|id| desired_diff::cells(merging.base.get(id), state.get(id)))
        .map(|change| convert::cell(&change, &name))
        .collect()
}

fn approvals(merging: &Merging, review: &Review) -> Vec<BranchApproval> {
    let covers = merging.covers();
    let told = merging.reviewed.approvals.iter().map(|approval| BranchApproval {
        author: approval.by.who.clone(),
        given_ms: ms(approval.by.at),
        head: approval.head.to_string(),
        counts: !approval.withdrawn && approval.covers == covers && review.approved_by.contains(&approval.by.who),
        withdrawn: approval.withdrawn,
    });
    told.collect()
}

fn comments(merging: &Merging) -> Vec<BranchComment> {
    let told = merging.reviewed.comments.iter().map(|comment| BranchComment {
        author: comment.by.who.clone(),
        time_ms: ms(comment.by.at),
        text: comment.text.clone(),
    });
    told.collect()
}

fn conflict(conflict: &Conflict) -> BranchConflict {
    let decided = conflict.decided.as_ref();
    BranchConflict {
        cell: conflict.address(),
        deployment: conflict.name.to_string(),
        column: Cell::as_str(&conflict.cell).to_owned(),
        base: conflict.base.clone(),
        ours: conflict.ours.clone(),
        theirs: conflict.theirs.clone(),
        decided: decided.is_some(),
        value: decided.and_then(|decided| decided.value.clone()),
        decided_by: decided.map(|decided| decided.by.who.clone()).unwrap_or_default(),
        decided_ms: decided.map_or(0, |decided| ms(decided.by.at)),
    }
}
