//! The simulated cloud, behind the product's own trait: it keeps the trait's promises and EC2's rules.
//!
//! Client tokens are remembered with their parameters; the token of something that is gone is refused, as EC2 does.

use super::agent::Agent;
use super::world::{Broken, Machine, Shared, World, lock};
use async_trait::async_trait;
use doltops::{
    cloud::{Cloud, CloudError, LaunchRequest, View, VolumeRequest},
    model::{Copy, CopyId, Instance, InstanceId, InstanceState, InstanceType, Site, StandsIn, Volume, VolumeId},
};
use std::{sync::LazyLock, time::Duration};

pub static TYPES: LazyLock<Vec<InstanceType>> = LazyLock::new(|| {
    [("sim.small", 1), ("sim.large", 2)]
        .map(|(name, vcpus)| InstanceType { name: name.to_owned(), memory_mib: 512, vcpus, max_connections: 100 })
        .to_vec()
});

/// Like this machine: no zones, no names, a volume before its instance.
pub static SITE: LazyLock<Site> = LazyLock::new(|| Site { domain: "localhost".to_owned(), ..Site::default() });

/// The cloud as one process of the control plane reaches it.
pub struct SimCloud {
    pub world: Shared,
    pub process: usize,
}

type Outcome<T> = Result<T, CloudError>;

fn refused<T>(why: impl Into<String>) -> Outcome<T> {
    Err(CloudError::Refused(why.into()))
}

impl SimCloud {
    fn call<T>(&self, what: &str, apply: impl FnOnce(&mut World) -> Outcome<T> + Send + 'static) -> Outcome<T> {
        lock(&self.world).effect(self.process, what, CloudError::Later, |world| {
            let result = apply(world);
            world.remember_view();
            result
        })
    }

    fn on_instance(
        &self,
        what: &'static str,
        id: &InstanceId,
        change: impl FnOnce(&mut Machine, Duration, u64) -> Outcome<()> + Send + 'static,
    ) -> Outcome<()> {
        let (process, id) = (self.process, id.clone());
        self.call(&format!("{what} {id}"), move |world| {
            let (now, chance) = (world.now(), world.random.next());
            let Some(machine) = world.machines.get_mut(&id) else {
                return Err(CloudError::NotFound(format!("instance {id}")));
            };
            let deployment = machine.told.deployment.clone();
            let result = change(machine, now, chance);
            world.may_touch(process, &deployment, what);
            if what == "terminate-instance" {
                world.was_written_down(&deployment, what);
            }
            result
        })
    }
}

impl World {
    /// What this token made; an error where its parameters were others or what it made is gone.
    fn made_by(&self, token: &str, parameters: &str, lives: impl Fn(&str) -> bool) -> Outcome<Option<String>> {
        match self.tokens.get(token) {
            Some(_) if self.broken == Broken::NoToken => Ok(None),
            None => Ok(None),
            Some((before, _)) if before != parameters => refused("IdempotentParameterMismatch"),
            Some((_, made)) if !lives(made) => refused(format!("IdempotentInstanceTerminated: {made}")),
            Some((_, made)) => Ok(Some(made.clone())),
        }
    }

