//! The simulated cloud, behind the product's own trait: it keeps the trait's promises and EC2's rules.
//!
//! Client tokens are remembered with their parameters; the token of something that is gone is refused, as EC2 does.

mod attach;
mod ending;
mod making;
mod network;
mod power;

use super::{
    gate::{self, CLOUD},
    schedule::No,
    site::Kind,
    world::{Broken, Machine, Shared, World, lock},
};
use async_trait::async_trait;
use doltops::{
    cloud::{AddressRequest, Cloud, CloudError, Credentials, LaunchRequest, View, VolumeRequest},
    model::{
        Address, AddressId, Copy, CopyId, DeploymentId, Instance, InstanceId, InstanceState, InstanceType, Site,
        StandsIn, Volume, VolumeId,
    },
    secrets::Secret,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Mutex,
    time::Duration,
};

/// The cloud as one process of the control plane reaches it.
pub struct SimCloud {
    pub world: Shared,
    pub process: usize,
    pub kind: Kind,
    /// The last look at everything, for a build that looks no more.
    last: Mutex<Option<View>>,
}

type Outcome<T> = Result<T, CloudError>;

fn refused<T>(why: impl Into<String>) -> Outcome<T> {
    Err(CloudError::Refused(why.into()))
}

impl SimCloud {
    pub fn new(world: &Shared, process: usize, kind: Kind) -> Self {
        Self { world: world.clone(), process, kind, last: Mutex::default() }
    }

    async fn call<T>(&self, what: &str, apply: impl FnOnce(&mut World) -> Outcome<T> + Send + 'static) -> Outcome<T> {
        let (process, told) = (self.process, what.to_owned());
        let applies = move |world: &mut World| {
            world.was_asked_by_the_holder(process, &told);
            let result = apply(world);
            world.remember_view();
            result
        };
        gate::effect(&self.world, self.process, CLOUD, what, failed, applies).await
    }

    async fn seen(&self) -> Outcome<View> {
        gate::read(&self.world, self.process, CLOUD, |world| self.shown(world)).await
    }

    fn shown(&self, world: &mut World) -> Outcome<View> {
        let now = world.now();
        world.looks += 1;
        let wavers = Some(world.wavers).filter(|(_, until)| now < *until && world.looks.is_multiple_of(2));
        if now < world.blind {
            return Err(CloudError::Later("the cloud does not answer".to_owned()));
        }
        let lag = |which: usize| {
            let stale = Some(world.stale[which]).filter(|(_, until)| now < *until);
            // A look at volumes lags only where a run says so: see `schedule`.
            stale.or(wavers.filter(|_| which != 1)).map_or(Duration::ZERO, |(age, _)| age)
        };
        let (instances, volumes, copies) = (world.view(lag(0)), world.view(lag(1)), world.view(lag(2)));
        let mut instances = instances.instances.clone();
        if self.kind != Kind::Local {
            // The driver waits until what it has made shows: states lag, what is new does not.
            let shown: BTreeSet<InstanceId> = instances.iter().map(|instance| instance.id.clone()).collect();
            let new = world.machines.values().filter(|machine| !shown.contains(&machine.told.id));
            instances.extend(new.map(|machine| machine.told.clone()));
        }
        Ok(View {
            instances,
            volumes: volumes.volumes.clone(),
            copies: copies.copies.clone(),
            suspended: false,
            names: world.names.values().cloned().collect(),
            addresses: world.addresses.values().cloned().collect(),
            labels: BTreeMap::new(),
        })
    }

    async fn on_instance(
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
        .await
    }
}

/// As EC2's codes are read.
fn failed(no: No, why: String) -> CloudError {
    match no {
        No::Throttled | No::ServerError => CloudError::Later(why),
        No::Missing => CloudError::NotFound(why),
        No::Full => CloudError::NoCapacity(why),
        No::Mismatch | No::Denied => CloudError::Refused(why),
    }
}

fn gone(machine: &Machine) -> Outcome<()> {
    refused(format!("{} is {}", machine.told.id, machine.told.state.as_str()))
}

