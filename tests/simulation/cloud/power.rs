//! Starting what is stopped, and what is known of launches.

use super::{Outcome, gone, soon};
use crate::simulation::world::World;
use doltops::{
    cloud::{CloudError, LaunchRequest},
    model::{Instance, InstanceId, InstanceState},
};

impl World {
    pub(super) fn start(&mut self, process: usize, id: &InstanceId) -> Outcome<()> {
        let (now, chance) = (self.now(), self.random.next());
        let Some(machine) = self.machines.get(id) else {
            return Err(CloudError::NotFound(format!("instance {id}")));
        };
        let told = machine.told.clone();
        match told.state {
            InstanceState::Pending | InstanceState::Running => return Ok(()),
            InstanceState::Stopping => return Err(CloudError::Later("it is still stopping".to_owned())),
            InstanceState::Stopped => {}
            _ => return gone(machine),
        }
        self.capacity(&told.instance_type, &told.zone)?;
        self.may_touch(process, &told.deployment, "start-instance");
        let ip = self.new_ip();
        if let Some(machine) = self.machines.get_mut(id) {
            machine.told.state = InstanceState::Pending;
            machine.told.agent.set_ip(ip);
            machine.told.database.set_ip(ip);
            machine.ips.push(ip);
            machine.then = Some((soon(now, chance), InstanceState::Running));
        }
        Ok(())
    }

    /// A launch is asked for: no other of this deployment may be without a clear answer.
    pub(super) fn asks_for(&mut self, request: &LaunchRequest) {
        let before = self.unclear.insert(request.deployment.clone(), request.token.clone());
        // What made something is found by the next look, whoever looks.
        let made = before.as_ref().is_some_and(|before| self.tokens.contains_key(before));
        if before.as_ref().is_some_and(|before| *before != request.token) && !made {
            let id = &request.deployment;
            self.broke(format!("a launch of {id} is asked for while the fate of another is unknown"));
        }
    }

    pub(super) fn was_told(&mut self, request: &LaunchRequest, answer: &Outcome<Instance>) {
        match answer {
            Err(CloudError::Later(_)) => self.unclear.insert(request.deployment.clone(), request.token.clone()),
            _ => self.unclear.remove(&request.deployment),
        };
    }
}