    fn new_id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}-{}", self.made)
    }

    fn holder(&self, volume: &VolumeId) -> Option<&Machine> {
        let holds = |m: &&Machine| m.told.volume.as_ref() == Some(volume) && m.told.state != InstanceState::Terminated;
        self.machines.values().find(holds)
    }

    fn copied_now(&self, volume: &VolumeId) -> Outcome<()> {
        match self.copies.values().any(|(copy, _)| copy.volume == *volume && !copy.completed) {
            true => Err(CloudError::Later(format!("{volume} is being copied"))),
            false => Ok(()),
        }
    }

    fn new_volume(&mut self, process: usize, request: &VolumeRequest) -> Outcome<Volume> {
        let parameters = format!("{} {:?}", request.gib, request.from);
        let there = |id: &str| self.volumes.contains_key(&VolumeId::new(id));
        if let Some(made) = self.made_by(&request.token, &parameters, there)? {
            return Ok(self.volumes[&VolumeId::new(made)].clone());
        }
        if let Some(from) = &request.from {
            match self.copies.get(from) {
                None => return Err(CloudError::NotFound(format!("copy {from}"))),
                Some((copy, _)) if !copy.completed => {
                    return Err(CloudError::Later(format!("{from} is being written")));
                }
                Some((copy, _)) if copy.gib > request.gib => return refused(format!("{from} needs {} GiB", copy.gib)),
                Some(_) => {}
            }
        }
        self.may_touch(process, &request.deployment, "create-volume");
        self.was_written_down(&request.deployment, "create-volume");
        if self.volumes.values().any(|volume| volume.deployment == request.deployment) {
            self.broke(format!("a second volume of {} is made beside one that is there", request.deployment));
        }
        let known = self.record(&request.deployment).and_then(|record| record.final_copy.clone());
        if known != request.from {
            let what =
                format!("a new volume of {} begins with {:?} instead of {known:?}", request.deployment, request.from);
            self.broke(what);
        }
        let id = VolumeId::new(self.new_id("vol"));
        let volume = Volume {
            id: id.clone(),
            deployment: request.deployment.clone(),
            gib: request.gib,
            attached: None,
            zone: String::new(),
        };
        self.tokens.insert(request.token.clone(), (parameters, id.to_string()));
        self.volumes.insert(id, volume.clone());
        Ok(volume)
    }

    fn new_instance(&mut self, process: usize, request: &LaunchRequest) -> Outcome<Instance> {
        let Some(wanted) = &request.volume else { return refused("no volume is named".to_owned()) };
        let parameters = format!("{} {} {}", request.incarnation, request.instance_type, wanted);
        let lives = |id: &str| self.machines.get(&InstanceId::new(id)).is_some_and(Machine::lives);
        if let Some(made) = self.made_by(&request.token, &parameters, lives)? {
            return Ok(self.machines[&InstanceId::new(made)].told.clone());
        }
        if !self.volumes.contains_key(wanted) {
            return Err(CloudError::NotFound(format!("volume {wanted}")));
        }
        if let Some(holder) = self.holder(wanted) {
            return refused(format!("{wanted} is attached to {}", holder.told.id));
        }
        self.copied_now(wanted)?;
        self.may_touch(process, &request.deployment, "launch-instance");
        self.was_written_down(&request.deployment, "launch-instance");
        if self.machines.values().any(|m| m.told.deployment == request.deployment && m.lives()) {
            self.broke(format!("a second instance of {} is launched beside one that lives", request.deployment));
        }
        let last = self.incarnations.insert(request.deployment.clone(), request.incarnation.0).unwrap_or(0);
        if request.incarnation.0 <= last {
            self.broke(format!("{} is launched as {} after {last}", request.deployment, request.incarnation));
        }
        let id = InstanceId::new(self.new_id("i"));
        let number = u16::try_from(self.made % 60_000).unwrap_or(0);
        let address = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        let (now, boots) = (self.now(), Duration::from_secs(5 + self.random.below(35)));
        let stamp = self.clock.stamp();
        let told = Instance {
            id: id.clone(),
            deployment: request.deployment.clone(),
            incarnation: request.incarnation,
            instance_type: request.instance_type.clone(),
            state: InstanceState::Pending,
            stands_in: None,
            zone: String::new(),
            protected: false,
            volume: request.volume.clone(),
            agent: address(number + 1),
            database: address(3306),
            launched: stamp,
            started: stamp,
            agent_pid: None,
        };
        let never = if now < self.mute { Duration::MAX } else { Duration::ZERO };
        let agent = Agent { made: now, mute: never, ..Agent::default() };
        let machine =
            Machine { told: told.clone(), then: Some((now + boots, InstanceState::Running)), ended: None, agent };
        self.tokens.insert(request.token.clone(), (parameters, id.to_string()));
        self.machines.insert(id, machine);
        Ok(told)
    }

    fn destroy(&mut self, process: usize, id: &VolumeId) -> Outcome<()> {
        let Some(volume) = self.volumes.get(id).cloned() else {
            return Err(CloudError::NotFound(format!("volume {id}")));
        };
        if let Some(holder) = self.holder(id) {
            return refused(format!("{id} is attached to {}", holder.told.id));
        }
        self.copied_now(id)?;
        self.may_touch(process, &volume.deployment, "destroy-volume");
        self.was_written_down(&volume.deployment, "destroy-volume");
        let record = self.record(&volume.deployment);
        let copy = record.and_then(|record| record.final_copy.as_ref()).and_then(|copy| self.copies.get(copy));
        let copied = copy.is_some_and(|(copy, _)| copy.volume == *id && copy.completed);
        let marked = record.is_some_and(|record| record.deletion.is_some());
        if !marked || self.snapshot.desired.contains_key(&volume.deployment) {
            self.broke(format!("{id} is destroyed though nobody asked for the deletion of {}", volume.deployment));
        }
        if !copied {
            self.broke(format!("{id} is destroyed without a completed copy in its record"));
        }
        self.volumes.remove(id);
        Ok(())
    }

    fn take_copy(&mut self, process: usize, id: &VolumeId, token: &str) -> Outcome<Copy> {
        let there = |copy: &str| self.copies.contains_key(&CopyId::new(copy));
        if let Some(made) = self.made_by(token, id.as_str(), there)? {
            return Ok(self.copies[&CopyId::new(made)].0.clone());
        }
        let Some(volume) = self.volumes.get(id).cloned() else {
            return Err(CloudError::NotFound(format!("volume {id}")));
        };
        if let Some(holder) = self.holder(id).filter(|holder| holder.told.state != InstanceState::Stopped) {
            return refused(format!("{} is {}", holder.told.id, holder.told.state.as_str()));
        }
        self.may_touch(process, &volume.deployment, "take-final-copy");
        self.was_written_down(&volume.deployment, "take-final-copy");
        if self.copies.values().any(|(copy, _)| copy.volume == *id) {
            self.broke(format!("a second final copy of {id} is made"));
        }
        let copy = CopyId::new(self.new_id("snap"));
        let told = Copy {
            id: copy.clone(),
            deployment: volume.deployment,
            volume: id.clone(),
            gib: volume.gib,
            completed: false,
            taken: self.clock.stamp(),
        };
        let done = self.now() + Duration::from_secs(1 + self.random.below(60));
        self.tokens.insert(token.to_owned(), (id.to_string(), copy.to_string()));
        self.copies.insert(copy, (told.clone(), done));
        Ok(told)
    }
}

