//! A look at the cloud, by deployment: of everything, with the newer looks at what is in flight put into it.
//!
//! Guarantees
//! - A look at some deployments replaces their parts entirely, so that what has gone goes.
//! - Of two looks at one deployment the one that began later counts, whichever answer came first.

use crate::{
    cloud::View,
    model::{Address, Copy, DeploymentId, Instance, InstanceState, NameRecord, Observed, Record, Seen, Volume},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// A look at the cloud, by deployment.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// When the look at everything began.
    pub(super) began: Duration,
    /// The cloud's power switch is off.
    pub suspended: bool,
    by: BTreeMap<DeploymentId, Arc<Part>>,
    names: Arc<BTreeMap<String, NameRecord>>,
    labels: Arc<BTreeMap<String, String>>,
}

/// One deployment's part.
#[derive(Debug, Default)]
struct Part {
    began: Duration,
    /// The look at it failed.
    unknown: bool,
    instances: Vec<Instance>,
    volumes: Vec<Volume>,
    copies: Vec<Copy>,
    addresses: Vec<Address>,
}

impl Look {
    /// A look at everything; what `before` knows of a deployment from a later look stays.
    pub(in crate::reconcile) fn of(view: View, began: Duration, before: Option<&Look>) -> Self {
        let names = view.names.iter().map(|name| (name.name.clone(), name.clone())).collect();
        let labels = Arc::new(view.labels.clone());
        let mut look =
            Look { began, suspended: view.suspended, by: parts(view, began), names: Arc::new(names), labels };
        let later: BTreeSet<DeploymentId> = before
            .iter()
            .flat_map(|before| &before.by)
            .filter(|(_, part)| part.began > began && !part.unknown)
            .map(|(id, _)| id.clone())
            .collect();
        if let (Some(before), false) = (before, later.is_empty()) {
            look.suspended = before.suspended;
            look.by.extend(later.iter().filter_map(|id| Some((id.clone(), before.by.get(id)?.clone()))));
            look.put_names(before.names.values(), &later);
        }
        look
    }

    /// This look with a newer one at some deployments put into it; `None`: that failed, and they are unknown.
    pub(super) fn with(&self, view: Option<&View>, ids: &BTreeSet<DeploymentId>, began: Duration) -> Self {
        let mut look = self.clone();
        let mut found = view.map(|view| parts(view.clone(), began)).unwrap_or_default();
        for id in ids {
            let nothing = Part { began, unknown: view.is_none(), ..Part::default() };
            look.by.insert(id.clone(), found.remove(id).unwrap_or_else(|| Arc::new(nothing)));
        }
        if let Some(view) = view {
            look.suspended = view.suspended;
            look.put_names(view.names.iter(), ids);
        }
        look
    }

    /// Names of these deployments become what `found` says, and what it says of others' is taken too where it is new.
    fn put_names<'a>(&mut self, found: impl Iterator<Item = &'a NameRecord>, ids: &BTreeSet<DeploymentId>) {
        let ours = |name: &NameRecord| name.owner.as_ref().is_some_and(|owner| ids.contains(owner));
        let mut names: BTreeMap<String, NameRecord> =
            self.names.iter().filter(|(_, name)| !ours(name)).map(|(key, name)| (key.clone(), name.clone())).collect();
        names.extend(
            found.filter(|name| ours(name) || name.owner.is_none()).map(|name| (name.name.clone(), name.clone())),
        );
        if names != *self.names {
            self.names = Arc::new(names);
        }
    }

    /// When the look at this deployment began.
    pub(super) fn since(&self, id: &DeploymentId) -> Duration {
        self.by.get(id).map_or(self.began, |part| part.began)
    }

    /// Every instance.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.by.values().flat_map(|part| &part.instances)
    }

    /// Every volume.
    pub fn volumes(&self) -> impl Iterator<Item = &Volume> {
        self.by.values().flat_map(|part| &part.volumes)
    }

    /// Every copy.
    pub fn copies(&self) -> impl Iterator<Item = &Copy> {
        self.by.values().flat_map(|part| &part.copies)
    }

    /// Every address that is kept.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.by.values().flat_map(|part| &part.addresses)
    }

    /// What the cloud itself shows people for a resource; by the last look at everything.
    pub fn label(&self, id: &str) -> Option<&str> {
        self.labels.get(id).map(String::as_str)
    }

    /// Every name under the site's domain.
    pub fn names(&self) -> impl Iterator<Item = &NameRecord> {
        self.names.values()
    }

    /// What is there of a deployment, without what its agent says; none: the look at it failed.
    pub(super) fn observed(&self, record: &Record, host_name: &str) -> Option<Observed> {
        let nothing = Arc::default();
        let part = self.by.get(&record.id).unwrap_or(&nothing);
        if part.unknown {
            return None;
        }
        let newest = part.instances.iter().max_by_key(|instance| instance.incarnation);
        let older = part
            .instances
            .iter()
            .filter(|i| i.state != InstanceState::Terminated && Some(i.incarnation) != newest.map(|n| n.incarnation))
            .cloned()
            .collect();
        let volume = volume(part, newest, record);
        Some(Observed {
            instance: newest.cloned().into(),
            older,
            volume: volume.cloned().into(),
            copy: copy(part, volume, record).cloned().into(),
            agent: Seen::Absent,
            name: self.names.get(host_name).cloned().into(),
            address: part.addresses.first().cloned().into(),
            ..Observed::default()
        })
    }
}

/// The volume that matters: the one written down; else the one that its instance has; else the first.
fn volume<'a>(part: &'a Part, newest: Option<&Instance>, record: &Record) -> Option<&'a Volume> {
    let written_down = part.volumes.iter().find(|volume| Some(&volume.id) == record.volume.as_ref());
    let has = || part.volumes.iter().find(|v| v.attached.is_some() && v.attached.as_ref() == newest.map(|n| &n.id));
    written_down.or_else(has).or_else(|| part.volumes.first())
}

/// The copy that matters: of the present volume; else the one written down; else the newest.
fn copy<'a>(part: &'a Part, volume: Option<&Volume>, record: &Record) -> Option<&'a Copy> {
    let of_volume = part.copies.iter().find(|copy| Some(&copy.volume) == volume.map(|volume| &volume.id));
    let written_down = || part.copies.iter().find(|copy| Some(&copy.id) == record.final_copy.as_ref());
    of_volume.or_else(written_down).or_else(|| part.copies.iter().max_by_key(|copy| copy.taken))
}

fn parts(view: View, began: Duration) -> BTreeMap<DeploymentId, Arc<Part>> {
    let mut by: BTreeMap<DeploymentId, Part> = BTreeMap::new();
    let mut part = |id: &DeploymentId, put: &mut dyn FnMut(&mut Part)| {
        put(by.entry(id.clone()).or_insert_with(|| Part { began, ..Part::default() }));
    };
    for instance in view.instances {
        part(&instance.deployment.clone(), &mut |part| part.instances.push(instance.clone()));
    }
    for volume in view.volumes {
        part(&volume.deployment.clone(), &mut |part| part.volumes.push(volume.clone()));
    }
    for copy in view.copies {
        part(&copy.deployment.clone(), &mut |part| part.copies.push(copy.clone()));
    }
    for address in view.addresses {
        part(&address.deployment.clone(), &mut |part| part.addresses.push(address.clone()));
    }
    let done = |(id, mut part): (DeploymentId, Part)| {
        part.volumes.sort_by(|a, b| a.id.cmp(&b.id));
        part.addresses.sort_by(|a, b| a.id.cmp(&b.id));
        (id, Arc::new(part))
    };
    by.into_iter().map(done).collect()
}
