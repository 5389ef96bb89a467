//! Merging a change request: what its branch and main come to together, as any other change of main.
//!
//! Guarantees
//! - Nothing is decided while a conflict is open, or when the request is not.
//! - What is protected or paused on main is not deleted, whatever the branch says: a branch can take no protection off and
//!   delete in one step.
//! - A deployment that comes is checked as one that is created; one that was deleted meanwhile comes back from its final
//!   copy, as in a roll-back.
//!
//! Not here: whether enough people have approved it (`change_requests::review`), and the word that is typed where
//! deployments go (`hosted_api::confirm`). Both are asked for when it lands: a plan is shown without them.

use super::{super::desired_diff::said_of, After, Decision, Situation, comes_back, gone, raised};
use crate::{
    change_requests::{Merged, Review, Sides, State, merge, review, settings::Settings},
    model::{
        Cell, CertificateKind, ChangeRequest, CommitHash, DeploymentId, DeploymentName, Desired, Record, Refusal, cell,
        machine,
    },
    store::{
        Snapshot,
        branches::{Branch, Reviewed},
    },
};
use std::collections::BTreeSet;

/// A change request with both states that are merged into main's.
#[derive(Clone, Debug, PartialEq)]
pub struct Merging {
    /// What was said of it, as of a commit of main; see `on`.
    pub reviewed: Reviewed,
    /// Its branch.
    pub branch: Branch,
    /// What was desired where the branch was made.
    pub base: State,
    /// What is desired on the branch.
    pub theirs: State,
    /// Main's commit that it was read at: it is decided on no other.
    pub on: CommitHash,
}

impl Merging {
    /// The request itself.
    pub fn request(&self) -> &ChangeRequest {
        &self.reviewed.request
    }

    /// What its states and main's come to.
    pub fn merged(&self, main: &Snapshot) -> Merged {
        let going = going(main);
        merge(self.sides(main, &going), &self.reviewed.resolutions)
    }

    /// What is merged.
    pub fn sides<'a>(&'a self, main: &'a Snapshot, going: &'a BTreeSet<DeploymentName>) -> Sides<'a> {
        Sides { base: &self.base, ours: &main.desired, theirs: &self.theirs, going }
    }

    /// What an approval given now would be for.
    pub fn covers(&self) -> String {
        review::covers(&self.branch.head, &self.reviewed.resolutions)
    }

    /// Where it stands with its approvals.
    pub fn review(&self, settings: &Settings) -> Review {
        let committed = self.branch.commits.iter().map(|commit| commit.entry.author.clone());
        let decided = self.reviewed.resolutions.iter().map(|resolution| resolution.by.who.clone());
        let hands = committed.chain(decided).chain([self.request().opened.who.clone()]).collect();
        Review::of(&self.reviewed.approvals, &self.covers(), &hands, settings)
    }
}

/// Names of deployments that are on their way out.
pub fn going(main: &Snapshot) -> BTreeSet<DeploymentName> {
    let going = main.records.values().filter(|record| record.deletion.is_some() && !record.deleted);
    going.map(|record| record.name.clone()).collect()
}

/// Decides the merge.
pub(super) fn merged(situation: Situation<'_>) -> Result<Decision, Refusal> {
    let merging = situation.merging.ok_or_else(|| Refusal::NotFound("there is no such branch".to_owned()))?;
    let (name, main) = (&merging.request().name, situation.snapshot);
    is_open(merging.request())?;
    let merged = merging.merged(main);
    let open: Vec<String> = merged.open().map(|conflict| conflict.address()).collect();
    if !open.is_empty() {
        let (count, cells) = (open.len(), if open.len() == 1 { "cell" } else { "cells" });
        let what = format!("{count} {cells} of {name} in conflict with main: {}", open.join(", "));
        return Err(Refusal::forbidden(what, format!("doltops conflicts {name}")));
    }
    let mut decision = Decision { notes: told(&merged), ..Decision::default() };
    let ids: BTreeSet<&DeploymentId> = main.desired.keys().chain(merged.state.keys()).collect();
    for id in ids {
        one(situation, main.desired.get(id), merged.state.get(id), &mut decision)?;
    }
    if decision.after.is_empty() {
        let what = format!("nothing of {name} differs from main");
        return Err(Refusal::forbidden(what, format!("doltops branch discard {name}")));
    }
    decision.after.sort_by(|a, b| a.record.name.cmp(&b.record.name));
    decision.summary = format!("Merge {name}: {}", merging.request().title);
    Ok(decision)
}

