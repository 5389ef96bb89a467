//! What is made: volumes and instances, under tokens that are remembered with their parameters.
//!
//! The token of something that is gone is refused, as EC2 does.

use super::{Outcome, refused};
use crate::simulation::{
    agent::Agent,
    world::{Broken, Machine, World},
};
use doltops::{
    cloud::{CloudError, LaunchRequest, VolumeRequest},
    model::{DeploymentId, Instance, InstanceId, InstanceState, Volume, VolumeId},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

impl World {
    /// What this token made; an error where its parameters were others or what it made is gone. On AWS the driver looks
    /// for it by its tag first, and whatever it finds is the answer: EC2 is asked only where nothing is shown.
    pub(super) fn made_by(&mut self, token: &str, parameters: &str, lives: bool) -> Outcome<Option<String>> {
        match self.tokens.get(token).cloned().as_ref() {
            Some(_) if self.broken == Broken::NoToken => Ok(None),
            None => Ok(None),
            Some((before, _)) if before != parameters => {
                if self.site.volume_follows && !self.is_stray() {
                    self.broke(format!("a token is used for {parameters} and was used for {before}"));
                }
                let shown = self.tokens.get(token).map(|(_, made)| made.clone()).filter(|_| lives);
                match shown.filter(|_| self.site.volume_follows) {
                    Some(made) => Ok(Some(made)),
                    None => refused("IdempotentParameterMismatch"),
                }
            }
            Some((_, made)) if !lives => Err(CloudError::Spent(format!("IdempotentInstanceTerminated: {made}"))),
            Some((_, made)) => Ok(Some(made.clone())),
        }
    }

    pub(super) fn new_id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}-{}", self.made)
    }

    pub(super) fn holder(&self, volume: &VolumeId) -> Option<&Machine> {
        let holds = |m: &&Machine| m.told.volume.as_ref() == Some(volume) && m.told.state != InstanceState::Terminated;
        self.machines.values().find(holds)
    }

    pub(super) fn copied_now(&self, volume: &VolumeId) -> Outcome<()> {
        match self.copies.values().any(|(copy, _)| copy.volume == *volume && !copy.completed) {
            true => Err(CloudError::Later(format!("{volume} is being copied"))),
            false => Ok(()),
        }
    }

    pub(super) fn new_volume(&mut self, process: usize, request: &VolumeRequest) -> Outcome<Volume> {
        let parameters = format!("{} {:?} {:?}", request.gib, request.from, request.zone);
        if let Some(zone) = request.zone.as_ref().filter(|zone| !self.site.zones.contains(zone)) {
            return refused(format!("there is no zone {zone}"));
        }
        if request.zone.is_none() && !self.site.zones.is_empty() {
            return refused("a volume needs a zone");
        }
        let made = self.tokens.get(&request.token).map(|(_, made)| VolumeId::new(made.clone()));
        let there = made.is_some_and(|made| self.volumes.contains_key(&made));
        if let Some(made) = self.made_by(&request.token, &parameters, there)? {
            return Ok(self.volumes[&VolumeId::new(made)].clone());
        }
        if let Some(from) = &request.from {
            match self.copies.get(from) {
                // It is not the volume that is not there.
                None => return refused(format!("there is no copy {from}")),
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
        if self.lost.contains(&request.deployment) {
            self.broke(format!("the lost volume of {} is replaced", request.deployment));
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
            zone: request.zone.clone().unwrap_or_default(),
        };
        self.tokens.insert(request.token.clone(), (parameters, id.to_string()));
        self.is_made(id.as_str(), &volume.deployment);
        self.volumes.insert(id, volume.clone());
        Ok(volume)
    }

    pub(super) fn new_instance(&mut self, process: usize, request: &LaunchRequest) -> Outcome<Instance> {
        let parameters = format!(
            "{} {} {:?} {:?} {}",
            request.incarnation, request.instance_type, request.volume, request.zone, request.protected
        );
        let made = self.tokens.get(&request.token).map(|(_, made)| InstanceId::new(made.clone()));
        let shows = |machine: &Machine| machine.lives() || self.site.volume_follows;
        let shown = made.and_then(|made| self.machines.get(&made)).is_some_and(shows);
        if let Some(made) = self.made_by(&request.token, &parameters, shown)? {
            return Ok(self.machines[&InstanceId::new(made)].told.clone());
        }
        if self.site.volume_follows {
            self.may_have(request)?
        } else {
            self.may_begin_with(request)?
        }
        self.may_touch(process, &request.deployment, "launch-instance");
        self.was_written_down(&request.deployment, "launch-instance");
        if !self.is_stray() && self.machines.values().any(|m| m.told.deployment == request.deployment && m.lives()) {
            self.broke(format!("a second instance of {} is launched beside one that lives", request.deployment));
        }
        let last = self.incarnations.get(&request.deployment).copied().unwrap_or(0);
        self.incarnations.insert(request.deployment.clone(), last.max(request.incarnation.0));
        if request.incarnation.0 <= last && !self.is_stray() {
            self.broke(format!("{} is launched as {} after {last}", request.deployment, request.incarnation));
        }
        let id = InstanceId::new(self.new_id("i"));
        let number = u16::try_from(self.made % 60_000).unwrap_or(0);
        let ip = self.new_ip();
        let (now, boots) = (self.now(), Duration::from_secs(5 + self.random.below(35)));
        let stamp = self.clock.stamp();
        let told = Instance {
            id: id.clone(),
            deployment: request.deployment.clone(),
            incarnation: request.incarnation,
            instance_type: request.instance_type.clone(),
            state: InstanceState::Pending,
            stands_in: request.stands_in.clone(),
            zone: request.zone.clone().unwrap_or_default(),
            protected: request.protected,
            volume: request.volume.clone(),
            agent: SocketAddr::new(ip, number + 1),
            database: SocketAddr::new(ip, 3306),
            launched: stamp,
            started: stamp,
            agent_pid: None,
        };
        let never = if now < self.mute { Duration::MAX } else { Duration::ZERO };
        let agent = Agent { made: now, mute: never, ..Agent::default() };
        let machine = Machine {
            told: told.clone(),
            then: Some((now + boots, InstanceState::Running)),
            ended: None,
            agent,
            ips: vec![ip],
        };
        self.tokens.insert(request.token.clone(), (parameters, id.to_string()));
        self.is_made(id.as_str(), &told.deployment);
        self.machines.insert(id, machine);
        Ok(told)
    }

    /// By a call that was decided on what was, for what nobody wants any more.
    fn is_made(&mut self, id: &str, deployment: &DeploymentId) {
        if self.is_stray() && !self.snapshot.desired.contains_key(deployment) {
            self.strays.insert(id.to_owned());
        }
    }

    /// A cloud in which an instance is launched with its volume.
    fn may_begin_with(&self, request: &LaunchRequest) -> Outcome<()> {
        let Some(wanted) = &request.volume else { return refused("no volume is named") };
        if !self.volumes.contains_key(wanted) {
            return Err(CloudError::NotFound(format!("volume {wanted}")));
        }
        if let Some(holder) = self.holder(wanted) {
            return refused(format!("{wanted} is attached to {}", holder.told.id));
        }
        self.copied_now(wanted)
    }

    /// A cloud in which a volume follows: a zone with capacity. A call that was refused for capacity leaves its token
    /// behind all the same, with what it asked for.
    fn may_have(&mut self, request: &LaunchRequest) -> Outcome<()> {
        let Some(zone) = request.zone.as_ref().filter(|zone| self.site.zones.contains(zone)) else {
            return refused("an instance needs a zone");
        };
        if request.volume.is_some() {
            return refused("a volume is attached to what runs");
        }
        let asked = format!("{} {zone}", request.instance_type);
        let before = self.refused.entry(request.token.clone()).or_insert_with(|| asked.clone()).clone();
        if before != asked && !self.is_stray() {
            self.broke(format!("a token is used for {asked} and was used for {before}"));
            return refused("IdempotentParameterMismatch");
        }
        let answer = self.capacity(&request.instance_type, zone);
        // What is under way with the same token has the same answer.
        if self.applies_late && self.closed.contains(&request.token) {
            return refused("it was answered before");
        }
        if answer.is_err() {
            self.closed.insert(request.token.clone());
        } else {
            self.closed.remove(&request.token);
        }
        answer
    }

    /// Whether there is an instance of this type to be had.
    pub(super) fn capacity(&self, kind: &str, zone: &str) -> Outcome<()> {
        let until = self.full.get(&(kind.to_owned(), zone.to_owned()));
        match until.is_some_and(|until| self.now() < *until) {
            true => Err(CloudError::NoCapacity("InsufficientInstanceCapacity".to_owned())),
            false => Ok(()),
        }
    }

    /// An address that nothing had before; this machine has only one.
    pub(super) fn new_ip(&mut self) -> IpAddr {
        if !self.site.names {
            return Ipv4Addr::LOCALHOST.into();
        }
        self.ips += 1;
        IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + self.ips))
    }
}
