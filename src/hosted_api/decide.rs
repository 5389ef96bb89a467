//! What a change makes of the desired state, or why it is refused.
//!
//! Pure: the same change, snapshot and past give the same decision. Bad input is refused here, before anything is
//! touched, with the field named.
//!
//! Not here: what follows in the world (`reconcile::preview`), and landing it (`server::change`).

use super::problem::NOTHING_TO_DO;
use crate::model::{
    Change, CommitHash, DeploymentId, DeploymentName, Desired, InstanceType, OperationId, Power, Record, Refusal,
    Settings, Site, Spec, machine, spec,
};
use crate::store::Snapshot;
use std::collections::BTreeMap;

mod batch;
pub mod merge;
mod undo;

pub use batch::MOST as MOST_AT_ONCE;
pub use merge::Merging;
pub use undo::{Target, Undoing};

/// A roll-back of everything, or an undo, that would delete more than this stops and asks: delete them one by one.
const BRAKE: usize = 3;

/// What is there to decide on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Main as it is.
    pub snapshot: &'a Snapshot,
    /// For a roll-back: what was desired at its commit.
    pub past: Option<&'a BTreeMap<DeploymentId, Desired>>,
    /// For an undo or a revert: of what, and what was desired around it.
    pub undoing: Option<&'a Undoing>,
    /// For a merge: the change request, and what is desired on its branch.
    pub merging: Option<&'a Merging>,
    /// For what may bring a deployment back: what the final copies of deleted deployments hold, GiB.
    pub copies: &'a BTreeMap<DeploymentId, u32>,
    /// What the cloud offers.
    pub types: &'a [InstanceType],
    /// Where deployments live.
    pub site: &'a Site,
    /// For a new deployment.
    pub new_id: &'a DeploymentId,
    /// The operation that this becomes.
    pub operation: &'a OperationId,
}

/// One deployment after the change.
#[derive(Clone, Debug, PartialEq)]
pub struct After {
    /// Absent: it goes.
    pub desired: Option<Desired>,
    /// Its record, with its new generation.
    pub record: Record,
}

/// What a change makes of the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The deployments that it changes, in the order of their names.
    pub after: Vec<After>,
    /// What it leaves out, and why.
    pub notes: Vec<String>,
    /// What it does, in a line: the commit's message.
    pub summary: String,
}

/// Decides `change`.
///
/// # Errors
/// A refusal that names the field, or what forbids it.
pub fn decide(change: &Change, situation: Situation<'_>) -> Result<Decision, Refusal> {
    match change {
        Change::Create { name, instance_type, volume_gib, certificate, settings, power } => {
            let spec = Spec {
                instance_type: machine::find(situation.types, instance_type.as_deref().unwrap_or_default())?
                    .name
                    .clone(),
                volume_gib: volume_gib.unwrap_or(spec::DEFAULT_VOLUME),
                certificate: *certificate,
                settings: with_settings(Settings::default(), settings)?,
            };
            create(name, spec, *power, situation)
        }
        Change::Resize { name, instance_type, volume_gib } => {
            let (desired, record) = find(situation, name)?;
            resize(desired, record, instance_type.as_deref(), *volume_gib, situation.types)
        }
        Change::Set { name, settings } => {
            let (desired, record) = find(situation, name)?;
            if settings.is_empty() {
                return Err(Refusal::invalid("settings", "at least one KEY=VALUE is needed"));
            }
            let words: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let mut after = desired.clone();
            after.spec.settings = with_settings(after.spec.settings, settings)?;
            edited(desired, after, record, format!("Set {} of {name}", words.join(", ")))
        }
        Change::Stop(name) => power(situation, name, Power::Stopped, "Stop"),
        Change::Start(name) => power(situation, name, Power::Running, "Start"),
        Change::Restart(name) => restart(situation, name),
        Change::Pause(name) => flag(situation, name, "Pause", |desired| &mut desired.paused, true),
        Change::Resume(name) => flag(situation, name, "Resume", |desired| &mut desired.paused, false),
        Change::Protect(name) => flag(situation, name, "Protect", |desired| &mut desired.protected, true),
        Change::Unprotect(name) => flag(situation, name, "Unprotect", |desired| &mut desired.protected, false),
        Change::Delete { name, confirm } => delete(situation, name, confirm),
        // What must be typed first is not asked here: a plan is shown without it.
        Change::RollBack { name, to, .. } => roll_back(situation, name.as_ref(), to),
        Change::Undo { .. } | Change::Revert { .. } => undo::undo(situation),
        Change::Batch { changes, .. } => batch::batch(changes, situation),
        Change::Merge { .. } => merge::merged(situation),
    }
}

