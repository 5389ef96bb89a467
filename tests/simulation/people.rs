//! People who ask for changes: what `hosted_api::server::change` does, with the real decision and the real plan.
//!
//! Simulated: who asks, and the landing's wrapping (the operation's row, the reason). Real: `decide` and `planned`.

use super::{
    process::Process,
    schedule::{Ask, name_of},
    world::{Shared, lock},
};
use doltops::{
    hosted_api::{
        decide::{self, Situation},
        planned,
    },
    model::{CertificateKind, Change, DeploymentId, DeploymentName, OperationId, Power},
    store::{Edit, Landing},
};
use std::collections::BTreeMap;

/// What a landed change was said to do.
pub struct Landed {
    pub ids: Vec<DeploymentId>,
    /// The words of the planned steps, where they are those of one deployment.
    pub plan: Vec<&'static str>,
    pub notes: Vec<String>,
}

fn kind(number: u64) -> String {
    ["sim.small", "sim.large", "sim.large", "sim.small", "sim.huge"][usize::try_from(number % 5).unwrap_or(0)]
        .to_owned()
}

fn change(name: u64, ask: &Ask, commits: &[doltops::model::CommitHash]) -> Option<Change> {
    let name: DeploymentName = name_of(name).parse().expect("a name");
    Some(match ask {
        Ask::Create { kind: number, gib, stopped } => Change::Create {
            name,
            instance_type: Some(kind(*number)),
            volume_gib: Some(*gib),
            certificate: CertificateKind::SelfSigned,
            settings: BTreeMap::new(),
            power: if *stopped { Power::Stopped } else { Power::Running },
        },
        Ask::Resize { kind: number, gib } => Change::Resize { name, instance_type: number.map(kind), volume_gib: *gib },
        Ask::Set { which } => {
            let (key, value) =
                [("max_connections", "7"), ("max_connections", ""), ("log_level", "debug"), ("no_such", "1")]
                    [usize::try_from(which % 4).unwrap_or(0)];
            Change::Set { name, settings: BTreeMap::from([(key.to_owned(), value.to_owned())]) }
        }
        Ask::Stop => Change::Stop(name),
        Ask::Start => Change::Start(name),
        Ask::Restart => Change::Restart(name),
        Ask::Pause => Change::Pause(name),
        Ask::Resume => Change::Resume(name),
        Ask::Protect => Change::Protect(name),
        Ask::Unprotect => Change::Unprotect(name),
        Ask::Delete { right } => {
            Change::Delete { confirm: if *right { name.to_string() } else { "no".to_owned() }, name }
        }
        Ask::Back { all, commits: back } => {
            let index = commits.len().checked_sub(1 + usize::try_from(*back).unwrap_or(0))?;
            Change::RollBack { name: (!all).then_some(name), to: commits[index].clone(), confirm: String::new() }
        }
    })
}

/// Asks; gives what landed, or nothing where it was refused.
pub fn ask(shared: &Shared, leader: &Process, name: u64, ask: &Ask) -> Option<Landed> {
    let (snapshot, change, past, number, now) = {
        let mut world = lock(shared);
        world.made += 1;
        let change = change(name, ask, &world.commits)?;
        let past = match &change {
            Change::RollBack { to, .. } => Some(world.past[to].clone()),
            _ => None,
        };
        (world.snapshot.clone(), change, past, world.made, world.clock.stamp())
    };
    let (new_id, operation) = (DeploymentId::new(format!("d-{number}")), OperationId::new(format!("op-{number}")));
    let copies = snapshot
        .records
        .values()
        .filter(|record| record.deleted)
        .filter_map(|record| {
            let (_, observed) = leader.manager.situation(record);
            let copy = observed.copy.present().filter(|copy| Some(&copy.id) == record.final_copy.as_ref())?;
            Some((record.id.clone(), copy.gib))
        })
        .collect();
    let situation = Situation {
        snapshot: &snapshot,
        past: past.as_ref(),
        undoing: None,
        merging: None,
        copies: &copies,
        types: leader.manager.executor.cloud.types(),
        site: leader.manager.executor.cloud.site(),
        new_id: &new_id,
        operation: &operation,
    };
    let decision = match decide::decide(&change, situation) {
        Ok(decision) => decision,
        Err(refusal) => {
            lock(shared).tell(|| format!("asked {} {}: refused: {refusal}", change.kind(), name_of(name)));
            return None;
        }
    };
    let planned = planned::plan(
        &decision,
        &snapshot,
        |record| leader.manager.situation(record),
        leader.manager.executor.cloud.site(),
        now,
    );
    let mut edits = Vec::new();
    for after in &decision.after {
        edits.push(match &after.desired {
            Some(desired) => Edit::PutDesired(desired.clone()),
            None => Edit::RemoveDesired(after.record.id.clone()),
        });
        edits.push(Edit::PutRecord(after.record.clone()));
    }
    // Removals first, as the store does it.
    edits.sort_by_key(|edit| !matches!(edit, Edit::RemoveDesired(_)));
    let base = snapshot.commit.clone();
    let landing = Landing { base, edits, author: "someone".to_owned(), message: decision.summary.clone(), fence: None };
    lock(shared).land(&landing).expect("nobody else lands meanwhile");
    let plan = planned.steps.iter().map(|planned| planned.step.action()).collect();
    let ids = decision.after.iter().map(|after| after.record.id.clone()).collect();
    Some(Landed { ids, plan, notes: planned.notes })
}
