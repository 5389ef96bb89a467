//! What carries this control plane's mark and belongs to no deployment.
//!
//! Pure: one look and one snapshot give a list; since when each was seen so is kept beside it ([`Seen`]).
//!
//! Guarantees
//! - What a deployment has, is about to have or is about to lose is never in the list: an older instance is ended by
//!   its plan, a final copy is kept by its record.
//! - Something counts as an orphan only once it was seen so for the whole grace: what is made a moment before it is
//!   written down is none.
//!
//! Not here: removing it. The manager does that by policy, and the Hosted API by a person's word.

use super::observer::Look;
use crate::{
    model::{DeploymentId, InstanceState, OrphanPolicy, Record, Site},
    store::Snapshot,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How many a pass removes by itself. More at once looks like a store that was restored or lost, and is for a person.
pub const BRAKE: usize = 3;

/// What becomes of what belongs to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether it is removed without being asked.
    pub policy: OrphanPolicy,
    /// For how long it may belong to nothing before it counts.
    pub grace: SignedDuration,
}

impl Default for Rules {
    /// Nothing is removed; half an hour is longer than any try of the control plane's own lasts.
    fn default() -> Self {
        Self { policy: OrphanPolicy::Keep, grace: SignedDuration::from_mins(30) }
    }
}

/// What kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An instance.
    Instance,
    /// A data volume.
    Volume,
    /// A copy of a volume.
    Copy,
    /// An address that is kept.
    Address,
    /// A name record.
    Name,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Instance => "instance",
            Kind::Volume => "volume",
            Kind::Copy => "copy",
            Kind::Address => "address",
            Kind::Name => "name",
        }
    }

    /// Whether data is in it: then only a person removes it.
    pub fn holds_data(self) -> bool {
        matches!(self, Kind::Volume | Kind::Copy)
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// What it is.
    pub kind: Kind,
    /// The cloud's name for it; of a name record the host name.
    pub id: String,
    /// The deployment that its tag names.
    pub deployment: DeploymentId,
    /// The name that this deployment had, as far as it is known: by its record, else by what the cloud shows for it.
    pub name: String,
    /// Why it belongs to nothing.
    pub why: String,
    /// GiB of a volume or a copy; 0: it has no size.
    pub gib: u32,
    /// Since when it was seen so.
    pub since: Timestamp,
}

impl Orphan {
    /// From when on it counts, and may be removed.
    pub fn counts(&self, rules: &Rules) -> Timestamp {
        self.since.saturating_add(rules.grace).unwrap_or(Timestamp::MAX)
    }
}

/// Since when each resource was seen to belong to nothing.
pub type Since = BTreeMap<(Kind, String), Timestamp>;

/// Everything in the look that belongs to no deployment; `since` is brought up to date. With the grace passed or not.
pub fn find(look: &Look, snapshot: &Snapshot, site: &Site, since: &mut Since, now: Timestamp) -> Vec<Orphan> {
    let mut found = Vec::new();
    let mut put = |kind: Kind, id: String, gib: u32, deployment: &DeploymentId, why: Option<String>| {
        let Some(why) = why else { return };
        let recorded = snapshot.records.get(deployment).map(|record| record.name.to_string());
        let name = recorded.or_else(|| look.label(&id).map(str::to_owned)).unwrap_or_default();
        let since = since.get(&(kind, id.clone())).copied().unwrap_or(now);
        found.push(Orphan { kind, id, deployment: deployment.clone(), name, why, gib, since });
    };
    for it in look.instances().filter(|it| !matches!(it.state, InstanceState::Terminated | InstanceState::ShuttingDown))
    {
        put(Kind::Instance, it.id.to_string(), 0, &it.deployment, nobodys(snapshot, &it.deployment));
    }
    for it in look.volumes() {
        let beside = |record: &Record| {
            let own = record.volume.as_ref().filter(|own| **own != it.id)?;
            look.volumes().any(|other| other.id == *own).then(|| format!("{} has {own}", record.name))
        };
        let why = nobodys(snapshot, &it.deployment).or_else(|| snapshot.records.get(&it.deployment).and_then(beside));
        put(Kind::Volume, it.id.to_string(), it.gib, &it.deployment, why.filter(|_| it.attached.is_none()));
    }
    for it in look.copies() {
        let kept = snapshot.records.get(&it.deployment).and_then(|record| record.final_copy.as_ref());
        let why = nobodys(snapshot, &it.deployment).filter(|_| kept != Some(&it.id));
        put(Kind::Copy, it.id.to_string(), it.gib, &it.deployment, why);
    }
    let mut first: BTreeMap<&DeploymentId, &str> = BTreeMap::new();
    let mut addresses: Vec<_> = look.addresses().collect();
    addresses.sort_by(|a, b| a.id.cmp(&b.id));
    for it in addresses {
        let own = *first.entry(&it.deployment).or_insert(it.id.as_str());
        let beside = (own != it.id.as_str()).then(|| format!("{} has {own}", it.deployment));
        put(Kind::Address, it.id.to_string(), 0, &it.deployment, nobodys(snapshot, &it.deployment).or(beside));
    }
    for it in look.names() {
        let Some(owner) = &it.owner else { continue };
        let other = |record: &Record| {
            let name = site.host_name(record.name.as_str());
            (name != it.name).then(|| format!("{} is now {name}", record.name))
        };
        let why = nobodys(snapshot, owner).or_else(|| snapshot.records.get(owner).and_then(other));
        put(Kind::Name, it.name.clone(), 0, owner, why);
    }
    found.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    *since = found.iter().map(|orphan| ((orphan.kind, orphan.id.clone()), orphan.since)).collect();
    found
}

