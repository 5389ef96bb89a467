//! The driver alone: what each call does to the account, and what it costs.

use super::account::{alone, open, options};
use aws_sdk_ec2::types::{Instance as Ec2Instance, InstanceAttributeName};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use doltops::{
    cloud::{
        AddressRequest, Cloud, CloudError, LaunchRequest, VolumeRequest,
        aws::{AwsCloud, Reach},
    },
    model::{DeploymentId, DeploymentName, Incarnation, Instance, InstanceId, InstanceState, StandsIn, Volume},
};
use doltops_stand_in::{
    DOMAIN, StandIn,
    proxy::faults::{ALL, Capacity},
};
use std::{collections::BTreeSet, net::IpAddr, time::Duration};
use tokio::time;

/// What an agent would boot with.
const USER_DATA: &str = "deployment_id = \"d-1\"\n";

/// EC2's states pass within a few looks of the stand-in; a busy machine is slower.
const PATIENCE: Duration = Duration::from_secs(30);

fn id(deployment: &str) -> DeploymentId {
    DeploymentId::new(format!("d-{deployment}"))
}

fn name(deployment: &str) -> DeploymentName {
    deployment.parse().expect("a name")
}

fn launch(deployment: &str) -> LaunchRequest {
    LaunchRequest {
        token: format!("instance-{deployment}"),
        deployment: id(deployment),
        name: name(deployment),
        incarnation: Incarnation(1),
        instance_type: "m7g.large".to_owned(),
        stands_in: None,
        zone: Some("eu-central-1a".to_owned()),
        volume: None,
        protected: false,
    }
}

fn volume(deployment: &str, zone: &str) -> VolumeRequest {
    VolumeRequest {
        token: format!("volume-{deployment}-{zone}"),
        deployment: id(deployment),
        name: name(deployment),
        gib: 10,
        from: None,
        zone: Some(zone.to_owned()),
    }
}

/// The instance, once it is in `state`.
async fn in_state(cloud: &AwsCloud, instance: &InstanceId, state: InstanceState) -> Instance {
    let wait = async {
        loop {
            let view = cloud.look().await.expect("a look");
            if let Some(found) = view.instances.into_iter().find(|one| one.id == *instance && one.state == state) {
                return found;
            }
        }
    };
    let late = format!("{instance} is not {}", state.as_str());
    time::timeout(PATIENCE, wait).await.expect(&late)
}

/// What the call gives once it is not for later any more.
async fn settled<F: Future<Output = Result<(), CloudError>>>(call: impl Fn() -> F) -> Result<(), CloudError> {
    let again = async {
        loop {
            match call().await {
                Err(CloudError::Later(_)) => {}
                other => return other,
            }
        }
    };
    time::timeout(PATIENCE, again).await.expect("it is for later for ever")
}

/// A running instance with its volume.
async fn born(cloud: &AwsCloud, deployment: &str) -> (Instance, Volume) {
    let made = cloud.launch(&launch(deployment), USER_DATA).await.expect("it is launched");
    let data = cloud.create_volume(&volume(deployment, "eu-central-1a")).await.expect("it is made");
    let instance = in_state(cloud, &made.id, InstanceState::Running).await;
    settled(|| cloud.attach(&data.id, &instance.id)).await.expect("it is attached");
    (instance, data)
}

async fn ends(cloud: &AwsCloud, instance: &Instance, data: &Volume) {
    cloud.terminate(&instance.id).await.expect("it ends");
    in_state(cloud, &instance.id, InstanceState::Terminated).await;
    settled(|| cloud.destroy_volume(&data.id)).await.expect("it goes");
}

/// Asks moto itself.
async fn described(stand_in: &StandIn, instance: &InstanceId) -> Ec2Instance {
    let told = stand_in.ec2().describe_instances().instance_ids(instance.as_str()).send().await.expect("it is there");
    told.reservations()[0].instances()[0].clone()
}

async fn attribute(stand_in: &StandIn, instance: &InstanceId, what: InstanceAttributeName) -> Option<bool> {
    let ask = stand_in.ec2().describe_instance_attribute().instance_id(instance.as_str()).attribute(what);
    let told = ask.send().await.expect("it is told");
    told.disable_api_termination().and_then(aws_sdk_ec2::types::AttributeBooleanValue::value)
}

