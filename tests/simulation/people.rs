//! People who ask for changes: what `hosted_api::server::change` does, with the real decision and the real plan.
//!
//! Simulated: who asks, and the landing's wrapping (the operation's row, the reason). Real: `decide` and `planned`.

use super::{
    process::Process,
    schedule::{Ask, name_of},
    world::{Broken, Shared, lock},
};
use doltops::{
    hosted_api::{
        decide::{self, Decision, Merging, Situation},
        planned,
    },
    model::{
        By, CertificateKind, Change, ChangeRequest, CommitHash, DeploymentId, DeploymentName, OperationId, Power,
        Refusal, RequestState,
    },
    store::{
        Edit, Landing, Snapshot,
        branches::{Branch, Reviewed},
    },
};
use jiff::Timestamp;
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

/// A new one with nothing special.
fn create(name: u64) -> Change {
    Change::Create {
        name: named(name),
        instance_type: Some(kind(0)),
        volume_gib: Some(1),
        certificate: CertificateKind::SelfSigned,
        settings: BTreeMap::new(),
        power: Power::Running,
    }
}

fn named(name: u64) -> DeploymentName {
    name_of(name).parse().expect("a name")
}

/// What every merge is asked with.
const BRANCH: &str = "bigger";

fn change(name: u64, ask: &Ask, commits: &[CommitHash]) -> Option<Change> {
    let (number, name) = (name, named(name));
    Some(match ask {
        Ask::Create { kind: of, gib, stopped } => Change::Create {
            name,
            instance_type: Some(kind(*of)),
            volume_gib: Some(*gib),
            certificate: CertificateKind::SelfSigned,
            settings: BTreeMap::new(),
            power: if *stopped { Power::Stopped } else { Power::Running },
        },
        Ask::CreatePublic => match create(number) {
            Change::Create { name, instance_type, volume_gib, settings, power, .. } => {
                let certificate = CertificateKind::WebPki;
                Change::Create { name, instance_type, volume_gib, certificate, settings, power }
            }
            other => other,
        },
        // Asked of nobody: see `run`.
        Ask::Wish => return None,
        Ask::Merge { .. } => Change::Merge { branch: BRANCH.parse().expect("a name"), confirm: String::new() },
        Ask::Batch { beside } => {
            let settings = BTreeMap::from([("max_connections".to_owned(), "9".to_owned())]);
            Change::Batch { changes: vec![Change::Set { name, settings }, create(*beside)], confirm: String::new() }
        }
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

/// A change request that was made from main as it is, and edited: another type for one, and a new one beside it.
fn merging(main: &Snapshot, name: u64, beside: u64, number: u64, now: Timestamp) -> Option<Merging> {
    let base = main.desired.clone();
    let mut theirs = base.clone();
    let of = theirs.values_mut().find(|desired| desired.name == named(name))?;
    of.spec.instance_type = kind(1);
    let mut new = of.clone();
    (new.id, new.name, new.power) = (DeploymentId::new(format!("d-{number}-beside")), named(beside), Power::Running);
    (new.protected, new.paused, new.spec.instance_type) = (false, false, kind(0));
    theirs.insert(new.id.clone(), new);
    let request = ChangeRequest {
        name: BRANCH.parse().expect("a name"),
        title: "More room".to_owned(),
        opened: By { at: now, who: "someone".to_owned() },
        base: main.commit.clone(),
        state: RequestState::Open,
        closed: None,
        closed_at: None,
    };
    Some(Merging {
        reviewed: Reviewed { request, approvals: Vec::new(), comments: Vec::new(), resolutions: Vec::new() },
        branch: Branch { head: main.commit.clone(), commits: Vec::new(), behind: 0 },
        base,
        theirs,
        on: main.commit.clone(),
    })
}

/// What a roll-back of everything comes to where nothing stops it; see [`Broken::NoBrake`].
fn unbraked(situation: Situation<'_>, change: &Change) -> Result<Decision, Refusal> {
    let past = situation.past.cloned().unwrap_or_default();
    let made_since = situation.snapshot.desired.values().filter(|desired| !past.contains_key(&desired.id));
    let made_since: Vec<_> = made_since.cloned().collect();
    // As if those had been there then.
    let kept = past.into_iter().chain(made_since.iter().map(|desired| (desired.id.clone(), desired.clone()))).collect();
    let mut decision = decide::decide(change, Situation { past: Some(&kept), ..situation }).unwrap_or_default();
    for desired in made_since {
        let goes = Change::Delete { confirm: desired.name.to_string(), name: desired.name };
        decision.after.extend(decide::decide(&goes, situation)?.after);
    }
    Ok(decision)
}

/// Asks; gives what landed, or nothing where it was refused.
pub fn ask(shared: &Shared, leader: &Process, name: u64, ask: &Ask) -> Option<Landed> {
    let (snapshot, change, past, number, now, broken) = {
        let mut world = lock(shared);
        world.made += 1;
        let change = change(name, ask, &world.commits)?;
        let past = match &change {
            Change::RollBack { to, .. } => Some(world.past[to].clone()),
            _ => None,
        };
        (world.snapshot.clone(), change, past, world.made, world.clock.stamp(), world.broken)
    };
    // What a batch makes has its place in it behind this.
    let dash = if matches!(ask, Ask::Batch { .. }) { "-" } else { "" };
    let (new_id, operation) =
        (DeploymentId::new(format!("d-{number}{dash}")), OperationId::new(format!("op-{number}")));
    let merging = match ask {
        Ask::Merge { beside } => Some(merging(&snapshot, name, *beside, number, now)?),
        _ => None,
    };
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
        merging: merging.as_ref(),
        copies: &copies,
        types: leader.manager.executor.cloud.types(),
        site: leader.manager.executor.cloud.site(),
        new_id: &new_id,
        operation: &operation,
    };
    let everything = matches!(&change, Change::RollBack { name: None, .. });
    let decided = match decide::decide(&change, situation) {
        Err(_) if everything && broken == Broken::NoBrake => unbraked(situation, &change),
        decided => decided,
    };
    let decision = match decided {
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
