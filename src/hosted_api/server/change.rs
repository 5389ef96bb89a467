//! Changes: planned, then landed as one commit.
//!
//! Guarantees
//! - A repeat of a request id gives the first result and does nothing.
//! - With a plan's hash, nothing is done when the plan would differ now; the new plan is in the error.
//! - What asks for a typed word is not landed without it; its plan is shown without it.
//! - What is landed is decided on the very snapshot that it lands on.

use super::Server;
use crate::{
    hosted_api::{
        access::Caller,
        confirm, convert, cost,
        decide::{self, Decision, Merging, Situation, Undoing},
        planned::{self, Planned},
        problem::{Kind, Problem},
    },
    model::{
        CertificateKind, Change, ChangeRequest as Prepared, CommitHash, DeploymentId, Desired, Operation, OperationId,
        RequestState,
    },
    store::{Edit, Landing, ROUNDS, Snapshot, StoreError, branches::ReviewEdit},
};
use doltops_proto::hosted_api::{self as wire, ChangeRequest, ChangeResponse, PlanRequest, PlanResponse};
use std::{collections::BTreeMap, time::Duration};

/// A plan is made on a look at the cloud that is no older than this.
const FRESH: Duration = Duration::from_secs(2);

/// Longer ids and reasons are refused: they stand in a table and in a commit.
const LONGEST_ID: usize = 64;
const LONGEST_REASON: usize = 500;

/// As much as the operation's row holds.
const LONGEST_REQUEST: usize = 8_192;

/// A change that is being decided.
struct Asked {
    change: Change,
    past: Option<BTreeMap<DeploymentId, Desired>>,
    undoing: Option<Undoing>,
    merging: Option<Merging>,
    new_id: DeploymentId,
    operation: OperationId,
    /// Why its public certificate could not be had now; none: it could, or it wants none.
    hindrance: Option<String>,
}

/// Whether what would be done now is what the person saw: by the plan's hash where there is one, else by the commit
/// that they looked at. Without either they take it as it comes.
pub(super) fn as_confirmed(request: &ChangeRequest, planned: &Planned, now: &Snapshot) -> bool {
    match (request.plan_hash.as_str(), request.base_commit.as_str()) {
        ("", "") => true,
        ("", base) => base == now.commit.as_str(),
        (hash, _) => hash == planned.hash,
    }
}

/// The refusal of what was planned otherwise.
pub(super) fn changed_since(plan: PlanResponse) -> Problem {
    let what = "the plan has changed since it was shown; nothing was done";
    let problem = Problem::new(Kind::Refused, what).next("look at the new plan and confirm again");
    Problem { plan: Some(Box::new(plan)), ..problem }
}

/// Whether a person's own words fit into the commit.
///
/// # Errors
/// Names the field.
pub(super) fn reason_fits(reason: &str) -> Result<(), Problem> {
    if reason.chars().count() > LONGEST_REASON {
        return Err(Problem::invalid("reason", format!("it has more than {LONGEST_REASON} characters")));
    }
    Ok(())
}

/// A commit's message: a line of what, then why.
pub(super) fn message(summary: &str, reason: &str) -> String {
    if reason.is_empty() { summary.to_owned() } else { format!("{summary}\n\n{reason}") }
}

impl Server {
    pub(super) async fn plan_change(&self, caller: &Caller, request: PlanRequest) -> Result<PlanResponse, Problem> {
        let change = self.read_change(caller, request.change, None).await?;
        self.plan_on(change, &*self.manager.executor.store.snapshot().await?).await
    }

    /// The plan of a change of main as it is in this snapshot.
    pub(super) async fn plan_on(&self, change: Change, snapshot: &Snapshot) -> Result<PlanResponse, Problem> {
        let asked = self.asked(change, OperationId::new("a-plan"), snapshot).await?;
        let (_, planned) = self.decide(&asked, snapshot)?;
        Ok(convert::plan(&planned, &snapshot.commit))
    }

