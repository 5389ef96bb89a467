//! Where clients find a deployment: names in the DNS with their owners, and addresses that are kept.

use super::{Outcome, refused};
use crate::simulation::world::World;
use doltops::{
    cloud::{AddressRequest, CloudError},
    model::{Address, AddressId, DeploymentId, InstanceId, InstanceState, NameRecord},
};
use std::net::IpAddr;

/// As in a configuration.
const TTL: u32 = 60;

impl World {
    pub fn publish(&mut self, process: usize, name: &str, to: IpAddr, id: &DeploymentId) -> Outcome<()> {
        match self.names.get(name).map(|found| found.owner.clone()) {
            Some(None) => return refused(format!("{name} is somebody else's")),
            Some(Some(other)) if other != *id => return Err(CloudError::Later(format!("{name} is still {other}'s"))),
            _ => {}
        }
        self.may_touch(process, id, "publish-name");
        if !self.is_stray() && !self.has_served_at(id, to) {
            self.broke(format!("{name} is led to {to}, where no database of {id} ever was"));
        }
        let record = NameRecord { name: name.to_owned(), addresses: vec![to], ttl: TTL, owner: Some(id.clone()) };
        self.names.insert(name.to_owned(), record);
        Ok(())
    }

    /// Whether Dolt was started for the deployment where this address leads. It may have gone a moment ago.
    fn has_served_at(&self, id: &DeploymentId, ip: IpAddr) -> bool {
        let kept = self.addresses.values().any(|address| address.deployment == *id && address.ip == ip);
        let mut own = self.machines.values().filter(|machine| machine.told.deployment == *id);
        own.any(|machine| machine.agent.deployed.is_some() && (kept || machine.ips.contains(&ip)))
    }

    pub(super) fn withdraw(&mut self, process: usize, name: &str, id: &DeploymentId) -> Outcome<()> {
        if self.names.get(name).is_some_and(|found| found.owner.as_ref() == Some(id)) {
            self.may_touch(process, id, "withdraw-name");
            self.names.remove(name);
        }
        Ok(())
    }

    /// It is looked for by its tag: one that is gone is made anew.
    pub(super) fn allocate(&mut self, process: usize, request: &AddressRequest) -> Outcome<Address> {
        let made = self.tokens.get(&request.token).map(|(_, made)| AddressId::new(made.clone()));
        if let Some(address) = made.and_then(|made| self.addresses.get(&made)) {
            return Ok(address.clone());
        }
        self.may_touch(process, &request.deployment, "allocate-address");
        self.was_written_down(&request.deployment, "allocate-address");
        if self.addresses.values().any(|address| address.deployment == request.deployment) {
            self.broke(format!("a second address of {} is allocated", request.deployment));
        }
        let (id, ip) = (AddressId::new(self.new_id("eip")), self.new_ip());
        let address = Address { id: id.clone(), deployment: request.deployment.clone(), ip, instance: None };
        self.tokens.insert(request.token.clone(), ("address".to_owned(), id.to_string()));
        self.addresses.insert(id, address.clone());
        Ok(address)
    }

    pub(super) fn associate(&mut self, process: usize, id: &AddressId, to: &InstanceId) -> Outcome<()> {
        let Some(machine) = self.machines.get(to) else { return Err(CloudError::NotFound(format!("instance {to}"))) };
        let (state, whose) = (machine.told.state, machine.told.deployment.clone());
        match state {
            InstanceState::Running | InstanceState::Stopped => {}
            InstanceState::Pending | InstanceState::Stopping => {
                return Err(CloudError::Later(format!("{to} is {}", state.as_str())));
            }
            _ => return refused(format!("{to} is {}", state.as_str())),
        }
        let Some(address) = self.addresses.get_mut(id) else {
            return Err(CloudError::NotFound(format!("address {id}")));
        };
        address.instance = Some(to.clone());
        let owner = address.deployment.clone();
        if owner != whose {
            self.broke(format!("{id} of {owner} is led to {to} of {whose}"));
        }
        self.may_touch(process, &owner, "associate-address");
        Ok(())
    }

    pub(super) fn release(&mut self, process: usize, id: &AddressId) -> Outcome<()> {
        let Some(address) = self.addresses.get(id) else { return Err(CloudError::NotFound(format!("address {id}"))) };
        let owner = address.deployment.clone();
        self.may_touch(process, &owner, "release-address");
        if self.snapshot.desired.contains_key(&owner) {
            self.broke(format!("{id} is released though {owner} is wanted"));
        }
        self.addresses.remove(id);
        Ok(())
    }
}
