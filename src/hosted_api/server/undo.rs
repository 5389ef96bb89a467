//! Which operation an undo is about, or which commits a revert is, and what was desired around them: read from the store,
//! so that it can be undone after any restart and whoever hosts now. What follows from it is `decide::undo`'s.

use super::books::Books;
use crate::{
    hosted_api::{
        access::Caller,
        decide::{Target, Undoing},
        desired_diff,
        problem::{Kind, Problem},
        undone::{self, Written},
    },
    model::{CommitHash, DeploymentName, Operation, OperationId, Refusal},
    store::HistoryQuery,
};
use doltops_proto::hosted_api::change::{Change, Undo};
use std::collections::BTreeMap;

/// How far back "your last operation" and a commit's beginning are looked for. One that is older is named by its id.
const LAST: usize = 500;

/// A longer range is no inverse of a few commits any more, but a roll-back.
const LONGEST_RANGE: usize = 1_000;

/// Of so many deployments it is told who changed them since, and for each so many commits are looked at: a diff takes 1 to
/// 25 ms the first time, and a plan is not to wait for more than a second or two.
const ATTRIBUTED: usize = 10;
const LOOKED: usize = 20;

impl Books {
    /// Writes the operation's id into an undo that names none, or names it by its commit. A repeat of request `again`
    /// is about what the first try was about, although that is undone by now.
    pub(in crate::hosted_api) async fn name_operation(
        &self,
        caller: &Caller,
        undo: &mut Undo,
        again: Option<&OperationId>,
    ) -> Result<(), Problem> {
        let store = &self.store;
        if let (Some(id), "") = (again, undo.operation_id.as_str())
            && let Some((first, _)) = store.operation(id).await?
            && let Some(target) = first.undoes()
        {
            undo.operation_id = target.to_string();
            return Ok(());
        }
        let last = store.operations(LAST).await?;
        let found = match undo.operation_id.as_str() {
            "" => undone::standing(&last, &caller.name).next().ok_or_else(|| {
                Refusal::NotFound(format!("none of the last {LAST} operations is yours and not undone yet"))
            })?,
            text => match undone::named(&last, text) {
                Some(found) => found,
                // It may be older; then its id is whole.
                None => return Ok(()),
            },
        };
        undo.operation_id = found.id.to_string();
        Ok(())
    }

    /// An operation with what was desired right before and right after its commit.
    pub(in crate::hosted_api) async fn undoing(&self, id: &OperationId) -> Result<Undoing, Problem> {
        let store = &self.store;
        let (operation, commit) = store.operation(id).await?.ok_or_else(|| not_there(id))?;
        let last = store.operations(LAST).await?;
        if let Some(by) = undone::undone(&last).get(id) {
            let what = format!("'{}' was undone already", operation.summary);
            return Err(Refusal::forbidden(what, format!("doltops undo {by} does it again")).into());
        }
        let earlier = earlier(&last, &operation).cloned().map(Box::new);
        let what = Target::Operation { operation: Box::new(operation), earlier };
        self.between(what, &self.parent(&commit).await?, &commit).await
    }

    /// Makes whole what a revert names its commits by. A commit alone that recorded an operation is that operation's: it is
    /// undone as such, so that nobody undoes it twice.
    pub(in crate::hosted_api) async fn name_commits(&self, change: &mut Change) -> Result<(), Problem> {
        let Change::Revert(revert) = change else { return Ok(()) };
        let commit = self.commit("commit", &revert.commit).await?;
        if revert.after.is_empty() {
            let store = &self.store;
            let (last, snapshot) = (store.operations(LAST).await?, store.snapshot().await?);
            let found = last.iter().find(|(_, written)| *written == commit).map(|(operation, _)| operation);
            let record = found.and_then(|operation| snapshot.records.get(operation.deployment.as_ref()?));
            let of_that_alone = record.is_some_and(|record| record.name.as_str() == revert.name);
            if let Some(operation) = found.filter(|_| revert.name.is_empty() || of_that_alone) {
                let confirm = std::mem::take(&mut revert.confirm);
                *change = Change::Undo(Undo { operation_id: operation.id.to_string(), confirm });
                return Ok(());
            }
        }
        let after = match revert.after.as_str() {
            "" => self.parent(&commit).await?,
            text => self.commit("after", text).await?,
        };
        revert.commit = commit.into();
        revert.after = after.into();
        Ok(())
    }

    /// The commits after one and up to another, with what was desired around them.
    pub(in crate::hosted_api) async fn reverting(
        &self,
        only: Option<&DeploymentName>,
        after: &CommitHash,
        last: &CommitHash,
    ) -> Result<Undoing, Problem> {
        let query = HistoryQuery { deployment: None, before: Some(last.clone()), until: None, limit: LONGEST_RANGE };
        let older = self.store.history(query).await?;
        let place = older.iter().position(|entry| entry.hash == *after).ok_or_else(|| {
            let what = format!("{} is not among the {LONGEST_RANGE} commits before {}", after.short(), last.short());
            let next = "the older one comes first: OLDER..NEWER; further back, doltops rollback --all --to COMMIT";
            Problem::invalid("after", what).next(next)
        })?;
        let what = Target::Commits { after: after.clone(), last: last.clone(), count: place + 1, only: only.cloned() };
        self.between(what, after, last).await
    }

    /// What was desired at two commits, and who has changed since what differs between them.
    async fn between(&self, what: Target, first: &CommitHash, last: &CommitHash) -> Result<Undoing, Problem> {
        let store = &self.store;
        let (before, after) = (store.desired_at(first).await?, store.desired_at(last).await?);
        let mut undoing = Undoing { what, before, after, since: BTreeMap::new() };
        let snapshot = store.snapshot().await?;
        for (id, mut cells) in undoing.contested(&snapshot.desired).into_iter().take(ATTRIBUTED) {
            let query = HistoryQuery { deployment: Some(id.clone()), before: None, until: None, limit: LOOKED };
            for entry in store.history(query).await? {
                let Some(parent) = entry.parent.as_ref().filter(|_| !cells.is_empty()) else { break };
                let changes = store.diff(parent, &entry.hash).await?;
                let own = changes.iter().filter(|change| change.deployment.as_ref() == Some(&id));
                for cell in own.filter_map(desired_diff::word) {
                    if cells.remove(&cell) {
                        undoing.since.insert((id.clone(), cell), entry.clone());
                    }
                }
            }
        }
        Ok(undoing)
    }

    async fn parent(&self, commit: &CommitHash) -> Result<CommitHash, Problem> {
        let query = HistoryQuery { deployment: None, before: Some(commit.clone()), until: None, limit: 1 };
        let parent = self.store.history(query).await?.into_iter().next().map(|entry| entry.hash);
        parent.ok_or_else(|| Problem::invalid("commit", format!("nothing came before {}", commit.short())))
    }
}

/// What the same person asked for before it, and stands.
fn earlier<'a>(last: &'a [Written], operation: &'a Operation) -> Option<&'a Operation> {
    let older = last.iter().position(|(other, _)| other.id == operation.id)? + 1;
    let older: Vec<&OperationId> = last.get(older..)?.iter().map(|(other, _)| &other.id).collect();
    undone::standing(last, &operation.author).find(|other| older.contains(&&other.id))
}

fn not_there(id: &OperationId) -> Problem {
    let id: String = id.as_str().chars().take(80).flat_map(char::escape_default).collect();
    let what = format!("there is no operation {id}");
    Problem { field: "operation".to_owned(), ..Problem::new(Kind::NotFound, what) }
}