    pub(super) async fn land_change(&self, caller: &Caller, request: ChangeRequest) -> Result<ChangeResponse, Problem> {
        let operation = self.operation_id(&request.request_id)?;
        reason_fits(&request.reason)?;
        let change = self.read_change(caller, request.change.clone(), Some(&operation)).await?;
        let text = serde_json::to_string(&change).map_err(|error| Problem::new(Kind::Failed, error.to_string()))?;
        if text.len() > LONGEST_REQUEST {
            return Err(Problem::invalid("changes", "it is too much at once").next("ask for it in parts"));
        }
        if let Some(first) = self.first_result(&operation, &text).await? {
            return Ok(first);
        }
        match self.land_new(caller, change, &operation, &request, &text).await {
            // Another try of the same request may have come first meanwhile, and what it made stands in our way.
            Err(problem) => Ok(self.first_result(&operation, &text).await?.ok_or(problem)?),
            done => done,
        }
    }

    async fn land_new(
        &self,
        caller: &Caller,
        change: Change,
        operation: &OperationId,
        request: &ChangeRequest,
        text: &str,
    ) -> Result<ChangeResponse, Problem> {
        for _ in 0..ROUNDS {
            let snapshot = self.manager.executor.store.snapshot().await?;
            let asked = self.asked(change.clone(), operation.clone(), &snapshot).await?;
            let (decision, planned) = self.decide(&asked, &snapshot)?;
            let plan = convert::plan(&planned, &snapshot.commit);
            if !as_confirmed(request, &planned, &snapshot) {
                return Err(changed_since(plan));
            }
            if let Some(merging) = &asked.merging {
                self.review(merging).may_merge(&merging.request().name)?;
            }
            confirm::typed(&asked.change, &decision, &snapshot)?;
            let landing = self.landing(caller, &asked, &decision, text, &request.reason, &snapshot);
            match self.manager.executor.store.land(landing).await {
                // Main has moved on, or the branch that is merged: decided again on what is there now.
                Err(StoreError::Conflict) => {}
                landed => return Ok(self.landed(caller, &asked, &decision, plan, &landed?).await),
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn landed(
        &self,
        caller: &Caller,
        asked: &Asked,
        decision: &Decision,
        plan: PlanResponse,
        commit: &CommitHash,
    ) -> ChangeResponse {
        self.follow(caller, decision).await;
        // Of several the lowest: each has reached at least that when its change is known.
        let generation = decision.after.iter().map(|after| after.record.generation.0).min().unwrap_or_default();
        ChangeResponse {
            operation_id: asked.operation.to_string(),
            commit: commit.to_string(),
            plan: Some(plan),
            generation,
        }
    }

    /// Reads a change; what is begun of a commit's hash is made whole, and an undo names its operation. `request` is
    /// the id that it is landed under.
    async fn read_change(
        &self,
        caller: &Caller,
        mut change: Option<wire::Change>,
        request: Option<&OperationId>,
    ) -> Result<Change, Problem> {
        match change.as_mut().and_then(|change| change.change.as_mut()) {
            Some(wire::change::Change::RollBack(back)) => back.to = self.books().commit("to", &back.to).await?.into(),
            Some(wire::change::Change::Undo(undo)) => self.books().name_operation(caller, undo, request).await?,
            _ => {}
        }
        Ok(convert::change(change)?)
    }

    /// What a change needs to be decided that is not in the snapshot.
    async fn asked(&self, change: Change, operation: OperationId, snapshot: &Snapshot) -> Result<Asked, Problem> {
        let executor = &self.manager.executor;
        let past = match &change {
            Change::RollBack { to, .. } => Some(executor.store.desired_at(to).await?),
            _ => None,
        };
        let undoing = match &change {
            Change::Undo { operation, .. } => Some(self.books().undoing(operation).await?),
            _ => None,
        };
        let merging = match &change {
            Change::Merge { branch, .. } => Some(self.merging(branch, snapshot).await?),
            _ => None,
        };
        self.manager.observer.look(executor.env.elapsed().saturating_sub(FRESH)).await;
        let hindrance = match &change {
            Change::Create { name, certificate: CertificateKind::WebPki, .. } => {
                executor.certificates.hindrance(&[executor.cloud.site().host_name(name.as_str())]).await
            }
            _ => None,
        };
        let new_id = DeploymentId::new(format!("d-{}", executor.env.token(12)));
        Ok(Asked { change, past, undoing, merging, new_id, operation, hindrance })
    }

    fn decide(&self, asked: &Asked, snapshot: &Snapshot) -> Result<(Decision, Planned), Problem> {
        let executor = &self.manager.executor;
        let copies = match asked {
            Asked { past: None, undoing: None, merging: None, .. } => BTreeMap::new(),
            _ => self.final_copies(snapshot),
        };
        let situation = Situation {
            snapshot,
            past: asked.past.as_ref(),
            undoing: asked.undoing.as_ref(),
            merging: asked.merging.as_ref(),
            copies: &copies,
            types: executor.cloud.types(),
            site: executor.cloud.site(),
            new_id: &asked.new_id,
            operation: &asked.operation,
        };
        let decision = decide::decide(&asked.change, situation)?;
        let mut planned = planned::plan(
            &decision,
            snapshot,
            |record| self.manager.situation(record),
            executor.cloud.site(),
            executor.env.now(),
        );
        match self.prices.as_ref().map(|prices| cost::cost(&decision, snapshot, prices)) {
            Some(Ok(cost)) => planned.cost = cost,
            Some(Err(why)) => planned.notes.push(format!("what it costs is not known: {why}")),
            None => {}
        }
        planned.undoes = asked.undoing.as_ref().map(|undoing| undoing.operation.id.clone());
        planned.notes.extend(asked.hindrance.as_ref().map(|why| {
            format!("its public certificate cannot be had now: {why}. Until then it serves with one of the control plane's own")
        }));
        Ok((decision, planned))
    }

    /// What the final copies of deleted deployments hold, GiB, as far as they can be seen.
    fn final_copies(&self, snapshot: &Snapshot) -> BTreeMap<DeploymentId, u32> {
        let deleted = snapshot.records.values().filter(|record| record.deleted && record.final_copy.is_some());
        let seen = deleted.filter_map(|record| {
            let (_, observed) = self.manager.situation(record);
            let copy = observed.copy.present().filter(|copy| Some(&copy.id) == record.final_copy.as_ref())?;
            Some((record.id.clone(), copy.gib))
        });
        seen.collect()
    }

    fn landing(
        &self,
        caller: &Caller,
        asked: &Asked,
        decision: &Decision,
        request: &str,
        reason: &str,
        snapshot: &Snapshot,
    ) -> Landing {
        let only = match decision.after.as_slice() {
            [one] => Some(one.record.id.clone()),
            _ => None,
        };
        let mut edits = vec![Edit::PutOperation(Operation {
            id: asked.operation.clone(),
            deployment: only,
            kind: asked.change.kind().to_owned(),
            summary: decision.summary.clone(),
            author: caller.name.clone(),
            asked: self.manager.executor.env.now(),
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
        if let Some(merging) = &asked.merging {
            let (request, head) = (merging.request(), &merging.branch.head);
            message.push_str(&format!("\n\nThe branch cr/{} at {head}, from {}.", request.name, request.base));
            edits.push(Edit::Review(ReviewEdit::Close(Prepared {
                state: RequestState::Merged,
                closed: Some(self.by(&caller.name)),
                closed_at: Some(head.clone()),
                ..request.clone()
            })));
        }
        Landing { base: snapshot.commit.clone(), edits, author: caller.name.clone(), message, fence: None }
    }

    async fn follow(&self, caller: &Caller, decision: &Decision) {
        for after in &decision.after {
            self.manager.events.add(after.record.name.as_str(), "asked", decision.summary.clone(), &caller.name);
        }
        self.manager.wanted_changed(decision.after.iter().map(|after| after.record.id.clone())).await;
    }

    pub(super) fn operation_id(&self, text: &str) -> Result<OperationId, Problem> {
        if text.is_empty() {
            return Ok(OperationId::new(format!("op-{}", self.manager.executor.env.token(16))));
        }
        let valid = text.len() <= LONGEST_ID && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !valid {
            let what = format!("at most {LONGEST_ID} letters, digits and hyphens");
            return Err(Problem::invalid("request_id", what));
        }
        Ok(OperationId::new(text))
    }

    /// The result of an earlier request with this id.
    async fn first_result(&self, id: &OperationId, request: &str) -> Result<Option<ChangeResponse>, Problem> {
        let store = &self.manager.executor.store;
        let Some((operation, commit)) = store.operation(id).await? else { return Ok(None) };
        if operation.request != request {
            return Err(Problem::invalid(
                "request_id",
                format!("{id} was used for another request: {}", operation.summary),
            ));
        }
        let snapshot = store.snapshot().await?;
        let record = operation.deployment.as_ref().and_then(|id| snapshot.records.get(id));
        Ok(Some(ChangeResponse {
            operation_id: id.to_string(),
            commit: commit.to_string(),
            plan: None,
            generation: record.map_or(0, |record| record.generation.0),
        }))
    }
}