/// From birth to the end: the steps that the reconciler takes, each twice, and nothing is left but the copy.
#[tokio::test]
async fn the_life_of_an_instance_with_its_volume() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-life", options(stand_in)).await;
    assert_eq!(cloud.site().zones, ["eu-central-1a", "eu-central-1b", "eu-central-1c"]);
    assert_eq!((cloud.types()[1].memory_mib, cloud.types()[1].vcpus), (8192, 2));

    let (instance, data) = born(&cloud, "life").await;
    cloud.attach(&data.id, &instance.id).await.expect("twice is as once");
    let view = cloud.look().await.expect("a look");
    assert_eq!((view.instances.len(), view.volumes.len()), (1, 1), "root volumes are not told");
    assert_eq!(view.instances[0].volume, Some(data.id.clone()));
    assert_eq!(view.volumes[0].attached, Some(instance.id.clone()));
    // Which network a stand-in has depends on how many there are.
    assert!(instance.agent.ip().is_loopback(), "{}", instance.agent);
    assert_eq!((instance.agent.port(), instance.database.port()), (7443, 3306));
    assert_eq!((instance.zone.as_str(), instance.incarnation), ("eu-central-1a", Incarnation(1)));

    cloud.grow(&data.id, 20).await.expect("it grows");
    cloud.grow(&data.id, 20).await.expect("twice is as once");
    assert!(matches!(cloud.grow(&data.id, 15).await, Err(CloudError::Refused(_))), "it never shrinks");

    assert!(matches!(cloud.change_type(&instance.id, "t4g.small", None).await, Err(CloudError::Refused(_))), "it runs");
    settled(|| cloud.stop(&instance.id)).await.expect("it stops");
    in_state(&cloud, &instance.id, InstanceState::Stopped).await;
    cloud.stop(&instance.id).await.expect("twice is as once");
    let other = StandsIn { is: "t4g.small".into(), wanted: "m7g.large".into(), why: "no capacity".into() };
    cloud.change_type(&instance.id, "t4g.small", Some(&other)).await.expect("it is stopped");
    assert!(matches!(cloud.change_type(&instance.id, "m9z.huge", None).await, Err(CloudError::Refused(_))));
    cloud.start(&instance.id).await.expect("it starts");
    let again = in_state(&cloud, &instance.id, InstanceState::Running).await;
    assert_eq!((again.instance_type.as_str(), again.stands_in), ("t4g.small", Some(other)));

    cloud.terminate(&instance.id).await.expect("it ends");
    cloud.terminate(&instance.id).await.expect("twice is as once");
    in_state(&cloud, &instance.id, InstanceState::Terminated).await;
    assert!(matches!(cloud.start(&instance.id).await, Err(CloudError::Refused(_))), "it is ended for ever");

    let copy = cloud.copy(&data.id, "copy-life").await.expect("it is begun");
    let same = cloud.copy(&data.id, "copy-life").await.expect("it is found");
    assert_eq!((copy.id.clone(), copy.deployment, copy.gib), (same.id, id("life"), 20));
    settled(|| cloud.destroy_volume(&data.id)).await.expect("it goes");
    let left = cloud.look().await.expect("a look");
    assert!(left.volumes.is_empty() && left.copies.iter().all(|one| one.completed && one.id == copy.id), "{left:?}");

    let back = VolumeRequest { from: Some(copy.id.clone()), gib: 20, ..volume("life", "eu-central-1b") };
    let back = cloud.create_volume(&back).await.expect("it comes back");
    settled(|| cloud.destroy_volume(&back.id)).await.expect("it goes");
    cloud.destroy_copy(&copy.id).await.expect("it goes");
    let left = cloud.look().await.expect("a look");
    assert!(left.volumes.is_empty() && left.copies.is_empty(), "{left:?}");
    assert!(stand_in.volumes_of("life").await.expect("moto").is_empty(), "also no root volume");
}

