//! What must be true once nothing happens any more: read from the world itself, not from what the control plane saw.

use super::world::World;
use doltops::{
    model::{DeploymentId, Desired, DoltState, InstanceState, Observed, Power},
    reconcile::{differs, renewal},
};

impl World {
    /// What is not as it should be; none when all is.
    pub fn unsettled(&self) -> Option<String> {
        if !self.late.is_empty() {
            return Some("a call is still under way".to_owned());
        }
        let known = self.snapshot.records.keys().find_map(|id| self.unsettled_one(id));
        known.or_else(|| {
            let machines =
                self.machines.values().filter(|machine| machine.lives()).map(|machine| &machine.told.deployment);
            let mut all = machines.chain(self.volumes.values().map(|volume| &volume.deployment));
            all.find(|id| !self.snapshot.records.contains_key(id))
                .map(|id| format!("something of {id} that no record names"))
        })
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
            .collect();
        let volumes: Vec<_> = self.volumes.values().filter(|volume| volume.deployment == *id).collect();
        let record = self.record(id)?;
        match desired {
            _ if volumes.len() > 1 || machines.len() > 1 => {
                Some(format!("{id} has {} volumes and {} instances", volumes.len(), machines.len()))
            }
            None if record.deletion.is_some() && !record.deleted => Some(format!("{id} is not deleted yet")),
            None if !volumes.is_empty() || !machines.is_empty() => Some(format!("something of {id} is left over")),
            None => None,
            Some(desired) => {
                let machine = machines.first();
                if volumes.is_empty() && (desired.power == Power::Running || machine.is_some()) {
                    Some(format!("{id} has no volume"))
                } else if volumes.iter().any(|volume| volume.gib != desired.spec.volume_gib && machine.is_some()) {
                    Some(format!("{id}: its volume has another size"))
                } else if machine.is_some_and(|machine| machine.told.instance_type != desired.spec.instance_type) {
                    Some(format!("{id} has another type"))
                } else {
                    self.power(id, desired)
                }
            }
        }
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
                let applied = agent.deployed.as_ref()?;
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
        parts.push(format!(
            "{} {} {} deleted {} {desired:?} {machines:?} volumes {volumes:?} copies {copies} kept {}",
            record.name,
            record.generation,
            record.incarnation,
            record.deleted,
            record.final_copy.is_some()
        ));
    }
    parts.join("; ")
}
