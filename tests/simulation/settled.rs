//! What must be true once nothing happens any more: read from the world itself, not from what the control plane saw.

use super::world::{Machine, World};
use doltops::{
    model::{
        Applied, CertificateKind, DeploymentId, Desired, DoltState, Instance, InstanceState, Observed, Power, Volume,
    },
    reconcile::{differs, renewal},
};
use std::net::IpAddr;

impl World {
    /// What is not as it should be; none when all is.
    pub fn unsettled(&self) -> Option<String> {
        if !self.late.is_empty() {
            return Some("a call is still under way".to_owned());
        }
        let known = self.snapshot.records.keys().find_map(|id| self.unsettled_one(id));
        known.or_else(|| self.names_unsettled()).or_else(|| {
            let machines =
                self.machines.values().filter(|machine| machine.lives()).map(|machine| &machine.told.deployment);
            let addresses = self.addresses.values().map(|address| &address.deployment);
            let mut all = machines.chain(self.volumes.values().map(|volume| &volume.deployment)).chain(addresses);
            all.find(|id| !self.snapshot.records.contains_key(id))
                .map(|id| format!("something of {id} that no record names"))
        })
    }

    /// Whether a stray call made it, and nobody wants its deployment back.
    fn is_nobodys(&self, id: &str, deployment: &DeploymentId) -> bool {
        self.strays.contains(id) && !self.snapshot.desired.contains_key(deployment)
    }

    /// What stray calls made and nothing has taken away.
    pub fn strays_left(&self) -> Vec<String> {
        let machines = self.machines.values().filter(|machine| machine.lives());
        let machines = machines.map(|machine| (machine.told.id.as_str(), &machine.told.deployment));
        let volumes = self.volumes.values().map(|volume| (volume.id.as_str(), &volume.deployment));
        machines.chain(volumes).filter(|(id, whose)| self.is_nobodys(id, whose)).map(|(id, _)| id.to_owned()).collect()
    }

    pub fn unsettled_one(&self, id: &DeploymentId) -> Option<String> {
        let desired = self.snapshot.desired.get(id);
        if self.lost.contains(id) || desired.is_some_and(|desired| desired.paused) {
            return None;
        }
        let machines: Vec<_> = self
            .machines
            .values()
            .filter(|m| m.told.deployment == *id && m.told.state != InstanceState::Terminated)
            .filter(|m| !self.is_nobodys(m.told.id.as_str(), id))
            .collect();
        let own = |volume: &&Volume| volume.deployment == *id && !self.is_nobodys(volume.id.as_str(), id);
        let volumes: Vec<_> = self.volumes.values().filter(own).collect();
        let record = self.record(id)?;
        match desired {
            _ if volumes.len() > 1 || machines.len() > 1 => {
                Some(format!("{id} has {} volumes and {} instances", volumes.len(), machines.len()))
            }
            None if record.deletion.is_some() && !record.deleted => Some(format!("{id} is not deleted yet")),
            None if !volumes.is_empty() || !machines.is_empty() => Some(format!("something of {id} is left over")),
            None if self.addresses.values().any(|address| address.deployment == *id) => {
                Some(format!("an address of {id} is left over"))
            }
            None => None,
            Some(desired) => {
                let machine = machines.first();
                // What was stopped before its volume was made gets one when it is started.
                let never = machine.is_none_or(|machine| machine.told.state == InstanceState::Stopped);
                if volumes.is_empty() && (desired.power == Power::Running || !never) {
                    Some(format!("{id} has no volume"))
                } else if volumes.iter().any(|volume| volume.gib != desired.spec.volume_gib && machine.is_some()) {
                    Some(format!("{id}: its volume has another size"))
                } else if machine.is_some_and(|machine| !is_right(&machine.told, &desired.spec.instance_type)) {
                    Some(format!("{id} has another type"))
                } else if machine.is_some_and(|m| self.site.protects && m.told.protected != desired.protected) {
                    Some(format!("{id} is not protected as it should be"))
                } else if machine.is_some_and(|m| volumes.iter().any(|v| m.told.volume.as_ref() != Some(&v.id))) {
                    Some(format!("{id} has its volume elsewhere"))
                } else {
                    self.power(id, desired)
                }
            }
        }
    }

    /// A name leads to its own deployment's running instance, and every running deployment has one.
    fn names_unsettled(&self) -> Option<String> {
        let lead = self.names.values().filter(|found| {
            let exempt = |id: &DeploymentId| self.snapshot.desired.get(id).is_some_and(|desired| desired.paused);
            found.owner.as_ref().is_some_and(|owner| !exempt(owner))
        });
        for found in lead {
            let owner = found.owner.as_ref()?;
            let desired = self.snapshot.desired.get(owner).filter(|desired| desired.power == Power::Running);
            let own = desired.is_some_and(|desired| self.site.host_name(desired.name.as_str()) == found.name);
            if !own || self.clients_address(owner).is_none_or(|ip| found.addresses != [ip]) {
                return Some(format!("{} leads to {:?}, which is not where {owner} is", found.name, found.addresses));
            }
        }
        None
    }

