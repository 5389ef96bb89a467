//! What is to be asked for, so that what is desired becomes what the files say.
//!
//! Pure: the same files and the same state give the same changes, in the order of the deployments' names, deletions last.
//!
//! Guarantees
//! - Where nothing differs there is no change.
//! - Each change is one that a person could have asked for by a command: nothing is written that the control plane would
//!   not have checked.
//! - What cannot be done is refused here, with file and line, before anything is asked for: a smaller volume, another
//!   certificate, a type that is not offered, a deletion of what is protected or paused (all of them named).

use super::{Manifest, Place, Whole};
use crate::model::{DeploymentName, Power, Refusal, Settings};
use doltops_proto::hosted_api::{Change, change};
use std::collections::{BTreeMap, BTreeSet};

/// What there is.
#[derive(Clone, Debug, Default)]
pub struct Present {
    /// As it is desired, by name.
    pub desired: BTreeMap<DeploymentName, Whole>,
    /// Their names are taken until they are gone.
    pub going: BTreeSet<DeploymentName>,
    /// The types on offer.
    pub types: Vec<String>,
}

/// The changes; with `prune`, what is in no file is deleted.
///
/// # Errors
/// Names file, line and field, or what forbids it.
pub fn changes(files: &[Manifest], present: &Present, prune: bool) -> Result<Vec<Change>, Refusal> {
    let mut named: BTreeMap<&DeploymentName, &Manifest> = BTreeMap::new();
    for manifest in files {
        if let Some(first) = named.insert(&manifest.name.value, manifest) {
            let what = format!("{} stands in {} already", manifest.name.value, first.name.at);
            return Err(manifest.name.at.refuse("name", what));
        }
    }
    if named.is_empty() {
        return Err(Refusal::invalid("file", "there is no deployment in these files"));
    }
    let mut changes = Vec::new();
    for (name, manifest) in &named {
        if let Some(wanted) = &manifest.instance_type
            && !present.types.contains(&wanted.value)
        {
            let what = format!("'{}' is not offered; there are {}", wanted.value, present.types.join(", "));
            return Err(wanted.at.refuse("instance_type", what));
        }
        match present.desired.get(*name) {
            Some(now) => edit(manifest, now, &mut changes)?,
            None if present.going.contains(*name) => return Err(still_going(name, &manifest.name.at)),
            None => create(manifest, &mut changes),
        }
    }
    if prune {
        let rest: Vec<_> = present.desired.iter().filter(|(name, _)| !named.contains_key(name)).collect();
        delete(&rest, &mut changes)?;
    }
    Ok(changes.into_iter().map(|change| Change { change: Some(change) }).collect())
}

fn still_going(name: &DeploymentName, at: &Place) -> Refusal {
    Refusal::forbidden(format!("{at}: {name} is still being deleted"), "apply again when it is gone")
}

fn create(manifest: &Manifest, changes: &mut Vec<change::Change>) {
    let name = manifest.name.value.to_string();
    let settings = manifest.settings.as_ref().map(|settings| settings.as_map().clone().into_iter().collect());
    changes.push(change::Change::Create(change::Create {
        name: name.clone(),
        instance_type: manifest.instance_type.as_ref().map(|it| it.value.clone()).unwrap_or_default(),
        volume_gib: manifest.volume_gib.as_ref().map(|gib| gib.value.into()),
        certificate: manifest.certificate.as_ref().map(|kind| kind.value.to_string()).unwrap_or_default(),
        settings: settings.unwrap_or_default(),
        power: manifest.power.map(|power| power.to_string()).unwrap_or_default(),
    }));
    if manifest.protected == Some(true) {
        changes.push(change::Change::Protect(change::Protect { name: name.clone() }));
    }
    if manifest.paused == Some(true) {
        changes.push(change::Change::Pause(change::Pause { name }));
    }
}