fn find<'a>(situation: Situation<'a>, name: &DeploymentName) -> Result<(&'a Desired, &'a Record), Refusal> {
    let desired = situation.snapshot.desired.values().find(|desired| desired.name == *name);
    let found = desired.and_then(|desired| Some((desired, situation.snapshot.records.get(&desired.id)?)));
    found.ok_or_else(|| Refusal::NotFound(format!("there is no deployment {name}")))
}

fn with_settings(mut settings: Settings, changes: &BTreeMap<String, String>) -> Result<Settings, Refusal> {
    for (key, value) in changes {
        settings = settings.with(key, value)?;
    }
    Ok(settings)
}

fn raised(record: &Record) -> Record {
    Record { generation: record.generation.next(), ..record.clone() }
}

/// The decision for one deployment; an edit that changes nothing is refused, so that history tells only what happened.
fn edited(before: &Desired, after: Desired, record: &Record, summary: String) -> Result<Decision, Refusal> {
    if *before == after {
        return Err(Refusal::forbidden(format!("{} is like that already", before.name), NOTHING_TO_DO));
    }
    let record = Record { name: after.name.clone(), ..raised(record) };
    Ok(Decision { after: vec![After { desired: Some(after), record }], notes: Vec::new(), summary })
}

fn create(name: &DeploymentName, spec: Spec, power: Power, situation: Situation<'_>) -> Result<Decision, Refusal> {
    if spec.certificate == crate::model::CertificateKind::WebPki && !situation.site.names {
        let what = "webpki needs a public DNS zone, which the sandbox does not have; use self-signed";
        return Err(Refusal::invalid("certificate", what));
    }
    if situation.snapshot.desired.values().any(|desired| desired.name == *name) {
        return Err(Refusal::invalid("name", format!("'{name}' is taken")));
    }
    let going = |record: &&Record| record.name == *name && record.deletion.is_some() && !record.deleted;
    if situation.snapshot.records.values().any(|record| going(&record)) {
        return Err(Refusal::invalid("name", format!("'{name}' is still being deleted; try again when it is gone")));
    }
    let stopped = if power == Power::Stopped { ", stopped" } else { "" };
    let summary = format!("Create {name}: {}, {} GiB{stopped}", spec.instance_type, spec.volume_gib);
    let id = situation.new_id.clone();
    let record = Record::new(id.clone(), name.clone());
    let desired = Desired { id, name: name.clone(), spec, power, protected: false, paused: false };
    Ok(Decision { after: vec![After { desired: Some(desired), record }], notes: Vec::new(), summary })
}

fn resize(
    desired: &Desired,
    record: &Record,
    instance_type: Option<&str>,
    volume_gib: Option<u32>,
    types: &[InstanceType],
) -> Result<Decision, Refusal> {
    let mut after = desired.clone();
    let mut words = Vec::new();
    if let Some(wanted) = instance_type {
        after.spec.instance_type = machine::find(types, wanted)?.name.clone();
        words.push(format!("{} → {}", desired.spec.instance_type, after.spec.instance_type));
    }
    if let Some(gib) = volume_gib {
        let has = desired.spec.volume_gib;
        if gib < has {
            let what = format!("{gib} GiB is less than the {has} GiB that it has; a volume only grows");
            return Err(Refusal::invalid("volume", what));
        }
        after.spec.volume_gib = gib;
        words.push(format!("volume {has} → {gib} GiB"));
    }
    if words.is_empty() {
        return Err(Refusal::invalid("type", "a type or a volume is needed"));
    }
    edited(desired, after, record, format!("Resize {}: {}", desired.name, words.join(", ")))
}

