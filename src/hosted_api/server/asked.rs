//! A change from the words of a request to the commit that it becomes, without what is decided about it and without what
//! runs: the same on the control plane and on a clone of it.

use super::books::Books;
use crate::{
    hosted_api::{
        access::Caller,
        convert,
        decide::{Decision, Merging, Situation, Undoing, merge},
        planned::Planned,
        problem::{Kind, Problem},
    },
    model::{
        Change, ChangeRequest as Prepared, DeploymentId, Desired, InstanceType, Operation, OperationId, RequestState,
        Site,
    },
    store::{Edit, Landing, Snapshot, branches::ReviewEdit},
};
use doltops_proto::hosted_api::{self as wire, ChangeRequest, ChangeResponse, PlanResponse};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Longer ids and reasons are refused: they stand in a table and in a commit.
const LONGEST_ID: usize = 64;
const LONGEST_REASON: usize = 500;

/// As much as the operation's row holds. Of a longer request, a fleet from files, the digest is kept: what it changed is in
/// its commit, and a repeat is known by the digest as well.
const LONGEST_REQUEST: usize = 8_192;

/// A change that is being decided, with what that needs besides the snapshot.
pub(in crate::hosted_api) struct Asked {
    /// What was asked for.
    pub change: Change,
    /// What was desired then, of a roll back.
    pub past: Option<BTreeMap<DeploymentId, Desired>>,
    /// What is taken back, of an undo or a revert.
    pub undoing: Option<Undoing>,
    /// What is merged, of a merge.
    pub merging: Option<Merging>,
    /// Of the deployment that it creates, where it creates one.
    pub new_id: DeploymentId,
    /// Itself.
    pub operation: OperationId,
}

/// Whether what would be done now is what the person saw: by the plan's hash where there is one, else by the commit
/// that they looked at. Without either they take it as it comes.
pub(in crate::hosted_api) fn as_confirmed(request: &ChangeRequest, planned: &Planned, now: &Snapshot) -> bool {
    match (request.plan_hash.as_str(), request.base_commit.as_str()) {
        ("", "") => true,
        ("", base) => base == now.commit.as_str(),
        (hash, _) => hash == planned.hash,
    }
}

/// A request as its operation's row keeps it.
///
/// # Errors
/// It has no text.
pub(in crate::hosted_api) fn written(change: &Change) -> Result<String, Problem> {
    let text = serde_json::to_string(change).map_err(|error| Problem::new(Kind::Failed, error.to_string()))?;
    if text.len() <= LONGEST_REQUEST {
        return Ok(text);
    }
    let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(serde_json::json!({ change.kind(): { "sha256": digest } }).to_string())
}

/// The refusal of what was planned otherwise.
pub(in crate::hosted_api) fn changed_since(plan: PlanResponse) -> Problem {
    let what = "the plan has changed since it was shown; nothing was done";
    let problem = Problem::new(Kind::Refused, what).next("look at the new plan and confirm again");
    Problem { plan: Some(Box::new(plan)), ..problem }
}

/// Whether a person's own words fit into the commit.
///
/// # Errors
/// Names the field.
pub(in crate::hosted_api) fn reason_fits(reason: &str) -> Result<(), Problem> {
    if reason.chars().count() > LONGEST_REASON {
        return Err(Problem::invalid("reason", format!("it has more than {LONGEST_REASON} characters")));
    }
    Ok(())
}

/// A commit's message: a line of what, then why.
pub(super) fn message(summary: &str, reason: &str) -> String {
    if reason.is_empty() { summary.to_owned() } else { format!("{summary}\n\n{reason}") }
}