fn gone(machine: &Machine) -> Outcome<()> {
    refused(format!("{} is {}", machine.told.id, machine.told.state.as_str()))
}

/// Power changes take 2 to 20 s.
fn soon(now: Duration, chance: u64) -> Duration {
    now + Duration::from_secs(2 + chance % 19)
}

#[async_trait]
impl Cloud for SimCloud {
    fn provider(&self) -> &'static str {
        "simulated"
    }

    fn types(&self) -> &[InstanceType] {
        &TYPES
    }

    fn site(&self) -> &Site {
        &SITE
    }

    async fn look(&self) -> Outcome<View> {
        let mut world = lock(&self.world);
        let now = world.now();
        if world.is_dead(self.process) || now < world.blind {
            return Err(CloudError::Later("the cloud does not answer".to_owned()));
        }
        let age =
            |which: usize| Some(world.stale[which]).filter(|(_, until)| now < *until).map_or(Duration::ZERO, |s| s.0);
        let (instances, volumes, copies) = (world.view(age(0)), world.view(age(1)), world.view(age(2)));
        Ok(View {
            instances: instances.instances.clone(),
            volumes: volumes.volumes.clone(),
            copies: copies.copies.clone(),
            suspended: false,
            names: Vec::new(),
            addresses: Vec::new(),
        })
    }

    async fn create_volume(&self, request: &VolumeRequest) -> Outcome<Volume> {
        let (process, request) = (self.process, request.clone());
        let what = format!("create-volume {} GiB for {} from {:?}", request.gib, request.deployment, request.from);
        self.call(&what, move |world| world.new_volume(process, &request))
    }

    async fn launch(&self, request: &LaunchRequest, _: &str) -> Outcome<Instance> {
        let (process, request) = (self.process, request.clone());
        let what = format!(
            "launch {} of {} with {}",
            request.incarnation,
            request.deployment,
            request.volume.as_ref().map_or("none", VolumeId::as_str)
        );
        self.call(&what, move |world| world.new_instance(process, &request))
    }

    async fn stop(&self, instance: &InstanceId) -> Outcome<()> {
        self.on_instance("stop-instance", instance, |machine, now, chance| match machine.told.state {
            InstanceState::Pending | InstanceState::Running => {
                machine.agent.runs = None;
                machine.told.state = InstanceState::Stopping;
                machine.then = Some((soon(now, chance), InstanceState::Stopped));
                Ok(())
            }
            InstanceState::Stopping | InstanceState::Stopped => Ok(()),
            _ => gone(machine),
        })
    }

    async fn start(&self, instance: &InstanceId) -> Outcome<()> {
        self.on_instance("start-instance", instance, |machine, now, chance| match machine.told.state {
            InstanceState::Pending | InstanceState::Running => Ok(()),
            InstanceState::Stopping => Err(CloudError::Later("it is still stopping".to_owned())),
            InstanceState::Stopped => {
                machine.told.state = InstanceState::Pending;
                machine.then = Some((soon(now, chance), InstanceState::Running));
                Ok(())
            }
            _ => gone(machine),
        })
    }

    async fn change_type(&self, instance: &InstanceId, to: &str, _: Option<&StandsIn>) -> Outcome<()> {
        let to = to.to_owned();
        self.on_instance("change-type", instance, move |machine, _, _| match machine.told.state {
            InstanceState::Stopped => {
                machine.told.instance_type = to;
                Ok(())
            }
            _ => gone(machine),
        })
    }

    async fn terminate(&self, instance: &InstanceId) -> Outcome<()> {
        self.on_instance("terminate-instance", instance, |machine, now, chance| {
            machine.ends(now, chance);
            Ok(())
        })
    }

    async fn grow(&self, volume: &VolumeId, gib: u32) -> Outcome<()> {
        let (process, id) = (self.process, volume.clone());
        self.call(&format!("grow {id} to {gib} GiB"), move |world| {
            let Some(volume) = world.volumes.get_mut(&id) else {
                return Err(CloudError::NotFound(format!("volume {id}")));
            };
            if gib < volume.gib {
                return refused(format!("{id} has {} GiB", volume.gib));
            }
            volume.gib = gib;
            let deployment = volume.deployment.clone();
            world.may_touch(process, &deployment, "grow-volume");
            Ok(())
        })
    }

    async fn copy(&self, volume: &VolumeId, token: &str) -> Outcome<Copy> {
        let (process, id, token) = (self.process, volume.clone(), token.to_owned());
        self.call(&format!("copy {id}"), move |world| world.take_copy(process, &id, &token))
    }

    async fn destroy_volume(&self, volume: &VolumeId) -> Outcome<()> {
        let (process, id) = (self.process, volume.clone());
        self.call(&format!("destroy {id}"), move |world| world.destroy(process, &id))
    }

    async fn destroy_copy(&self, copy: &CopyId) -> Outcome<()> {
        let id = copy.clone();
        self.call(&format!("destroy {id}"), move |world| {
            let needed = world.snapshot.records.values().any(|record| record.final_copy.as_ref() == Some(&id));
            if needed {
                world.broke(format!("{id} is destroyed while a record counts on it"));
            }
            world.copies.remove(&id).map(drop).ok_or(CloudError::NotFound(format!("copy {id}")))
        })
    }

    async fn suspend(&self) -> Outcome<usize> {
        refused("it has no power switch")
    }
}

impl Machine {
    /// It begins to end, by us or behind our back.
    pub fn ends(&mut self, now: Duration, chance: u64) {
        if self.lives() {
            self.agent.runs = None;
            self.told.state = InstanceState::ShuttingDown;
            self.then = Some((soon(now, chance), InstanceState::Terminated));
        }
    }
}