/// Why nothing of this deployment should be; none: something may.
fn nobodys(snapshot: &Snapshot, id: &DeploymentId) -> Option<String> {
    if snapshot.desired.contains_key(id) {
        return None;
    }
    match snapshot.records.get(id) {
        None => Some(format!("no record names {id}")),
        Some(record) if record.deleted => Some(format!("{} was deleted", record.name)),
        // Its deletion is under way, or the store is half restored: neither is for us to judge.
        Some(_) => None,
    }
}

/// Those that have been orphans for the whole grace.
pub fn ripe(found: &[Orphan], rules: &Rules, now: Timestamp) -> Vec<Orphan> {
    found.iter().filter(|orphan| orphan.counts(rules) <= now).cloned().collect()
}

/// What the policy removes in this pass: nothing that holds data, and nothing at all when it is more than a few.
///
/// # Errors
/// How many they are, when that is more than a few.
pub fn to_remove(ripe: &[Orphan], rules: &Rules) -> Result<Vec<Orphan>, usize> {
    if rules.policy == OrphanPolicy::Keep {
        return Ok(Vec::new());
    }
    let all: Vec<Orphan> = ripe.iter().filter(|orphan| !orphan.kind.holds_data()).cloned().collect();
    if all.len() > BRAKE { Err(all.len()) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cloud::View,
        model::{Volume, VolumeId},
    };
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    /// One that nobody has a record of is shown at once with what is known of it, and counts after the grace.
    #[test]
    fn what_is_young_is_found_and_does_not_count_yet() {
        let volume = Volume {
            id: VolumeId::new("vol-1"),
            deployment: DeploymentId::new("d-lost"),
            gib: 20,
            attached: None,
            zone: "1a".to_owned(),
        };
        let labels = BTreeMap::from([("vol-1".to_owned(), "orders".to_owned())]);
        let look = Look::of(View { volumes: vec![volume], labels, ..View::default() }, Duration::ZERO, None);
        let (mut since, rules) = (Since::new(), Rules::default());
        let nothing = Snapshot {
            commit: "0".repeat(32).parse().expect("a hash"),
            desired: BTreeMap::new(),
            records: BTreeMap::new(),
            last_change: BTreeMap::new(),
        };
        let find = |now, since: &mut Since| find(&look, &nothing, &Site::default(), since, now);
        let found = find(NOW, &mut since);
        assert_eq!((found[0].name.as_str(), found[0].gib), ("orders", 20));
        assert_eq!(found[0].counts(&rules), NOW + rules.grace);
        assert!(ripe(&found, &rules, NOW).is_empty());
        let later = NOW + rules.grace;
        assert_eq!(ripe(&find(later, &mut since), &rules, later).len(), 1);
    }
}