/// What an instance is born with: tags, IMDSv2, an encrypted root volume, no profile, user data that can be read.
#[tokio::test]
async fn an_instance_is_born_as_the_design_says() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-born", options(stand_in)).await;
    let stands_in = StandsIn { is: "m7g.large".into(), wanted: "m8g.large".into(), why: "no capacity".into() };
    let request = LaunchRequest { stands_in: Some(stands_in.clone()), protected: true, ..launch("born") };
    let made = cloud.launch(&request, USER_DATA).await.expect("it is launched");
    assert_eq!((made.stands_in.clone(), made.protected), (Some(stands_in), true));

    let told = described(stand_in, &made.id).await;
    let tag = |key| doltops_stand_in::tag(&told, key).unwrap_or_default().to_owned();
    assert_eq!(tag("doltops:control-plane"), "cp-born");
    assert_eq!(tag("doltops:deployment"), "d-born");
    assert_eq!(tag("doltops:role"), "instance");
    assert_eq!(tag("doltops:token"), "instance-born");
    assert_eq!(tag("Name"), "born");
    assert!(told.iam_instance_profile().is_none());
    let root = stand_in.volumes_of("born").await.expect("moto");
    let role = |volume: &aws_sdk_ec2::types::Volume| {
        volume
            .tags()
            .iter()
            .find(|tag| tag.key() == Some("doltops:role"))
            .and_then(|tag| tag.value().map(str::to_owned))
    };
    assert_eq!(root.iter().map(role).collect::<Vec<_>>(), [Some("root".to_owned())]);
    assert_eq!((root[0].encrypted(), root[0].volume_type().map(|kind| kind.as_str())), (Some(true), Some("gp3")));

    // moto does not take the protection at the launch, as EC2 does.
    cloud.protect(&made.id, false).await.expect("it is taken off");
    assert_eq!(attribute(stand_in, &made.id, InstanceAttributeName::DisableApiTermination).await, Some(false));
    cloud.protect(&made.id, true).await.expect("it is set");
    assert!(in_state(&cloud, &made.id, InstanceState::Running).await.protected);
    cloud.terminate(&made.id).await.expect("protection is taken off first");
    in_state(&cloud, &made.id, InstanceState::Terminated).await;
}

/// The answer is lost after the thing was made: there is one, and it is found.
#[tokio::test]
async fn a_lost_answer_makes_nothing_twice() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-lost", options(stand_in)).await;
    for operation in ["RunInstances", "CreateVolume", "CreateSnapshot"] {
        stand_in.proxy.drop_after_applying(operation).once();
    }
    let (instance, data) = born(&cloud, "lost").await;
    // Another process, with other user data: the first one has ended before it knew.
    let after = open(stand_in, "cp-lost", options(stand_in)).await;
    let same = after.launch(&launch("lost"), "another = 1\n").await.expect("it is found");
    assert_eq!(same.id, instance.id);
    let same = after.create_volume(&volume("lost", "eu-central-1a")).await.expect("it is found");
    assert_eq!(same.id, data.id);

    let first = cloud.copy(&data.id, "copy-lost").await;
    assert!(matches!(first, Err(CloudError::Later(_))), "it may have been done: {first:?}");
    let copy = cloud.copy(&data.id, "copy-lost").await.expect("it is found");
    let view = cloud.look().await.expect("a look");
    assert_eq!((view.instances.len(), view.volumes.len(), view.copies.len()), (1, 1, 1), "{view:?}");
    assert_eq!(stand_in.proxy.calls.of("CreateSnapshot"), 1);
    cloud.destroy_copy(&copy.id).await.expect("it goes");
    ends(&cloud, &instance, &data).await;
}

/// No capacity is told as such, so that another type or zone is tried, both at birth and at a start.
#[tokio::test]
async fn no_capacity_is_told_from_a_refusal() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-capacity", options(stand_in)).await;
    let full = stand_in.proxy.no_capacity(Capacity::of_type("m7g.large").in_zone("eu-central-1a")).until_removed();
    let none = cloud.launch(&launch("capacity"), USER_DATA).await;
    assert!(matches!(none, Err(CloudError::NoCapacity(_))), "{none:?}");
    let other = LaunchRequest { zone: Some("eu-central-1b".into()), token: "b".into(), ..launch("capacity") };
    let made = cloud.launch(&other, USER_DATA).await.expect("there is room");
    assert_eq!(made.zone, "eu-central-1b");
    full.remove();
    let unknown = LaunchRequest { instance_type: "m9z.huge".into(), token: "c".into(), ..launch("capacity") };
    assert!(matches!(cloud.launch(&unknown, USER_DATA).await, Err(CloudError::Refused(_))));
    cloud.terminate(&made.id).await.expect("it ends");
}

