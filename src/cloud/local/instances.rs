//! The rules of instances, as EC2 has them.
//!
//! Nothing here starts or ends a process: a call writes down where the instance should be in its life, and `init`
//! brings its processes there. So a crash after any line leaves what the next look of `init` carries on.

use super::{
    inventory::{Inventory, later},
    layout, ports,
    records::{InstanceRecord, Record},
};
use crate::{
    cloud::{CloudError, LaunchRequest},
    model::{Instance, InstanceId, InstanceState},
};

/// The secret that an instance boots with.
pub const USER_DATA: &str = "user-data.toml";

impl Inventory {
    /// A new instance, pending; the one that this token made before where there is one.
    pub fn launch(&mut self, request: &LaunchRequest, user_data: &str) -> Result<Instance, CloudError> {
        self.still_ours()?;
        self.powered()?;
        if let Some(made) = self.instances.values().find(|instance| instance.tags.token == request.token) {
            return Ok(self.tell(made));
        }
        self.offered(&request.instance_type)?;
        let wanted = request.volume.as_ref().ok_or_else(|| {
            CloudError::Refused("an instance of this machine is launched with its volume, and none is named".to_owned())
        })?;
        let volume = self.volumes.get(wanted).ok_or_else(|| CloudError::NotFound(format!("volume {wanted}")))?;
        if let Some(holder) = self.holder(&volume.id) {
            let why =
                format!("the volume {} is attached to {}, which is {}", volume.id, holder.id, holder.state.as_str());
            let passing = holder.state == InstanceState::ShuttingDown;
            return Err(if passing { CloudError::Later(why) } else { CloudError::Refused(why) });
        }
        self.nothing_copies(wanted)?;

        let database_port = volume.port;
        let mut taken = self.ports();
        let agent_port = ports::find(&*self.env, &taken)?;
        taken.insert(agent_port);
        let metrics_port = ports::find(&*self.env, &taken)?;
        let now = self.env.now();
        let record = InstanceRecord {
            id: InstanceId::new(self.new_id::<InstanceRecord>()),
            tags: self.tags(&request.deployment, &request.name, &request.token),
            incarnation: request.incarnation,
            instance_type: request.instance_type.clone(),
            state: InstanceState::Pending,
            volume: wanted.clone(),
            agent_port,
            metrics_port,
            database_port,
            launched: now,
            started: now,
            ended: None,
        };
        self.layout
            .create(&record, |folder| layout::write(&folder.join(USER_DATA), user_data.as_bytes()))
            .map_err(|error| later(record.id(), &error))?;
        let instance = record.told(None);
        self.instances.insert(record.id.clone(), record);
        Ok(instance)
    }

    /// Begins to stop it.
    pub fn stop(&mut self, id: &InstanceId) -> Result<(), CloudError> {
        self.powered()?;
        let instance = self.instance(id)?;
        match instance.state {
            InstanceState::Pending | InstanceState::Running => self.go(id, InstanceState::Stopping),
            InstanceState::Stopping | InstanceState::Stopped => Ok(()),
            InstanceState::ShuttingDown | InstanceState::Terminated => Err(ended(instance)),
        }
    }

    /// Begins to start it.
    pub fn start(&mut self, id: &InstanceId) -> Result<(), CloudError> {
        self.powered()?;
        let instance = self.instance(id)?;
        match instance.state {
            InstanceState::Pending | InstanceState::Running => Ok(()),
            InstanceState::Stopping => {
                Err(CloudError::Later(format!("{id} is still stopping; it can be started once it has stopped")))
            }
            InstanceState::Stopped => {
                let volume = instance.volume.clone();
                self.nothing_copies(&volume)?;
                self.go(id, InstanceState::Pending)
            }
            InstanceState::ShuttingDown | InstanceState::Terminated => Err(ended(instance)),
        }
    }

    /// Gives it another type, in effect from its next start.
    pub fn change_type(&mut self, id: &InstanceId, to: &str) -> Result<(), CloudError> {
        self.powered()?;
        self.offered(to)?;
        let instance = self.instance(id)?;
        if instance.instance_type == to {
            return Ok(());
        }
        match instance.state {
            InstanceState::Stopped => {
                self.keep_instance(InstanceRecord { instance_type: to.to_owned(), ..instance.clone() })
            }
            InstanceState::ShuttingDown | InstanceState::Terminated => Err(ended(instance)),
            state => {
                Err(CloudError::Refused(format!("{id} is {}; stop it before its type is changed", state.as_str())))
            }
        }
    }

    /// Begins to end it for ever.
    pub fn terminate(&mut self, id: &InstanceId) -> Result<(), CloudError> {
        self.powered()?;
        match self.instance(id)?.state {
            InstanceState::ShuttingDown | InstanceState::Terminated => Ok(()),
            _ => self.go(id, InstanceState::ShuttingDown),
        }
    }

    /// Its processes are gone: it has arrived where it was going. Secrets of a terminated one go with it.
    pub(super) fn powered_off(&mut self, id: &InstanceId) -> Result<(), CloudError> {
        self.still_ours()?;
        self.agents.remove(id);
        let instance = self.instance(id)?.clone();
        match instance.state {
            InstanceState::Stopping => self.go(id, InstanceState::Stopped),
            InstanceState::ShuttingDown => {
                let folder = self.layout.folder::<InstanceRecord>(id.as_str());
                super::power::forget(&folder).map_err(|error| later(id.as_str(), &error))?;
                let ended = Some(self.env.now());
                self.keep_instance(InstanceRecord { state: InstanceState::Terminated, ended, ..instance })
            }
            _ => Ok(()),
        }
    }

    /// Its agent runs.
    pub(super) fn runs(&mut self, id: &InstanceId) -> Result<(), CloudError> {
        let (instance, started) = (self.instance(id)?.clone(), self.env.now());
        self.keep_instance(InstanceRecord { state: InstanceState::Running, started, ..instance })
    }

    /// Removes what is left of a terminated one.
    pub(super) fn bury(&mut self, id: &InstanceId) -> Result<(), CloudError> {
        self.still_ours()?;
        let aside = self.layout.put_aside::<InstanceRecord>(id.as_str()).map_err(|error| later(id.as_str(), &error))?;
        self.instances.remove(id);
        // Small, and removed by the next `open` where this fails.
        let _ = std::fs::remove_dir_all(aside);
        Ok(())
    }

    pub(super) fn instance(&self, id: &InstanceId) -> Result<&InstanceRecord, CloudError> {
        self.instances.get(id).ok_or_else(|| CloudError::NotFound(format!("instance {id}")))
    }

    fn go(&mut self, id: &InstanceId, state: InstanceState) -> Result<(), CloudError> {
        let instance = self.instance(id)?.clone();
        self.keep_instance(InstanceRecord { state, ..instance })
    }

    fn offered(&self, name: &str) -> Result<(), CloudError> {
        if self.types.iter().any(|offered| offered.name == name) {
            return Ok(());
        }
        let names: Vec<&str> = self.types.iter().map(|offered| offered.name.as_str()).collect();
        Err(CloudError::Refused(format!("there is no instance type '{name}' here; there are {}", names.join(", "))))
    }
}

fn ended(instance: &InstanceRecord) -> CloudError {
    CloudError::Refused(format!("{} is {}; launch another one", instance.id, instance.state.as_str()))
}
