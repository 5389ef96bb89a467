//! A change that is tried on a clone: decided and planned as everywhere, and landed in the clone, on its main or on a branch.
//!
//! What the control plane asks besides, it does not: how many have approved a merge, since whoever tries one is alone with
//! the clone; what final copies hold, which is the cloud's to tell; and whether a public authority is to be had.

use super::OnClone;
use crate::{
    hosted_api::{
        access::Caller,
        confirm, convert,
        decide::{self, Decision},
        planned::{self, Planned},
        problem::Problem,
        server::{
            asked::{Asked, as_confirmed, changed_since, reason_fits, written},
            branches::Home,
        },
    },
    model::{BranchName, Change, InstanceType, OperationId, Record, Site},
    reconcile::preview,
    store::{ROUNDS, Snapshot, StoreError},
};
use doltops_proto::hosted_api::{ChangeRequest, ChangeResponse, PlanRequest, PlanResponse};
use std::collections::BTreeMap;

/// Said with every plan.
const NOT_LOOKED_AT: &str = "on a clone: nothing of it is carried out, and the plan is from where all that was asked for \
                             had been done; what runs was not looked at";

#[tonic::async_trait]
impl Home for OnClone {
    async fn plan_on(&self, change: Change, main: &Snapshot) -> Result<PlanResponse, Problem> {
        let asked = self.books.asked(change, OperationId::new("a-plan"), main).await?;
        let (_, planned) = self.decide(&asked, main)?;
        Ok(convert::plan(&planned, &main.commit))
    }

    fn types(&self) -> &[InstanceType] {
        &self.facts.types
    }

    fn site(&self) -> &Site {
        &self.facts.site
    }

    /// Nobody follows events here, but main has another head.
    fn was_said(&self, _message: String, _by: &str) {
        self.landed.send_replace(());
    }
}

impl OnClone {
    pub(super) async fn plan_change(&self, caller: &Caller, request: PlanRequest) -> Result<PlanResponse, Problem> {
        let change = self.books.read_change(caller, request.change, None).await?;
        self.plan_on(change, &*self.books.store.snapshot().await?).await
    }

    pub(super) async fn land_change(&self, caller: &Caller, request: ChangeRequest) -> Result<ChangeResponse, Problem> {
        let books = &self.books;
        let operation = books.operation_id(&request.request_id)?;
        reason_fits(&request.reason)?;
        let change = books.read_change(caller, request.change.clone(), Some(&operation)).await?;
        let text = written(&change)?;
        for _ in 0..ROUNDS {
            if let Some(first) = books.first_result(&operation, &text).await? {
                return Ok(first);
            }
            let snapshot = books.store.snapshot().await?;
            let asked = books.asked(change.clone(), operation.clone(), &snapshot).await?;
            let (decision, planned) = self.decide(&asked, &snapshot)?;
            let plan = convert::plan(&planned, &snapshot.commit);
            if !as_confirmed(&request, &planned, &snapshot) {
                return Err(changed_since(plan));
            }
            confirm::typed(&asked.change, &decision, &snapshot)?;
            let landing = asked.landing(books, caller, &decision, (&text, &request.reason), &snapshot);
            match books.store.land(landing).await {
                Err(StoreError::Conflict) => {}
                landed => {
                    let commit = landed?;
                    self.landed.send_replace(());
                    return Ok(asked.response(&decision, plan, &commit));
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// A change that is prepared on a branch of the clone.
    pub(super) async fn land_on_branch(
        &self,
        caller: &Caller,
        name: &BranchName,
        request: ChangeRequest,
    ) -> Result<ChangeResponse, Problem> {
        let done = self.books.change_on_branch(self, caller, name, request).await?;
        self.landed.send_replace(());
        Ok(done)
    }

    fn decide(&self, asked: &Asked, snapshot: &Snapshot) -> Result<(Decision, Planned), Problem> {
        let (types, site, now) = (&self.facts.types, &self.facts.site, self.books.env.now());
        let decision = decide::decide(&asked.change, asked.situation(snapshot, &BTreeMap::new(), types, site))?;
        let settled = |record: &Record| {
            let before = snapshot.records.get(&record.id).unwrap_or(record);
            (None, preview::settled(snapshot.desired.get(&record.id), before, site, now))
        };
        let mut planned = planned::plan(&decision, snapshot, settled, site, now);
        planned.notes.push(NOT_LOOKED_AT.to_owned());
        planned.undoes = asked.undoes();
        Ok((decision, planned))
    }
}