/// AWS throttles for a while: calls take longer or are for later, and none is refused.
#[tokio::test]
async fn throttling_slows_down_and_refuses_nothing() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-throttled", options(stand_in)).await;
    stand_in.proxy.throttle(ALL).times(2);
    cloud.look().await.expect("it is tried again");

    let slow = stand_in.proxy.throttle(ALL).until_removed();
    let later = cloud.launch(&launch("throttled"), USER_DATA).await;
    assert!(matches!(later, Err(CloudError::Later(_))), "{later:?}");
    let calls = stand_in.proxy.calls.of("DescribeInstances");
    assert!(calls < 10, "it presses less: {calls}");
    slow.remove();
    let wait = async { while cloud.look().await.is_err() {} };
    time::timeout(PATIENCE, wait).await.expect("it comes back");
}

/// What is not this control plane's is not told and not touched.
#[tokio::test]
async fn another_control_planes_resources_do_not_exist_here() {
    let (stand_in, _alone) = alone().await;
    let theirs = open(stand_in, "cp-theirs", options(stand_in)).await;
    let ours = open(stand_in, "cp-ours", options(stand_in)).await;
    let (instance, data) = born(&theirs, "theirs").await;
    let view = ours.look().await.expect("a look");
    assert!(view.instances.is_empty() && view.volumes.is_empty(), "{view:?}");
    stand_in.proxy.calls.forget();
    let nothing = |done: Result<(), CloudError>| assert!(matches!(done, Err(CloudError::NotFound(_))), "{done:?}");
    nothing(ours.stop(&instance.id).await);
    nothing(ours.terminate(&instance.id).await);
    nothing(ours.protect(&instance.id, true).await);
    nothing(ours.change_type(&instance.id, "t4g.small", None).await);
    nothing(ours.grow(&data.id, 20).await);
    nothing(ours.destroy_volume(&data.id).await);
    nothing(ours.copy(&data.id, "copy").await.map(drop));
    let changes = stand_in.proxy.calls.log().into_iter().filter(|call| !call.operation.starts_with("Describe"));
    assert_eq!(changes.count(), 0);
    ends(&theirs, &instance, &data).await;
}

/// What EC2 refuses never reaches it.
#[tokio::test]
async fn what_ec2_would_refuse_is_refused_before_the_call() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-refused", options(stand_in)).await;
    let (one, data) = born(&cloud, "one").await;
    let (two, other) = born(&cloud, "two").await;
    let elsewhere = cloud.create_volume(&volume("one", "eu-central-1b")).await.expect("it is made");
    stand_in.proxy.calls.forget();
    let refused = |done: Result<(), CloudError>| assert!(matches!(done, Err(CloudError::Refused(_))), "{done:?}");
    refused(cloud.attach(&data.id, &two.id).await);
    refused(settled(|| cloud.attach(&elsewhere.id, &two.id)).await);
    refused(cloud.destroy_volume(&data.id).await);
    refused(cloud.grow(&data.id, 5).await);
    refused(cloud.change_type(&one.id, "t4g.small", None).await);
    let asked: BTreeSet<String> = stand_in.proxy.calls.counts().into_keys().collect();
    assert!(asked.iter().all(|operation| operation.starts_with("Describe")), "{asked:?}");
    cloud.destroy_volume(&elsewhere.id).await.expect("it goes");
    ends(&cloud, &one, &data).await;
    ends(&cloud, &two, &other).await;
}

