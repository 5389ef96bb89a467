//! The simulated cloud and the driver for AWS on its stand-in: the life of an instance, each call made twice, too early,
//! too late and for what is not there, gives the same answers.
//!
//! What is for later is asked again until it is not: how long EC2 takes is no part of it. The stand-in is as far from EC2
//! as moto is; what only EC2 does (capacity, lag) stands in the simulation alone.

use crate::{
    aws::account::{alone, open, options},
    simulation::{
        cloud::SimCloud,
        env::{Clock, simulate},
        run::{Setup, world},
        site::Kind,
        world::{Broken, Shared},
    },
};
use doltops::{
    cloud::{AddressRequest, Cloud, CloudError, LaunchRequest, VolumeRequest},
    model::{
        AddressId, Copy, CopyId, DeploymentId, Incarnation, Instance, InstanceId, InstanceState, Volume, VolumeId,
    },
};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// Far more than the stand-in takes for anything on a busy machine.
const LOOKS: usize = 2_000;

/// What both call by other names.
struct Place {
    small: &'static str,
    large: &'static str,
    zone: &'static str,
    domain: &'static str,
}

/// One that never was, in each one's manner of naming.
struct Nothing {
    instance: InstanceId,
    volume: VolumeId,
    copy: CopyId,
}

struct Script<'a> {
    cloud: &'a dyn Cloud,
    place: Place,
    nothing: Nothing,
    told: Vec<String>,
}

fn id(name: &str) -> DeploymentId {
    DeploymentId::new(format!("d-{name}"))
}

fn word<T>(answer: &Result<T, CloudError>) -> &'static str {
    match answer {
        Ok(_) => "done",
        Err(CloudError::Refused(_)) => "refused",
        Err(CloudError::NoCapacity(_)) => "no capacity",
        Err(CloudError::Spent(_)) => "spent",
        Err(CloudError::Later(_)) => "later",
        Err(CloudError::NotFound(_)) => "not there",
    }
}