/// The line of a merge's message by which it is known: the branch, where it was, and where it was made.
pub fn brings_in(request: &ChangeRequest, head: &CommitHash) -> String {
    format!("The branch cr/{} at {head}, from {}.", request.name, request.base)
}

/// Whether it can still be edited, reviewed and merged.
///
/// # Errors
/// By whom it was closed.
pub fn is_open(request: &ChangeRequest) -> Result<(), Refusal> {
    if request.is_open() {
        return Ok(());
    }
    let who = request.closed.as_ref().map(|by| format!(" by {}", by.who)).unwrap_or_default();
    let what = format!("{} was {}{who} already", request.name, request.state);
    Err(Refusal::forbidden(what, "open another: doltops branch create NAME"))
}

/// What is left out of the branch, and what was decided where main says otherwise.
fn told(merged: &Merged) -> Vec<String> {
    let decided = merged.conflicts.iter().filter_map(|conflict| {
        let decided = conflict.decided.as_ref()?;
        let word = |value: &Option<String>| said_of(conflict.cell.as_str(), conflict.base.as_deref(), value.as_deref());
        let (ours, theirs) = (word(&conflict.ours), word(&conflict.theirs));
        let is = match (&conflict.cell, &decided.value) {
            (Cell::Deployment, Some(_)) => "that it stays".to_owned(),
            (_, value) => word(value),
        };
        let who = &decided.by.who;
        Some(format!("{}: main says {ours}, the branch {theirs}; {who} decided {is}", conflict.address()))
    });
    merged.notes.iter().cloned().chain(decided).collect()
}

/// What becomes of one deployment.
fn one(
    situation: Situation<'_>,
    now: Option<&Desired>,
    after: Option<&Desired>,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let record = |id| situation.snapshot.records.get(id);
    match (now, after) {
        (Some(now), Some(after)) if now == after => Ok(()),
        (Some(now), Some(after)) => {
            let record = record(&now.id).ok_or_else(|| Refusal::NotFound(format!("{} has no record", now.name)))?;
            checked(situation, Some(now), after)?;
            decision.after.push(After { desired: Some(after.clone()), record: raised(record) });
            Ok(())
        }
        (Some(now), None) => {
            let record = record(&now.id).ok_or_else(|| Refusal::NotFound(format!("{} has no record", now.name)))?;
            may_go(now)?;
            decision.after.push(gone(record, situation));
            Ok(())
        }
        (None, Some(after)) => {
            checked(situation, None, after)?;
            match record(&after.id) {
                None => {
                    let record = Record::new(after.id.clone(), after.name.clone());
                    decision.after.push(After { desired: Some(after.clone()), record });
                    Ok(())
                }
                Some(record) => comes_back(situation, after.clone(), record, decision),
            }
        }
        (None, None) => Ok(()),
    }
}

fn may_go(now: &Desired) -> Result<(), Refusal> {
    let name = &now.name;
    let (what, mend) = match (now.protected, now.paused) {
        (true, _) => ("protected", format!("take its protection off on main first: doltops unprotect {name}")),
        (_, true) => ("paused", format!("resume it on main first: doltops resume {name}")),
        _ => return Ok(()),
    };
    Err(Refusal::forbidden(format!("the branch deletes {name}, which is {what}"), mend))
}

/// What is asked for was checked when it was; but a branch can be older than what the cloud offers now.
fn checked(situation: Situation<'_>, now: Option<&Desired>, after: &Desired) -> Result<(), Refusal> {
    let of = |refusal: Refusal| match refusal {
        Refusal::Invalid { field, what } => Refusal::invalid(field, format!("{}: {what}", after.name)),
        other => other,
    };
    if now.is_none_or(|now| now.spec.instance_type != after.spec.instance_type) {
        machine::find(situation.types, &after.spec.instance_type).map_err(of)?;
    }
    if now.is_none() && after.spec.certificate == CertificateKind::WebPki && !situation.site.names {
        let what = "webpki needs a public DNS zone, which the sandbox does not have; use self-signed";
        return Err(of(Refusal::invalid("certificate", what)));
    }
    for cell in cell::settings([&after.spec.settings]) {
        let value = cell.read(after);
        if now.is_none_or(|now| cell.read(now) != value) {
            cell.write(&mut after.clone(), value.as_deref()).map_err(of)?;
        }
    }
    Ok(())
}