fn edit(manifest: &Manifest, now: &Whole, changes: &mut Vec<change::Change>) -> Result<(), Refusal> {
    let name = manifest.name.value.to_string();
    if let Some(kind) = manifest.certificate.as_ref().filter(|kind| kind.value != now.certificate) {
        let what = format!("{name} was made with {}; it is chosen when a deployment is made", now.certificate);
        return Err(kind.at.refuse("certificate", what));
    }
    if let Some(gib) = manifest.volume_gib.as_ref().filter(|gib| gib.value < now.volume_gib) {
        let what =
            format!("{} GiB is less than the {} GiB that {name} has; a volume only grows", gib.value, now.volume_gib);
        return Err(gib.at.refuse("volume_gib", what));
    }
    let instance_type = manifest.instance_type.as_ref().map(|it| it.value.clone());
    let instance_type = instance_type.filter(|wanted| *wanted != now.instance_type);
    let volume_gib = manifest.volume_gib.as_ref().map(|gib| gib.value).filter(|gib| *gib != now.volume_gib);
    if instance_type.is_some() || volume_gib.is_some() {
        let volume_gib = volume_gib.map(u64::from);
        changes.push(change::Change::Resize(change::Resize { name: name.clone(), instance_type, volume_gib }));
    }
    if let Some(settings) = manifest.settings.as_ref().map(|wanted| differing(wanted, &now.settings))
        && !settings.is_empty()
    {
        changes.push(change::Change::Set(change::Set { name: name.clone(), settings }));
    }
    changes.extend(switches(manifest, now, &name));
    Ok(())
}

/// The settings to change; one that goes back to its default is empty.
fn differing(wanted: &Settings, now: &Settings) -> BTreeMap<String, String> {
    let (wanted, now) = (wanted.as_map(), now.as_map());
    let gone = now.keys().filter(|key| !wanted.contains_key(*key)).map(|key| (key.clone(), String::new()));
    let other = wanted.iter().filter(|(key, value)| now.get(*key) != Some(value));
    gone.chain(other.map(|(key, value)| (key.clone(), value.clone()))).collect()
}

fn switches(manifest: &Manifest, now: &Whole, name: &str) -> impl Iterator<Item = change::Change> {
    let name = || name.to_owned();
    let power = manifest.power.filter(|power| *power != now.power).map(|power| match power {
        Power::Running => change::Change::Start(change::Start { name: name() }),
        Power::Stopped => change::Change::Stop(change::Stop { name: name() }),
    });
    let protected = manifest.protected.filter(|on| *on != now.protected).map(|on| match on {
        true => change::Change::Protect(change::Protect { name: name() }),
        false => change::Change::Unprotect(change::Unprotect { name: name() }),
    });
    let paused = manifest.paused.filter(|on| *on != now.paused).map(|on| match on {
        true => change::Change::Pause(change::Pause { name: name() }),
        false => change::Change::Resume(change::Resume { name: name() }),
    });
    [power, protected, paused].into_iter().flatten()
}

fn delete(rest: &[(&DeploymentName, &Whole)], changes: &mut Vec<change::Change>) -> Result<(), Refusal> {
    let spared = |which: fn(&Whole) -> bool| {
        let names: Vec<&str> = rest.iter().filter(|(_, whole)| which(whole)).map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(names) = spared(|whole| whole.protected) {
        let next = "write files for them, or take their protection off first: doltops unprotect NAME";
        return Err(Refusal::forbidden(format!("in no file, and protected: {names}"), next));
    }
    if let Some(names) = spared(|whole| whole.paused) {
        let next = "write files for them, or resume them first: doltops resume NAME";
        return Err(Refusal::forbidden(format!("in no file, and paused: {names}"), next));
    }
    changes.extend(rest.iter().map(|(name, _)| {
        // How many go is typed once for all of them.
        change::Change::Delete(change::Delete { name: name.to_string(), confirm: String::new() })
    }));
    Ok(())
}
