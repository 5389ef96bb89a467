//! Changes: planned, then landed as one commit.
//!
//! Guarantees
//! - A repeat of a request id gives the first result and does nothing.
//! - With a plan's hash, nothing is done when the plan would differ now; the new plan is in the error.
//! - What asks for a typed word is not landed without it; its plan is shown without it.
//! - What is landed is decided on the very snapshot that it lands on.

use super::{
    Server,
    asked::{Asked, as_confirmed, changed_since, reason_fits, written},
    branches::Home,
};
use crate::{
    hosted_api::{
        access::Caller,
        confirm, convert, cost,
        decide::{self, Decision},
        planned::{self, Planned},
        problem::Problem,
    },
    model::{CertificateKind, Change, DeploymentId, InstanceType, OperationId, Site},
    store::{ROUNDS, Snapshot, StoreError},
};
use doltops_proto::hosted_api::{ChangeRequest, ChangeResponse, PlanRequest, PlanResponse};
use std::{collections::BTreeMap, time::Duration};

/// A plan is made on a look at the cloud that is no older than this.
const FRESH: Duration = Duration::from_secs(2);

#[tonic::async_trait]
impl Home for Server {
    async fn plan_on(&self, change: Change, main: &Snapshot) -> Result<PlanResponse, Problem> {
        let (asked, hindrance) = self.asked(change, OperationId::new("a-plan"), main).await?;
        let (_, planned) = self.decide(&asked, hindrance, main)?;
        Ok(convert::plan(&planned, &main.commit))
    }

    fn types(&self) -> &[InstanceType] {
        self.manager.executor.cloud.types()
    }

    fn site(&self) -> &Site {
        self.manager.executor.cloud.site()
    }

    fn was_said(&self, message: String, by: &str) {
        self.manager.events.add("", "asked", message, by);
    }
}

impl Server {
    pub(super) async fn plan_change(&self, caller: &Caller, request: PlanRequest) -> Result<PlanResponse, Problem> {
        let change = self.books().read_change(caller, request.change, None).await?;
        self.plan_on(change, &*self.manager.executor.store.snapshot().await?).await
    }

    pub(super) async fn land_change(&self, caller: &Caller, request: ChangeRequest) -> Result<ChangeResponse, Problem> {
        let books = self.books();
        let operation = books.operation_id(&request.request_id)?;
        reason_fits(&request.reason)?;
        let change = books.read_change(caller, request.change.clone(), Some(&operation)).await?;
        let text = written(&change)?;
        if let Some(first) = books.first_result(&operation, &text).await? {
            return Ok(first);
        }
        match self.land_new(caller, change, &operation, &request, &text).await {
            // Another try of the same request may have come first meanwhile, and what it made stands in our way.
            Err(problem) => Ok(books.first_result(&operation, &text).await?.ok_or(problem)?),
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
        let books = self.books();
        for _ in 0..ROUNDS {
            let snapshot = books.store.snapshot().await?;
            let (asked, hindrance) = self.asked(change.clone(), operation.clone(), &snapshot).await?;
            let (decision, planned) = self.decide(&asked, hindrance, &snapshot)?;
            let plan = convert::plan(&planned, &snapshot.commit);
            if !as_confirmed(request, &planned, &snapshot) {
                return Err(changed_since(plan));
            }
            if let Some(merging) = &asked.merging {
                books.review(merging).may_merge(&merging.request().name)?;
            }
            confirm::typed(&asked.change, &decision, &snapshot)?;
            let landing = asked.landing(&books, caller, &decision, (text, &request.reason), &snapshot);
            match books.store.land(landing).await {
                // Main has moved on, or the branch that is merged: decided again on what is there now.
                Err(StoreError::Conflict) => {}
                landed => {
                    let commit = landed?;
                    self.follow(caller, &decision).await;
                    return Ok(asked.response(&decision, plan, &commit));
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// What a change needs to be decided, after a fresh look; and why the public certificate that it wants could not be had
    /// now: none where it could, or where it wants none.
    async fn asked(
        &self,
        change: Change,
        operation: OperationId,
        snapshot: &Snapshot,
    ) -> Result<(Asked, Option<String>), Problem> {
        let executor = &self.manager.executor;
        let asked = self.books().asked(change, operation, snapshot).await?;
        self.manager.observer.look(executor.env.elapsed().saturating_sub(FRESH)).await;
        let hindrance = match &asked.change {
            Change::Create { name, certificate: CertificateKind::WebPki, .. } => {
                executor.certificates.hindrance(&[executor.cloud.site().host_name(name.as_str())]).await
            }
            _ => None,
        };
        Ok((asked, hindrance))
    }

    fn decide(
        &self,
        asked: &Asked,
        hindrance: Option<String>,
        snapshot: &Snapshot,
    ) -> Result<(Decision, Planned), Problem> {
        let executor = &self.manager.executor;
        let copies = match asked {
            Asked { past: None, undoing: None, merging: None, .. } => BTreeMap::new(),
            _ => self.final_copies(snapshot),
        };
        let (types, site) = (executor.cloud.types(), executor.cloud.site());
        let decision = decide::decide(&asked.change, asked.situation(snapshot, &copies, types, site))?;
        let now = executor.env.now();
        let mut planned = planned::plan(&decision, snapshot, |record| self.manager.situation(record), site, now);
        match self.prices.as_ref().map(|prices| cost::cost(&decision, snapshot, prices)) {
            Some(Ok(cost)) => planned.cost = cost,
            Some(Err(why)) => planned.notes.push(format!("what it costs is not known: {why}")),
            None => {}
        }
        planned.undoes = asked.undoes();
        planned.notes.extend(hindrance.map(|why| {
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

    async fn follow(&self, caller: &Caller, decision: &Decision) {
        for after in &decision.after {
            self.manager.events.add(after.record.name.as_str(), "asked", decision.summary.clone(), &caller.name);
        }
        self.manager.wanted_changed(decision.after.iter().map(|after| after.record.id.clone())).await;
    }
}