fn power(situation: Situation<'_>, name: &DeploymentName, to: Power, word: &str) -> Result<Decision, Refusal> {
    let (desired, record) = find(situation, name)?;
    edited(desired, Desired { power: to, ..desired.clone() }, record, format!("{word} {name}"))
}

fn flag(
    situation: Situation<'_>,
    name: &DeploymentName,
    word: &str,
    which: fn(&mut Desired) -> &mut bool,
    to: bool,
) -> Result<Decision, Refusal> {
    let (desired, record) = find(situation, name)?;
    let mut after = desired.clone();
    *which(&mut after) = to;
    edited(desired, after, record, format!("{word} {name}"))
}

fn restart(situation: Situation<'_>, name: &DeploymentName) -> Result<Decision, Refusal> {
    let (desired, record) = find(situation, name)?;
    if desired.power == Power::Stopped {
        return Err(Refusal::forbidden(format!("{name} is stopped"), format!("start it: doltops start {name}")));
    }
    let record = Record { restart_id: situation.operation.to_string(), ..raised(record) };
    let after = vec![After { desired: Some(desired.clone()), record }];
    Ok(Decision { after, notes: Vec::new(), summary: format!("Restart {name}") })
}

fn delete(situation: Situation<'_>, name: &DeploymentName, confirm: &str) -> Result<Decision, Refusal> {
    let (desired, record) = find(situation, name)?;
    if desired.protected {
        let next = format!("take its protection off first: doltops unprotect {name}");
        return Err(Refusal::forbidden(format!("{name} is protected"), next));
    }
    if desired.paused {
        return Err(Refusal::forbidden(format!("{name} is paused"), format!("resume it first: doltops resume {name}")));
    }
    if confirm != name.as_str() {
        return Err(Refusal::invalid("confirm", format!("type the name of what is to be deleted: {name}")));
    }
    let after = vec![gone(record, situation)];
    Ok(Decision { after, notes: Vec::new(), summary: format!("Delete {name}") })
}

fn gone(record: &Record, situation: Situation<'_>) -> After {
    After { desired: None, record: Record { deletion: Some(situation.operation.clone()), ..raised(record) } }
}

fn roll_back(situation: Situation<'_>, name: Option<&DeploymentName>, to: &CommitHash) -> Result<Decision, Refusal> {
    let past = situation.past.ok_or_else(|| Refusal::NotFound(format!("there is no commit {to}")))?;
    let mut decision = Decision::default();
    match name {
        Some(name) => back_one(situation, past, name, to, &mut decision)?,
        None => back_all(situation, past, &mut decision)?,
    }
    let what = name.map_or("everything", DeploymentName::as_str);
    decision.summary = format!("Roll back {what} to {}", to.short());
    if decision.after.is_empty() {
        // Whose it is has been said, unless it is everything.
        let notes = decision.notes.iter().map(|note| note.strip_prefix(&format!("{what}: ")).unwrap_or(note));
        let notes = notes.collect::<Vec<_>>().join("; ");
        let already = format!("{what} is as it was at {} already", to.short());
        let what = if notes.is_empty() { already } else { format!("{already}; {notes}") };
        return Err(Refusal::forbidden(what, NOTHING_TO_DO));
    }
    decision.after.sort_by(|a, b| a.record.name.cmp(&b.record.name));
    Ok(decision)
}

fn back_one(
    situation: Situation<'_>,
    past: &BTreeMap<DeploymentId, Desired>,
    name: &DeploymentName,
    to: &CommitHash,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let now = situation.snapshot.desired.values().find(|desired| desired.name == *name);
    let then = match now {
        Some(now) => past.get(&now.id),
        // Deleted since: the one that had the name then.
        None => past.values().find(|desired| desired.name == *name),
    };
    match (now, then) {
        (None, None) => {
            Err(Refusal::NotFound(format!("there is no deployment {name}, and there was none at {}", to.short())))
        }
        (Some(_), None) => {
            Err(Refusal::invalid("to", format!("{name} was not there at {}; to be rid of it, delete it", to.short())))
        }
        (_, Some(then)) => back(situation, then, decision),
    }
}

