//! What is done behind our back in a world like AWS: capacity that runs out, and people who change what is ours.

use super::{
    schedule::{Event, name_of},
    site::{TYPES, ZONES},
    world::World,
};
use doltops::model::{DeploymentId, InstanceState, NameRecord};
use std::net::{IpAddr, Ipv4Addr};

/// Nobody's instance.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

impl World {
    pub fn behind_our_back(&mut self, event: &Event) {
        let now = self.now();
        match event {
            Event::Full { kind, zone, lasting } => {
                let all = TYPES.iter().enumerate().flat_map(|(at, kind)| ZONES.map(|zone| (at, &kind.name, zone)));
                // The number after the last means all of them.
                let is = |at: u64, which: u64, count: usize| at == which || which >= count as u64;
                for (at, name, in_zone) in all {
                    let number = ZONES.iter().position(|other| *other == in_zone).unwrap_or(0);
                    if is(at as u64, *kind, TYPES.len()) && is(number as u64, *zone, ZONES.len()) {
                        self.full.insert((name.clone(), in_zone.to_owned()), now + *lasting);
                    }
                }
            }
            Event::Foreign { name } => {
                let name = self.site.host_name(&name_of(*name));
                let found = NameRecord { name: name.clone(), addresses: vec![ELSEWHERE], ttl: 300, owner: None };
                self.names.insert(name, found);
            }
            _ => {}
        }
    }

    pub fn behind_our_back_of(&mut self, event: &Event, id: &DeploymentId) {
        let machine = self.machines.values_mut().find(|machine| machine.told.deployment == *id && machine.lives());
        match (event, machine) {
            (Event::Detached { .. }, Some(machine)) => {
                machine.told.volume = None;
                machine.agent.unmounted = machine.agent.runs.is_some();
            }
            (Event::Retyped { .. }, Some(machine))
                if matches!(machine.told.state, InstanceState::Running | InstanceState::Stopped) =>
            {
                machine.agent.runs = None;
                machine.told.state = InstanceState::Stopped;
                "sim.other".clone_into(&mut machine.told.instance_type);
            }
            (Event::Renamed { gone, .. }, _) => {
                let own = |found: &&mut NameRecord| found.owner.as_ref() == Some(id);
                if let Some(found) = self.names.values_mut().find(own) {
                    found.addresses = if *gone { Vec::new() } else { vec![ELSEWHERE] };
                }
            }
            _ => {}
        }
        self.remember_view();
    }
}