/// Names: made with their owner, followed, withdrawn; a record of somebody else's is left as it is.
#[tokio::test]
async fn names_are_kept_and_foreign_records_left_alone() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-names", options(stand_in)).await;
    let host = |name: &str| format!("{name}.{DOMAIN}");
    let at = |address: &str| address.parse::<IpAddr>().expect("an address");
    let before = stand_in.records().await.expect("moto").len();
    cloud.publish(&host("names"), at("127.10.0.9"), &id("names")).await.expect("it is free");
    cloud.publish(&host("names"), at("127.10.0.10"), &id("names")).await.expect("it follows");
    let named = cloud.look().await.expect("a look").names;
    let mine = named.iter().find(|record| record.name == host("names")).expect("it is told");
    assert_eq!((mine.addresses.as_slice(), mine.ttl), (&[at("127.10.0.10")][..], 60));
    assert_eq!(mine.owner, Some(id("names")));

    foreign(stand_in, ChangeAction::Create, &host("foreign")).await;
    let refused = cloud.publish(&host("foreign"), at("127.10.0.9"), &id("names")).await;
    assert!(matches!(refused, Err(CloudError::Refused(_))), "{refused:?}");
    cloud.withdraw(&host("foreign"), &id("names")).await.expect("it is not ours: nothing to do");
    let outside = cloud.publish("www.example.com", at("127.10.0.9"), &id("names")).await;
    assert!(matches!(outside, Err(CloudError::Refused(_))), "{outside:?}");
    assert_eq!(stand_in.records().await.expect("moto").len(), before + 3, "ours, its owner, and the foreign one");

    let challenge = format!("_acme-challenge.{}", host("names"));
    cloud.set_challenge(&challenge, &["abc".to_owned()]).await.expect("it is set everywhere");
    cloud.set_challenge(&challenge, &[]).await.expect("it goes");
    cloud.withdraw(&host("names"), &id("names")).await.expect("it goes");
    cloud.withdraw(&host("names"), &id("names")).await.expect("twice is as once");
    foreign(stand_in, ChangeAction::Delete, &host("foreign")).await;
    assert_eq!(stand_in.records().await.expect("moto").len(), before, "nothing is left");
}

/// Many names at once are a few calls.
#[tokio::test]
async fn names_that_come_together_are_one_change() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-many", options(stand_in)).await;
    let names: Vec<String> = (0..40).map(|n| format!("many-{n}.{DOMAIN}")).collect();
    let to = "127.10.0.9".parse().expect("an address");
    let owner = id("many");
    let made = futures::future::join_all(names.iter().map(|name| cloud.publish(name, to, &owner))).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let calls = stand_in.proxy.calls.counts();
    assert!(calls["ChangeResourceRecordSets"] <= 2, "{calls:?}");
    let gone = futures::future::join_all(names.iter().map(|name| cloud.withdraw(name, &owner))).await;
    assert!(gone.iter().all(Result::is_ok), "{gone:?}");
}

async fn foreign(stand_in: &StandIn, action: ChangeAction, name: &str) {
    let value = ResourceRecord::builder().value("192.0.2.1").build().expect("complete");
    let set = ResourceRecordSet::builder().name(name).r#type(RrType::A).ttl(300).resource_records(value);
    let change = Change::builder().action(action).resource_record_set(set.build().expect("complete")).build();
    let batch = ChangeBatch::builder().changes(change.expect("complete")).build().expect("complete");
    let call = stand_in.route53().change_resource_record_sets().hosted_zone_id(&stand_in.seeded.hosted_zone);
    call.change_batch(batch).send().await.expect("it is changed");
}

/// An elastic address: made once, led to the instance, and the instance is reached by it; given back.
#[tokio::test]
async fn an_address_that_is_kept_leads_to_its_instance() {
    let (stand_in, _alone) = alone().await;
    let mut elastic = options(stand_in);
    elastic.reach = Reach::Elastic;
    let cloud = open(stand_in, "cp-elastic", elastic).await;
    let (instance, data) = born(&cloud, "elastic").await;
    assert!(instance.database.ip().is_unspecified(), "it has none yet");
    let request = AddressRequest { token: "address".into(), deployment: id("elastic"), name: name("elastic") };
    let address = cloud.allocate_address(&request).await.expect("it is made");
    assert_eq!(cloud.allocate_address(&request).await.expect("it is found").id, address.id);
    cloud.associate_address(&address.id, &instance.id).await.expect("it leads there");
    cloud.associate_address(&address.id, &instance.id).await.expect("twice is as once");
    let view = cloud.look().await.expect("a look");
    assert_eq!(view.addresses.len(), 1);
    assert_eq!(view.addresses[0].instance, Some(instance.id.clone()));
    assert_eq!(view.instances[0].database.ip(), address.ip);
    cloud.release_address(&address.id).await.expect("it goes");
    assert!(cloud.look().await.expect("a look").addresses.is_empty());
    ends(&cloud, &instance, &data).await;
}