fn back_all(
    situation: Situation<'_>,
    past: &BTreeMap<DeploymentId, Desired>,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    for then in past.values() {
        back(situation, then, decision)?;
    }
    let mut goes = 0;
    for (id, now) in &situation.snapshot.desired {
        if past.contains_key(id) {
            continue;
        }
        match situation.snapshot.records.get(id) {
            Some(_) if now.protected => {
                decision.notes.push(format!("{} was made since and stays: it is protected", now.name));
            }
            Some(_) if now.paused => {
                decision.notes.push(format!("{} was made since and stays: it is paused", now.name))
            }
            Some(record) => {
                goes += 1;
                decision.after.push(gone(record, situation));
            }
            None => {}
        }
    }
    if goes > BRAKE {
        let what = format!("it would delete {goes} deployments that were made since; no more than {BRAKE} go at once");
        return Err(Refusal::forbidden(what, "protect or delete them one by one first"));
    }
    Ok(())
}

/// One deployment back to how it was, as far as that may be.
fn back(situation: Situation<'_>, then: &Desired, decision: &mut Decision) -> Result<(), Refusal> {
    let name = &then.name;
    let record = situation.snapshot.records.get(&then.id);
    let record = record.ok_or_else(|| Refusal::NotFound(format!("{name} has no record any more")))?;
    let now = situation.snapshot.desired.get(&then.id);
    let mut after = then.clone();
    if machine::find(situation.types, &after.spec.instance_type).is_err() {
        return Err(Refusal::invalid(
            "to",
            format!("{name} was {} then, which is not offered now", after.spec.instance_type),
        ));
    }
    match now {
        Some(now) => stays(now, &mut after, &mut decision.notes),
        None => return comes_back(situation, after, record, decision),
    }
    if now != Some(&after) {
        decision
            .after
            .push(After { record: Record { name: after.name.clone(), ..raised(record) }, desired: Some(after) });
    }
    Ok(())
}

/// What a roll-back never takes back.
fn stays(now: &Desired, after: &mut Desired, notes: &mut Vec<String>) {
    grown(now.spec.volume_gib, after, notes);
    if now.protected && !after.protected {
        notes.push(format!("{}: its protection stays", now.name));
    }
    if now.paused && !after.paused {
        notes.push(format!("{}: it stays paused", now.name));
    }
    after.protected |= now.protected;
    after.paused |= now.paused;
}

/// A volume that has grown to `has` since stays like that.
fn grown(has: u32, after: &mut Desired, notes: &mut Vec<String>) {
    let had = after.spec.volume_gib;
    if had < has {
        notes.push(format!("{}: its volume stays {has} GiB (it had {had} then); a volume only grows", after.name));
        after.spec.volume_gib = has;
    }
}

fn comes_back(
    situation: Situation<'_>,
    mut after: Desired,
    record: &Record,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let name = after.name.clone();
    let name = &name;
    if situation.snapshot.desired.values().any(|desired| desired.name == *name) {
        return Err(Refusal::invalid("to", format!("the name {name} was given to another deployment since")));
    }
    if !record.deleted {
        let next = "try again when it is gone; it comes back from its final copy then";
        return Err(Refusal::forbidden(format!("{name} is being deleted"), next));
    }
    decision.notes.push(match &record.final_copy {
        Some(copy) => format!("{name} was deleted since; it comes back from its final copy {copy}"),
        None => format!("{name} was deleted since and there is no final copy of it any more: it comes back empty"),
    });
    if !situation.site.names {
        // Without a name of its own a deployment is found by its port, and that is given anew.
        let note =
            format!("{name} is given a port again, which may be another: its clients need the one that is shown then");
        decision.notes.push(note);
    }
    if let Some(has) = situation.copies.get(&after.id) {
        grown(*has, &mut after, &mut decision.notes);
    }
    let record = Record { deletion: None, deleted: false, volume: None, instance: None, ..raised(record) };
    decision.after.push(After { desired: Some(after), record });
    Ok(())
}

#[cfg(test)]
mod tests;