impl Script<'_> {
    fn tell<T>(&mut self, what: &str, answer: Result<T, CloudError>) -> Option<T> {
        self.told.push(format!("{what}: {}", word(&answer)));
        answer.ok()
    }

    fn launch_request(&self, kind: &str) -> LaunchRequest {
        LaunchRequest {
            token: "token-i".to_owned(),
            deployment: id("orders"),
            name: "orders".parse().expect("a name"),
            incarnation: Incarnation(1),
            instance_type: kind.to_owned(),
            stands_in: None,
            zone: Some(self.place.zone.to_owned()),
            volume: None,
            protected: false,
        }
    }

    fn volume_request(&self, token: &str, gib: u32, from: Option<&CopyId>) -> VolumeRequest {
        VolumeRequest {
            token: format!("token-{token}"),
            deployment: id("orders"),
            name: "orders".parse().expect("a name"),
            gib,
            from: from.cloned(),
            zone: Some(self.place.zone.to_owned()),
        }
    }

    /// Looks until what is looked for is there.
    async fn once<T>(&self, what: &str, mut find: impl FnMut(&doltops::cloud::View) -> Option<T>) -> T {
        for _ in 0..LOOKS {
            if let Some(found) = find(&self.cloud.look().await.expect("a look")) {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("it never comes to this: {what}")
    }

    async fn is(&self, instance: &Instance, state: InstanceState) -> Instance {
        self.once(state.as_str(), |view| {
            view.instances.iter().find(|one| one.id == instance.id && one.state == state).cloned()
        })
        .await
    }

    /// The call's answer once it is not for later.
    async fn settled<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, CloudError> {
        for _ in 0..LOOKS {
            match call().await {
                Err(CloudError::Later(_)) => tokio::time::sleep(PAUSE).await,
                answer => return answer,
            }
        }
        panic!("it is for later for ever")
    }

    async fn begins(&mut self) -> (Instance, Volume) {
        let cloud = self.cloud;
        let (first, other) = (self.launch_request(self.place.small), self.launch_request(self.place.large));
        let answer = cloud.launch(&first, "").await;
        let instance = self.tell("launch", answer).expect("launched");
        let again = cloud.launch(&first, "").await.expect("the same");
        self.told.push(format!("the same token gives the same: {}", again.id == instance.id));
        let answer = cloud.launch(&other, "").await;
        self.tell("the same token, another type", answer);
        let answer = cloud.create_volume(&self.volume_request("v", 10, None)).await;
        let volume = self.tell("create volume", answer).expect("made");
        let again = cloud.create_volume(&self.volume_request("v", 10, None)).await.expect("the same");
        self.told.push(format!("the same token gives the same: {}", again.id == volume.id));
        let answer = cloud.create_volume(&self.volume_request("v", 12, None)).await;
        self.tell("the same token, another size", answer);
        (instance, volume)
    }

    async fn serves(&mut self, instance: &Instance, volume: &Volume) {
        let (cloud, nothing) = (self.cloud, (self.nothing.instance.clone(), self.nothing.volume.clone()));
        self.is(instance, InstanceState::Running).await;
        for what in ["attach", "attach again"] {
            let answer = self.settled(|| cloud.attach(&volume.id, &instance.id)).await;
            self.tell(what, answer);
        }
        let answer = self.settled(|| cloud.attach(&nothing.1, &instance.id)).await;
        self.tell("attach no volume", answer);
        for (what, volume, gib) in [
            ("grow", &volume.id, 20),
            ("grow again", &volume.id, 20),
            ("shrink", &volume.id, 15),
            ("grow no volume", &nothing.1, 20),
        ] {
            let answer = self.settled(|| cloud.grow(volume, gib)).await;
            self.tell(what, answer);
        }
        let answer = cloud.change_type(&instance.id, self.place.large, None).await;
        self.tell("change the type of what runs", answer);
        let answer = cloud.start(&instance.id).await;
        self.tell("start what runs", answer);
        let answer = cloud.destroy_volume(&volume.id).await;
        self.tell("destroy what is attached", answer);
        for on in [true, true, false, true] {
            let answer = cloud.protect(&instance.id, on).await;
            self.tell(&format!("protect {on}"), answer);
            self.once("protected", |view| view.instances.iter().find(|one| one.protected == on).map(drop)).await;
        }
    }

    async fn names(&mut self) {
        let (cloud, name) = (self.cloud, format!("orders.{}", self.place.domain));
        let at = |last| IpAddr::from(Ipv4Addr::new(10, 0, 0, last));
        for (what, to, whose) in
            [("publish", 1, "orders"), ("publish again", 1, "orders"), ("move", 2, "orders"), ("take", 3, "users")]
        {
            let answer = cloud.publish(&name, at(to), &id(whose)).await;
            self.tell(what, answer);
        }
        for whose in ["users", "orders", "orders"] {
            let answer = cloud.withdraw(&name, &id(whose)).await;
            self.tell(&format!("withdraw by {whose}"), answer);
            let view = cloud.look().await.expect("a look");
            let found = view.names.iter().find(|found| found.name == name);
            self.told.push(format!("it leads to {:?}", found.map(|found| &found.addresses)));
        }
    }

    async fn addresses(&mut self, instance: &Instance) {
        let cloud = self.cloud;
        let request = AddressRequest {
            token: "token-a".to_owned(),
            deployment: id("orders"),
            name: "orders".parse().expect("a name"),
        };
        let answer = cloud.allocate_address(&request).await;
        let address = self.tell("allocate", answer).expect("allocated");
        let again = cloud.allocate_address(&request).await.expect("the same");
        self.told.push(format!("the same token gives the same: {}", again.id == address.id));
        for what in ["associate", "associate again"] {
            let answer = self.settled(|| cloud.associate_address(&address.id, &instance.id)).await;
            self.tell(what, answer);
        }
        let nothing = AddressId::new(format!("{}0", address.id));
        let answer = cloud.release_address(&nothing).await;
        self.tell("release no address", answer);
    }

    async fn rests(&mut self, instance: &Instance, volume: &Volume) -> Copy {
        let cloud = self.cloud;
        for what in ["stop", "stop again"] {
            let answer = self.settled(|| cloud.stop(&instance.id)).await;
            self.tell(what, answer);
        }
        self.is(instance, InstanceState::Stopped).await;
        let answer = cloud.stop(&instance.id).await;
        self.tell("stop what is stopped", answer);
        for what in ["change type", "change type again"] {
            let answer = cloud.change_type(&instance.id, self.place.large, None).await;
            self.tell(what, answer);
        }
        let answer = cloud.copy(&volume.id, "token-c").await;
        let copy = self.tell("copy", answer).expect("copied");
        self.once("a completed copy", |view| view.copies.iter().find(|one| one.completed).map(drop)).await;
        let again = cloud.copy(&volume.id, "token-c").await.expect("the same");
        self.told.push(format!("the same token gives the same: {}, {} GiB", again.id == copy.id, again.gib));
        let answer = cloud.copy(&self.nothing.volume, "token-n").await;
        self.tell("copy no volume", answer);
        let answer = self.settled(|| cloud.start(&instance.id)).await;
        self.tell("start", answer);
        let now = self.is(instance, InstanceState::Running).await;
        self.told.push(format!("it has the other type: {}", now.instance_type == self.place.large));
        copy
    }

    async fn ends(&mut self, instance: &Instance, volume: &Volume, copy: &Copy) {
        let cloud = self.cloud;
        for what in ["terminate what is protected", "terminate again"] {
            let answer = cloud.terminate(&instance.id).await;
            self.tell(what, answer);
        }
        self.is(instance, InstanceState::Terminated).await;
        let answer = cloud.terminate(&instance.id).await;
        self.tell("terminate what has ended", answer);
        let answer = cloud.start(&instance.id).await;
        self.tell("start what has ended", answer);
        let answer = cloud.stop(&instance.id).await;
        self.tell("stop what has ended", answer);
        let answer = cloud.change_type(&instance.id, self.place.small, None).await;
        self.tell("change the type of what has ended", answer);
        let answer = self.settled(|| cloud.attach(&volume.id, &instance.id)).await;
        self.tell("attach to what has ended", answer);
        let answer = cloud.launch(&self.launch_request(self.place.small), "").await;
        self.tell("launch with its token", answer);
        let answer = cloud.terminate(&self.nothing.instance).await;
        self.tell("terminate no instance", answer);
        for what in ["destroy volume", "destroy volume again"] {
            let answer = self.settled(|| cloud.destroy_volume(&volume.id)).await;
            self.tell(what, answer);
        }
        let answer = cloud.create_volume(&self.volume_request("w", copy.gib - 1, Some(&copy.id))).await;
        self.tell("from the copy, too small", answer);
        let answer = cloud.create_volume(&self.volume_request("x", copy.gib, Some(&copy.id))).await;
        if let Some(back) = self.tell("from the copy", answer) {
            let answer = self.settled(|| cloud.destroy_volume(&back.id)).await;
            self.tell("destroy that", answer);
        }
        for (what, copy) in [("destroy copy", &copy.id), ("destroy no copy", &self.nothing.copy.clone())] {
            let answer = cloud.destroy_copy(copy).await;
            self.tell(what, answer);
        }
        let answer = cloud.create_volume(&self.volume_request("y", 30, Some(&self.nothing.copy))).await;
        self.tell("from no copy", answer);
        let of_it = BTreeSet::from([id("orders")]);
        let left = cloud.look_of(&of_it).await.expect("a look");
        self.told.push(format!("{} volumes and {} copies are left", left.volumes.len(), left.copies.len()));
    }

    async fn play(mut self) -> Vec<String> {
        let (instance, volume) = self.begins().await;
        self.serves(&instance, &volume).await;
        self.names().await;
        self.addresses(&instance).await;
        let copy = self.rests(&instance, &volume).await;
        self.ends(&instance, &volume, &copy).await;
        self.told
    }
}

fn simulated() -> Vec<String> {
    simulate(async {
        let kind = Kind::Elastic;
        let setup = Setup { seed: 1, broken: Broken::Nothing, kind, processes: 1, traced: false };
        let shared: Shared = Arc::new(Mutex::new(world(setup, Clock::new())));
        let place = Place { small: "sim.small", large: "sim.large", zone: "1a", domain: "db.test" };
        let nothing = Nothing {
            instance: InstanceId::new("i-none"),
            volume: VolumeId::new("vol-none"),
            copy: CopyId::new("snap-none"),
        };
        let cloud = SimCloud::new(&shared, 0, kind);
        Script { cloud: &cloud, place, nothing, told: Vec::new() }.play().await
    })
}

#[tokio::test]
async fn the_simulated_cloud_answers_as_the_stand_in_does() {
    let simulated = tokio::task::spawn_blocking(simulated).await.expect("no panic");
    let (stand_in, _alone) = alone().await;
    let options = options(stand_in);
    let place =
        Place { small: "t4g.small", large: "m7g.large", zone: "eu-central-1a", domain: doltops_stand_in::DOMAIN };
    let nothing = Nothing {
        instance: InstanceId::new("i-0123456789abcdef0"),
        volume: VolumeId::new("vol-0123456789abcdef0"),
        copy: CopyId::new("snap-0123456789abcdef0"),
    };
    let cloud = open(stand_in, "cp-agrees", options).await;
    let real = Script { cloud: &cloud, place, nothing, told: Vec::new() }.play().await;
    assert_eq!(simulated, real, "the simulated cloud's are the left ones");
}