/// As AWS gives them where one role gives another: for an hour.
fn given(now: Timestamp) -> Credentials {
    Credentials {
        access_key_id: "simulated".to_owned(),
        secret_access_key: Secret::new("simulated"),
        session_token: Secret::new("simulated"),
        until: now + SignedDuration::from_hours(1),
        region: String::new(),
        endpoint_url: String::new(),
        namespace: String::new(),
        log_group: String::new(),
    }
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
        self.kind.types()
    }

    fn site(&self) -> &Site {
        self.kind.site()
    }

    async fn look(&self) -> Outcome<View> {
        let seen = self.seen().await?;
        *self.last.lock().expect("no panic") = Some(seen.clone());
        Ok(seen)
    }

    /// All names, and of everything else what belongs to these.
    async fn look_of(&self, ids: &BTreeSet<DeploymentId>) -> Outcome<View> {
        let last = self.last.lock().expect("no panic").clone();
        let broken = lock(&self.world).broken == Broken::NoLook;
        let mut view = match last.filter(|_| broken) {
            Some(last) => last,
            None => self.seen().await?,
        };
        view.instances.retain(|it| ids.contains(&it.deployment));
        view.volumes.retain(|it| ids.contains(&it.deployment));
        view.copies.retain(|it| ids.contains(&it.deployment));
        view.addresses.retain(|it| ids.contains(&it.deployment));
        Ok(view)
    }

    async fn create_volume(&self, request: &VolumeRequest) -> Outcome<Volume> {
        let (process, request) = (self.process, request.clone());
        let what = format!("create-volume {} GiB for {} from {:?}", request.gib, request.deployment, request.from);
        self.call(&what, move |world| world.new_volume(process, &request)).await
    }

    async fn launch(&self, request: &LaunchRequest, _: &str) -> Outcome<Instance> {
        let (process, mut request) = (self.process, request.clone());
        if lock(&self.world).broken == Broken::NoZoneInToken {
            request.token = format!("{} {}", request.deployment, request.incarnation);
        }
        let (volume, zone) = (request.volume.as_ref(), request.zone.as_deref());
        let place = zone.or(volume.map(VolumeId::as_str)).unwrap_or("none").to_owned();
        let (incarnation, kind, id) = (request.incarnation, &request.instance_type, &request.deployment);
        let what = format!("launch {incarnation} of {id} as {kind} with {place}");
        let asked = request.clone();
        let launches = move |world: &mut World| {
            // One that comes late has had its answer: what it makes is found by the next look.
            if !world.is_stray() {
                world.asks_for(&request);
            }
            world.new_instance(process, &request)
        };
        let answer = self.call(&what, launches).await;
        lock(&self.world).was_told(&asked, &answer);
        answer
    }

    async fn stop(&self, instance: &InstanceId) -> Outcome<()> {
        let follows = self.kind != Kind::Local;
        self.on_instance("stop-instance", instance, move |machine, now, chance| match machine.told.state {
            InstanceState::Pending if follows => Err(CloudError::Later("it still starts".to_owned())),
            InstanceState::Pending | InstanceState::Running => {
                machine.agent.runs = None;
                machine.told.state = InstanceState::Stopping;
                machine.then = Some((soon(now, chance), InstanceState::Stopped));
                Ok(())
            }
            InstanceState::Stopping | InstanceState::Stopped => Ok(()),
            _ => gone(machine),
        })
        .await
    }

    async fn start(&self, instance: &InstanceId) -> Outcome<()> {
        let (process, id) = (self.process, instance.clone());
        self.call(&format!("start-instance {id}"), move |world| world.start(process, &id)).await
    }

    async fn change_type(&self, instance: &InstanceId, to: &str, stands_in: Option<&StandsIn>) -> Outcome<()> {
        let (to, stands_in) = (to.to_owned(), stands_in.cloned());
        self.on_instance("change-type", instance, move |machine, _, _| match machine.told.state {
            InstanceState::Stopped => {
                machine.told.instance_type = to;
                machine.told.stands_in = stands_in;
                Ok(())
            }
            _ => gone(machine),
        })
        .await
    }

    async fn attach(&self, volume: &VolumeId, instance: &InstanceId) -> Outcome<()> {
        let (process, volume, id) = (self.process, volume.clone(), instance.clone());
        self.call(&format!("attach {volume} to {id}"), move |world| world.attach(process, &volume, &id)).await
    }

    async fn protect(&self, instance: &InstanceId, on: bool) -> Outcome<()> {
        self.on_instance("protect-instance", instance, move |machine, _, _| {
            if !machine.lives() {
                return gone(machine);
            }
            machine.told.protected = on;
            Ok(())
        })
        .await
    }

    async fn allocate_address(&self, request: &AddressRequest) -> Outcome<Address> {
        let (process, request) = (self.process, request.clone());
        let what = format!("allocate-address for {}", request.deployment);
        self.call(&what, move |world| world.allocate(process, &request)).await
    }

    async fn associate_address(&self, address: &AddressId, instance: &InstanceId) -> Outcome<()> {
        let (process, address, id) = (self.process, address.clone(), instance.clone());
        self.call(&format!("associate {address} with {id}"), move |world| world.associate(process, &address, &id)).await
    }

    async fn release_address(&self, address: &AddressId) -> Outcome<()> {
        let (process, address) = (self.process, address.clone());
        self.call(&format!("release {address}"), move |world| world.release(process, &address)).await
    }

    async fn publish(&self, name: &str, to: IpAddr, deployment: &DeploymentId) -> Outcome<()> {
        let (process, name, id) = (self.process, name.to_owned(), deployment.clone());
        self.call(&format!("publish {name} at {to}"), move |world| world.publish(process, &name, to, &id)).await
    }

    async fn withdraw(&self, name: &str, deployment: &DeploymentId) -> Outcome<()> {
        let (process, name, id) = (self.process, name.to_owned(), deployment.clone());
        self.call(&format!("withdraw {name}"), move |world| world.withdraw(process, &name, &id)).await
    }

    async fn terminate(&self, instance: &InstanceId) -> Outcome<()> {
        self.on_instance("terminate-instance", instance, |machine, now, chance| {
            machine.ends(now, chance);
            Ok(())
        })
        .await
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
        .await
    }

    async fn copy(&self, volume: &VolumeId, token: &str) -> Outcome<Copy> {
        let (process, id, token) = (self.process, volume.clone(), token.to_owned());
        self.call(&format!("copy {id}"), move |world| world.take_copy(process, &id, &token)).await
    }

    async fn destroy_volume(&self, volume: &VolumeId) -> Outcome<()> {
        let (process, id) = (self.process, volume.clone());
        self.call(&format!("destroy {id}"), move |world| world.destroy(process, &id)).await
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
        .await
    }

    async fn credentials(&self, deployment: &DeploymentId) -> Outcome<Credentials> {
        self.call(&format!("credentials for {deployment}"), |world| Ok(given(world.clock.stamp()))).await
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