impl Asked {
    /// What it is decided on.
    pub fn situation<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        copies: &'a BTreeMap<DeploymentId, u32>,
        types: &'a [InstanceType],
        site: &'a Site,
    ) -> Situation<'a> {
        Situation {
            snapshot,
            past: self.past.as_ref(),
            undoing: self.undoing.as_ref(),
            merging: self.merging.as_ref(),
            copies,
            types,
            site,
            new_id: &self.new_id,
            operation: &self.operation,
        }
    }

    /// The operation that an undo takes back.
    pub fn undoes(&self) -> Option<OperationId> {
        Some(self.undoing.as_ref()?.what.operation()?.id.clone())
    }

    /// The commit that it becomes; `request` is its text.
    pub fn landing(
        &self,
        books: &Books,
        caller: &Caller,
        decision: &Decision,
        (request, reason): (&str, &str),
        snapshot: &Snapshot,
    ) -> Landing {
        let only = match decision.after.as_slice() {
            [one] => Some(one.record.id.clone()),
            _ => None,
        };
        let mut edits = vec![Edit::PutOperation(Operation {
            id: self.operation.clone(),
            deployment: only,
            kind: self.change.kind().to_owned(),
            summary: decision.summary.clone(),
            author: caller.name.clone(),
            asked: books.env.now(),
            reason: reason.to_owned(),
            request: request.to_owned(),
        })];
        for after in &decision.after {
            edits.push(match &after.desired {
                Some(desired) => Edit::PutDesired(desired.clone()),
                None => Edit::RemoveDesired(after.record.id.clone()),
            });
            edits.push(Edit::PutRecord(after.record.clone()));
        }
        let mut message = message(&decision.summary, reason);
        if let Some(merging) = &self.merging {
            let (request, head) = (merging.request(), &merging.branch.head);
            message.push_str(&format!("\n\n{}", merge::brings_in(request, head)));
            edits.push(Edit::Review(ReviewEdit::Close(Prepared {
                state: RequestState::Merged,
                closed: Some(books.by(&caller.name)),
                closed_at: Some(head.clone()),
                ..request.clone()
            })));
        }
        Landing { base: snapshot.commit.clone(), edits, author: caller.name.clone(), message, fence: None }
    }

    /// What is answered when it has landed.
    pub fn response(
        &self,
        decision: &Decision,
        plan: PlanResponse,
        commit: &crate::model::CommitHash,
    ) -> ChangeResponse {
        // Of several the lowest: each has reached at least that when its change is known.
        let generation = decision.after.iter().map(|after| after.record.generation.0).min().unwrap_or_default();
        ChangeResponse {
            operation_id: self.operation.to_string(),
            commit: commit.to_string(),
            plan: Some(plan),
            generation,
        }
    }
}

impl Books {
    /// Reads a change; what is begun of a commit's hash is made whole, and an undo names its operation. `request` is
    /// the id that it is landed under.
    pub(in crate::hosted_api) async fn read_change(
        &self,
        caller: &Caller,
        mut change: Option<wire::Change>,
        request: Option<&OperationId>,
    ) -> Result<Change, Problem> {
        match change.as_mut().and_then(|change| change.change.as_mut()) {
            Some(wire::change::Change::RollBack(back)) => back.to = self.commit("to", &back.to).await?.into(),
            Some(wire::change::Change::Undo(undo)) => self.name_operation(caller, undo, request).await?,
            Some(which @ wire::change::Change::Revert(_)) => self.name_commits(which).await?,
            _ => {}
        }
        Ok(convert::change(change)?)
    }

    /// What a change needs to be decided that is not in the snapshot.
    pub(in crate::hosted_api) async fn asked(
        &self,
        change: Change,
        operation: OperationId,
        snapshot: &Snapshot,
    ) -> Result<Asked, Problem> {
        let past = match &change {
            Change::RollBack { to, .. } => Some(self.store.desired_at(to).await?),
            _ => None,
        };
        let undoing = match &change {
            Change::Undo { operation, .. } => Some(self.undoing(operation).await?),
            Change::Revert { name, after, commit, .. } => Some(self.reverting(name.as_ref(), after, commit).await?),
            _ => None,
        };
        let merging = match &change {
            Change::Merge { branch, .. } => Some(self.merging(branch, snapshot).await?),
            _ => None,
        };
        let new_id = DeploymentId::new(format!("d-{}", self.env.token(12)));
        Ok(Asked { change, past, undoing, merging, new_id, operation })
    }

    /// The id that a change is landed under.
    ///
    /// # Errors
    /// Names `request_id`.
    pub(in crate::hosted_api) fn operation_id(&self, text: &str) -> Result<OperationId, Problem> {
        if text.is_empty() {
            return Ok(OperationId::new(format!("op-{}", self.env.token(16))));
        }
        let valid = text.len() <= LONGEST_ID && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !valid {
            let what = format!("at most {LONGEST_ID} letters, digits and hyphens");
            return Err(Problem::invalid("request_id", what));
        }
        Ok(OperationId::new(text))
    }

    /// The result of an earlier request with this id.
    pub(in crate::hosted_api) async fn first_result(
        &self,
        id: &OperationId,
        request: &str,
    ) -> Result<Option<ChangeResponse>, Problem> {
        let Some((operation, commit)) = self.store.operation(id).await? else { return Ok(None) };
        if operation.request != request {
            return Err(Problem::invalid(
                "request_id",
                format!("{id} was used for another request: {}", operation.summary),
            ));
        }
        let snapshot = self.store.snapshot().await?;
        let record = operation.deployment.as_ref().and_then(|id| snapshot.records.get(id));
        Ok(Some(ChangeResponse {
            operation_id: id.to_string(),
            commit: commit.to_string(),
            plan: None,
            generation: record.map_or(0, |record| record.generation.0),
        }))
    }
}
