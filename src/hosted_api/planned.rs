//! The plan of a decision: what a person sees before confirming, and the hash that holds them to it.
//!
//! Pure. The steps come from `reconcile::preview`, which is the reconciler's own decision function.

use super::{
    cost::Cost,
    decide::{After, Decision},
};
use crate::{
    model::{CellChange, DeploymentId, DeploymentName, Incarnation, Observed, OperationId, PlannedStep, Record},
    reconcile::{
        plan::Wanted,
        preview::{Preview, preview},
    },
    store::Snapshot,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What a change would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// In order.
    pub steps: Vec<PlannedStep>,
    /// Of the desired state.
    pub changes: Vec<CellChange>,
    /// What is left out, and why; what stands in the way.
    pub notes: Vec<String>,
    /// About how long each database is away that is: none waits for another.
    pub away_seconds: Vec<u32>,
    /// One that was there is away until a person starts it again.
    pub stays_away: bool,
    /// What it does, in a line.
    pub summary: String,
    /// For an undo: what it takes back.
    pub undoes: Option<OperationId>,
    /// What it costs a month, where that changes and is known.
    pub cost: Option<Cost>,
    /// What the deployments are called that it is about, also those that are yet to be.
    pub names: BTreeMap<DeploymentId, DeploymentName>,
    /// The same for the same steps and changes.
    pub hash: String,
}

/// Plans a decision on `snapshot`. `situation` tells what was seen of a deployment.
pub fn plan(
    decision: &Decision,
    snapshot: &Snapshot,
    situation: impl Fn(&Record) -> (Option<Incarnation>, Observed),
    site: &crate::model::Site,
    now: Timestamp,
) -> Planned {
    let mut planned = begun(decision);
    for after in &decision.after {
        planned.names.insert(after.record.id.clone(), after.record.name.clone());
        let before = snapshot.desired.get(&after.record.id);
        planned.changes.extend(super::desired_diff::cells(before, after.desired.as_ref()));
        let (intended, mut observed) = situation(&after.record);
        if !snapshot.records.contains_key(&after.record.id) {
            // Nothing of it is there but, it may be, its name: somebody else's.
            let taken = observed.name.present().cloned();
            observed = Observed { name: taken.into(), ..nothing() };
        }
        let wanted = Wanted { desired: after.desired.as_ref(), record: &after.record, intended, site };
        let Preview { steps, blocked, away_seconds, stays_away } = preview(&wanted, &observed, now);
        planned.steps.extend(steps);
        planned.away_seconds.extend(Some(away_seconds).filter(|seconds| *seconds > 0));
        planned.stays_away |= stays_away;
        planned.notes.extend(blocked.map(|why| format!("{}: {why}", after.record.name)));
        if after.desired.as_ref().is_some_and(|desired| desired.paused) {
            planned.notes.push(format!("{} is paused: nothing is done before it is resumed", after.record.name));
        }
    }
    planned.hash = hash(&planned, snapshot);
    planned
}

/// The plan of a decision before any of its deployments was looked at.
fn begun(decision: &Decision) -> Planned {
    Planned {
        steps: Vec::new(),
        changes: Vec::new(),
        notes: decision.notes.clone(),
        away_seconds: Vec::new(),
        stays_away: false,
        summary: decision.summary.clone(),
        undoes: None,
        cost: None,
        names: BTreeMap::new(),
        hash: String::new(),
    }
}

/// What a decision would do on a branch: change what is desired there, and nothing that runs.
pub fn on_branch(decision: &Decision, snapshot: &Snapshot) -> Planned {
    let mut planned = begun(decision);
    for After { desired, record } in &decision.after {
        planned.names.insert(record.id.clone(), record.name.clone());
        planned.changes.extend(super::desired_diff::cells(snapshot.desired.get(&record.id), desired.as_ref()));
    }
    planned.hash = hash(&planned, snapshot);
    planned
}

/// A deployment that is yet to be: certainly nothing of it is there.
fn nothing() -> Observed {
    use crate::model::Seen;
    Observed {
        instance: Seen::Absent,
        older: Vec::new(),
        volume: Seen::Absent,
        copy: Seen::Absent,
        agent: Seen::Absent,
        started: None,
        name: Seen::Absent,
        address: Seen::Absent,
        issued: None,
        ordering: Default::default(),
    }
}

/// Of what the person saw: the steps and the changes. A new deployment's id is made afresh each time and left out.
fn hash(planned: &Planned, snapshot: &Snapshot) -> String {
    let known = |id: &Option<DeploymentId>| id.as_ref().is_some_and(|id| snapshot.records.contains_key(id));
    let changes: Vec<_> = planned
        .changes
        .iter()
        .map(|c| (&c.table, known(&c.deployment).then_some(&c.key), &c.column, &c.from, &c.to))
        .collect();
    let steps: Vec<_> = planned.steps.iter().map(|s| (&s.deployment, &s.step)).collect();
    // Plain data with text keys: it cannot fail.
    let text = serde_json::to_string(&(steps, changes)).unwrap_or_default();
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hosted_api::decide::After,
        model::{CertificateKind, Desired, NameRecord, Power, Seen, Settings, Site, Spec},
    };

    /// Its name is somebody else's: that is said before anything is launched.
    #[test]
    fn a_name_that_is_taken_is_told_in_the_plan() {
        let (id, name): (_, DeploymentName) = (DeploymentId::new("d-new"), "www".parse().expect("a name"));
        let desired = Desired {
            id: id.clone(),
            name: name.clone(),
            spec: Spec {
                instance_type: "t4g.small".to_owned(),
                volume_gib: 10,
                certificate: CertificateKind::SelfSigned,
                settings: Settings::default(),
            },
            power: Power::Running,
            protected: false,
            paused: false,
        };
        let after = vec![After { desired: Some(desired), record: Record::new(id, name) }];
        let decision = Decision { after, ..Decision::default() };
        let snapshot = Snapshot {
            commit: "0".repeat(32).parse().expect("a hash"),
            desired: BTreeMap::new(),
            records: BTreeMap::new(),
            last_change: BTreeMap::new(),
        };
        let site = Site { domain: "doltops.test".to_owned(), names: true, volume_follows: true, ..Site::default() };
        let notes = |found: Seen<NameRecord>| {
            let seen = Observed { name: found, ..Observed::default() };
            plan(&decision, &snapshot, |_| (None, seen.clone()), &site, Timestamp::UNIX_EPOCH).notes
        };
        // A CNAME leads to no address.
        let taken = NameRecord { name: "www.doltops.test".to_owned(), addresses: Vec::new(), ttl: 60, owner: None };
        let told = notes(Seen::Present(taken));
        assert!(told.len() == 1 && told[0].contains("www.doltops.test is somebody else's"), "{told:?}");
        assert_eq!(notes(Seen::Absent), Vec::<String>::new());
        assert_eq!(notes(Seen::Unknown), Vec::<String>::new(), "a look that failed forbids no plan");
    }
}
