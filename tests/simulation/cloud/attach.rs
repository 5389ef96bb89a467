//! Which volume is at which instance.

use super::{Outcome, refused};
use crate::simulation::world::World;
use doltops::{
    cloud::CloudError,
    model::{InstanceId, InstanceState, VolumeId},
};

impl World {
    /// Only what is detached, in the same zone, to what runs or is stopped.
    pub(super) fn attach(&mut self, process: usize, id: &VolumeId, to: &InstanceId) -> Outcome<()> {
        let Some(volume) = self.volumes.get(id).cloned() else {
            return Err(CloudError::NotFound(format!("volume {id}")));
        };
        let holder = self.holder(id).map(|holder| holder.told.id.clone());
        let now = self.now();
        let Some(machine) = self.machines.get_mut(to) else {
            return Err(CloudError::NotFound(format!("instance {to}")));
        };
        let state = machine.told.state;
        match (holder, state) {
            (Some(holder), _) if holder == *to => return Ok(()),
            (Some(holder), _) => return refused(format!("{id} is attached to {holder}")),
            (None, InstanceState::Pending | InstanceState::Stopping) => {
                return Err(CloudError::Later(format!("{to} is {}", state.as_str())));
            }
            (None, InstanceState::ShuttingDown | InstanceState::Terminated) => {
                return refused(format!("{to} is {}", state.as_str()));
            }
            (None, InstanceState::Running | InstanceState::Stopped) => {}
        }
        if machine.told.zone != volume.zone {
            return refused(format!("{id} is in {} and {to} in {}", volume.zone, machine.told.zone));
        }
        let whose = machine.told.deployment.clone();
        machine.told.volume = Some(id.clone());
        // The image's boot has waited for it.
        if state == InstanceState::Running && machine.agent.runs.is_none() {
            machine.agent.boots(now);
        }
        if whose != volume.deployment {
            self.broke(format!("{id} of {} is attached to {to} of {whose}", volume.deployment));
        }
        self.may_touch(process, &whose, "attach-volume");
        Ok(())
    }
}
