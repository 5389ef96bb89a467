//! Changes that are prepared on a branch.
//!
//! Guarantees
//! - The same change is decided by the same function as on main, on what is desired on the branch; nothing that runs is
//!   touched, and no deployment has a new generation.
//! - A repeat of a request id does nothing: the branch's own commits name the requests that they answer.
//! - An edit that came too late for the merge is told, and is on the branch.

use super::{
    super::{
        asked::{as_confirmed, changed_since, message, reason_fits},
        books::Books,
    },
    Home, OnBranch,
};
use crate::{
    hosted_api::{
        access::Caller,
        confirm, convert,
        decide::{self, Decision, Situation, merge},
        planned::{self, Planned},
        problem::{Kind, Problem},
    },
    model::{BranchName, Change, CommitHash, DeploymentId, Desired, OperationId, Refusal},
    store::{Edit, Landing, ROUNDS, StoreError},
};
use doltops_proto::hosted_api::{self as wire, ChangeRequest, ChangeResponse, PlanRequest, PlanResponse};
use std::collections::BTreeMap;

/// A change of a branch that is being decided.
struct Asked {
    change: Change,
    past: Option<BTreeMap<DeploymentId, Desired>>,
    new_id: DeploymentId,
    operation: OperationId,
}

impl Books {
    pub(in crate::hosted_api) async fn plan_on_branch<H: Home>(
        &self,
        home: &H,
        name: &BranchName,
        request: PlanRequest,
    ) -> Result<PlanResponse, Problem> {
        let asked = self.asked_on_branch(request.change, OperationId::new("a-plan")).await?;
        let at = self.on_branch(name).await?;
        merge::is_open(&at.request)?;
        let (_, planned) = decide_on_branch(home, &asked, &at)?;
        Ok(convert::plan(&planned, &at.branch.head))
    }

    pub(in crate::hosted_api) async fn change_on_branch<H: Home>(
        &self,
        home: &H,
        caller: &Caller,
        name: &BranchName,
        request: ChangeRequest,
    ) -> Result<ChangeResponse, Problem> {
        let operation = self.operation_id(&request.request_id)?;
        reason_fits(&request.reason)?;
        let asked = self.asked_on_branch(request.change.clone(), operation).await?;
        for _ in 0..ROUNDS {
            let at = self.on_branch(name).await?;
            let answered = at.branch.commits.iter().find(|commit| commit.operations.contains(&asked.operation));
            if let Some(first) = answered {
                return Ok(response(&asked, &first.entry.hash, None));
            }
            merge::is_open(&at.request)?;
            let (decision, planned) = decide_on_branch(home, &asked, &at)?;
            let plan = convert::plan(&planned, &at.branch.head);
            if !as_confirmed(&request, &planned, &at.snapshot) {
                return Err(changed_since(plan));
            }
            confirm::typed(&asked.change, &decision, &at.snapshot)?;
            let landing = landing(caller, &at, &decision, &request.reason);
            match self.branches.land_on(&at.request, landing, &asked.operation).await {
                Err(StoreError::Conflict) => {}
                landed => {
                    let commit = landed?;
                    self.came_in_time(name, &commit).await?;
                    return Ok(response(&asked, &commit, Some(plan)));
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn asked_on_branch(
        &self,
        mut change: Option<wire::Change>,
        operation: OperationId,
    ) -> Result<Asked, Problem> {
        if let Some(wire::change::Change::RollBack(back)) = change.as_mut().and_then(|change| change.change.as_mut()) {
            back.to = self.commit("to", &back.to).await?.into();
        }
        // An undo on main would find its operation first; here it is refused whichever it names.
        let change = convert::change(change)?;
        let on_main = |what: &str, next: &str| Err(Refusal::forbidden(what, next).into());
        match &change {
            Change::Restart(_) => return on_main("a restart is no change of what is desired", "ask for it on main"),
            Change::Undo { .. } => {
                return on_main(
                    "an undo takes back what was done on main",
                    "on a branch, change it back, or discard it",
                );
            }
            Change::Merge { .. } => return on_main("a branch is merged into main", "leave --branch out"),
            Change::Batch { changes, .. } if changes.iter().any(|one| matches!(one, Change::Restart(_))) => {
                return on_main("a restart is no change of what is desired", "ask for it on main");
            }
            _ => {}
        }
        let past = match &change {
            Change::RollBack { to, .. } => Some(self.store.desired_at(to).await?),
            _ => None,
        };
        let new_id = DeploymentId::new(format!("d-{}", self.env.token(12)));
        Ok(Asked { change, past, new_id, operation })
    }

    /// The branch was open when this was decided, but another program may have merged it before this landed.
    async fn came_in_time(&self, name: &BranchName, commit: &CommitHash) -> Result<(), Problem> {
        let main = self.store.snapshot().await?;
        let request = self.reviewed(name, &main.commit).await?.request;
        if request.is_open() {
            return Ok(());
        }
        let merged = self.branches.branch(&request).await?;
        if merged.commits.iter().any(|own| own.entry.hash == *commit) {
            return Ok(());
        }
        let what = format!("{name} was {} in this very moment: this is on the branch and not on main", request.state);
        Err(Problem::new(Kind::Refused, what).next("ask for it on main, or on another branch"))
    }
}

fn decide_on_branch(home: &impl Home, asked: &Asked, at: &OnBranch) -> Result<(Decision, Planned), Problem> {
    let decision = decide::decide(
        &asked.change,
        Situation {
            snapshot: &at.snapshot,
            past: asked.past.as_ref(),
            undoing: None,
            merging: None,
            copies: &BTreeMap::new(),
            types: home.types(),
            site: home.site(),
            new_id: &asked.new_id,
            operation: &asked.operation,
        },
    )?;
    let mut planned = planned::on_branch(&decision, &at.snapshot);
    let name = &at.request.name;
    planned.notes.push(format!("on the branch {name}: nothing that runs is touched (doltops branch plan {name})"));
    Ok((decision, planned))
}

fn response(asked: &Asked, commit: &CommitHash, plan: Option<PlanResponse>) -> ChangeResponse {
    ChangeResponse {
        operation_id: asked.operation.to_string(),
        commit: commit.to_string(),
        plan,
        // What runs follows main alone.
        generation: 0,
    }
}

fn landing(caller: &Caller, at: &OnBranch, decision: &Decision, reason: &str) -> Landing {
    let edits = decision.after.iter().map(|after| match &after.desired {
        Some(desired) => Edit::PutDesired(desired.clone()),
        None => Edit::RemoveDesired(after.record.id.clone()),
    });
    Landing {
        base: at.branch.head.clone(),
        edits: edits.collect(),
        author: caller.name.clone(),
        message: message(&decision.summary, reason),
        fence: None,
    }
}