/// Credentials last an hour and are for one deployment.
#[tokio::test]
async fn an_instance_gets_credentials_of_its_own() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-keys", options(stand_in)).await;
    let given = cloud.credentials(&id("keys")).await.expect("the role is there");
    assert!(given.access_key_id.starts_with("ASIA") && !given.session_token.reveal().is_empty());
    assert_eq!(given.namespace, "Doltops/cp-keys/d-keys");
    assert_eq!(given.log_group, "/doltops/cp-keys/d-keys");
    assert_eq!(given.endpoint_url, stand_in.endpoint_url());
    let mut without = options(stand_in);
    without.instance_role = None;
    let cloud = open(stand_in, "cp-keys", without).await;
    assert!(!cloud.site().credentials);
    assert!(matches!(cloud.credentials(&id("keys")).await, Err(CloudError::Refused(_))));
}

/// A look costs the same for one deployment and for many; names are read once in a while.
#[tokio::test]
async fn the_calls_of_a_look_do_not_follow_the_fleet() {
    let (stand_in, _alone) = alone().await;
    let cloud = open(stand_in, "cp-look", options(stand_in)).await;
    let mut made = Vec::new();
    for fleet in [1, 12] {
        for n in made.len()..fleet {
            let request = LaunchRequest { token: format!("look-{n}"), ..launch(&format!("look-{n}")) };
            made.push(cloud.launch(&request, USER_DATA).await.expect("it is launched"));
        }
        stand_in.proxy.calls.forget();
        assert_eq!(cloud.look().await.expect("a look").instances.len(), fleet);
        let calls = stand_in.proxy.calls.counts();
        let names = calls.get("ListResourceRecordSets").copied().unwrap_or_default();
        println!("a look at {fleet}: {calls:?}");
        assert_eq!(calls.values().sum::<usize>() - names, 4, "{calls:?}");
        assert!(names <= 1, "{calls:?}");
    }
    stand_in.proxy.calls.forget();
    let two = cloud.look_of(&BTreeSet::from([id("look-1"), id("look-2")])).await.expect("a look");
    assert_eq!(two.instances.len(), 2);
    assert_eq!(stand_in.proxy.calls.log().len(), 4, "{:?}", stand_in.proxy.calls.counts());

    stand_in.proxy.calls.forget();
    let ended = futures::future::join_all(made.iter().map(|instance| cloud.terminate(&instance.id))).await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    assert!(stand_in.proxy.calls.of("DescribeInstances") <= 2, "they are looked for together");
}

/// What the account does not hold is said when the driver is opened.
#[tokio::test]
async fn a_configuration_that_the_account_does_not_hold_is_refused() {
    let (stand_in, _alone) = alone().await;
    let config = doltops_stand_in::sdk_config(stand_in.endpoint_url());
    let env = std::sync::Arc::new(doltops::env::System::new());
    let mut wrong = options(stand_in);
    wrong.types.push("m9z.huge".to_owned());
    let refused = AwsCloud::open(&config, wrong, "cp".to_owned(), env.clone()).await;
    assert!(matches!(refused, Err(CloudError::Refused(words)) if words.contains("m9z.huge")));
    let mut wrong = options(stand_in);
    wrong.subnets = vec!["subnet-00000000".to_owned()];
    let refused = AwsCloud::open(&config, wrong, "cp".to_owned(), env).await;
    assert!(matches!(refused, Err(CloudError::Refused(words)) if words.contains("subnet-00000000")));
}