    /// Where clients are to reach a deployment; none: it does not run.
    fn clients_address(&self, id: &DeploymentId) -> Option<IpAddr> {
        let runs = |m: &&Machine| m.told.deployment == *id && m.told.state == InstanceState::Running;
        let machine = self.machines.values().find(runs)?;
        let kept = self.addresses.values().find(|address| address.deployment == *id);
        match kept {
            Some(address) if address.instance.as_ref() != Some(&machine.told.id) => None,
            Some(address) => Some(address.ip),
            None if self.site.elastic => None,
            None => Some(machine.told.database.ip()),
        }
    }

    fn is_found(&self, desired: &Desired) -> bool {
        let name = self.site.host_name(desired.name.as_str());
        !self.site.names || self.names.get(&name).is_some_and(|found| found.owner.as_ref() == Some(&desired.id))
    }

    /// What is wrong with a certificate that is to be a public authority's.
    fn certificate(&self, desired: &Desired, applied: &Applied) -> Option<&'static str> {
        if desired.spec.certificate != CertificateKind::WebPki {
            return None;
        }
        if self.signed.wished.contains_key(&applied.certificate_serial) {
            return Some("serves a certificate that its authority is going to revoke");
        }
        let names = differs::certificate_names(desired, self.site, IpAddr::from([127, 0, 0, 1]));
        let own = applied.certificate_names != names;
        (own && self.may_be_signed(&names)).then_some("has no certificate of the public authority")
    }

    fn power(&self, id: &DeploymentId, desired: &Desired) -> Option<String> {
        let machine =
            self.machines.values().find(|m| m.told.deployment == *id && m.told.state != InstanceState::Terminated);
        match (desired.power, machine) {
            (Power::Running, None) => Some(format!("{id} has no instance")),
            (Power::Running, Some(machine)) => {
                let agent = &machine.agent;
                let record = self.record(id)?;
                if machine.told.state != InstanceState::Running || agent.dolt(self.now()) != DoltState::Up {
                    return Some(format!(
                        "{id} is {} and its Dolt {:?}",
                        machine.told.state.as_str(),
                        agent.dolt(self.now())
                    ));
                }
                if !self.is_found(desired) {
                    return Some(format!("the name of {id} does not lead to it"));
                }
                if self.site.credentials && agent.credentials.is_none_or(|until| until <= self.clock.stamp()) {
                    return Some(format!("{id} cannot send its metrics"));
                }
                let applied = agent.deployed.as_ref()?;
                if let Some(what) = self.certificate(desired, applied) {
                    return Some(format!("{id} {what}"));
                }
                let now = self.clock.stamp();
                let due = renewal::due(desired, applied, &Observed::default(), machine.told.incarnation, now);
                differs::deploy(applied, record, desired, due, now)
                    .map(|difference| format!("{id}: {}", difference.why))
                    .or_else(|| {
                        (record.instance.as_ref() != Some(&machine.told.id))
                            .then(|| format!("{id} is not written down"))
                    })
            }
            (Power::Stopped, Some(machine)) if machine.told.state != InstanceState::Stopped => {
                Some(format!("{id} is {}", machine.told.state.as_str()))
            }
            (Power::Stopped, _) => None,
        }
    }
}

/// The type that is wanted, or one that stands in for it with a reason.
fn is_right(instance: &Instance, wanted: &str) -> bool {
    let stands_in = instance.stands_in.as_ref();
    let told = stands_in.is_some_and(|it| it.is == instance.instance_type && it.wanted == wanted && !it.why.is_empty());
    instance.instance_type == wanted || told
}

/// The world as it ended, without ids and times: what two runs of the same operation must agree on.
pub fn end(world: &World) -> String {
    let mut parts = Vec::new();
    for (id, record) in &world.snapshot.records {
        let desired = world.snapshot.desired.get(id).map(|desired| (&desired.spec, desired.power));
        let machines: Vec<_> = world
            .machines
            .values()
            .filter(|machine| machine.told.deployment == *id && machine.told.state != InstanceState::Terminated)
            .map(|m| {
                (
                    m.told.incarnation,
                    &m.told.instance_type,
                    m.told.state,
                    m.agent.deployed.as_ref().map(|a| &a.settings),
                )
            })
            .collect();
        let volumes: Vec<_> = world.volumes.values().filter(|v| v.deployment == *id).map(|volume| volume.gib).collect();
        let copies = world.copies.values().filter(|(copy, _)| copy.deployment == *id && copy.completed).count();
        let names = world.names.values().filter(|found| found.owner.as_ref() == Some(id)).count();
        let addresses = world.addresses.values().filter(|address| address.deployment == *id).count();
        parts.push(format!(
            "{} {} {} deleted {} {desired:?} {machines:?} volumes {volumes:?} copies {copies} kept {} \
             names {names} addresses {addresses}",
            record.name,
            record.generation,
            record.incarnation,
            record.deleted,
            record.final_copy.is_some()
        ));
    }
    parts.join("; ")
}
