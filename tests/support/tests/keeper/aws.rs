//! moto's EC2, with a network of loopback addresses, and a keeper under it.

use crate::control_plane::ControlPlane;
use aws_sdk_ec2::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::{InstanceType, ResourceType, Tag, TagSpecification, VolumeType},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use doltops_stand_in::{
    keeper::{Agents, Keeper, Options, processes},
    moto::{AMI_ARM64, Moto},
};
use std::{
    env,
    net::Ipv4Addr,
    path::PathBuf,
    sync::atomic::{AtomicU8, Ordering},
};

const REGION: &str = "eu-central-1";
const ZONE: &str = "eu-central-1a";

/// EC2 and the hardware under it; both end with it.
pub struct Aws {
    pub ec2: Client,
    pub keeper: Option<Keeper>,
    subnet: String,
    // After the keeper, so that its folder is there until everything in it has ended.
    folder: tempfile::TempDir,
    _moto: Moto,
}

impl Aws {
    pub async fn start() -> Self {
        Self::with(Agents::Processes { launcher: env!("CARGO_BIN_EXE_stand-in").into(), dolt: dolt() }).await
    }

    pub async fn with(agents: Agents) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let moto = Moto::start(folder.path()).await.expect("moto");
        let endpoint = format!("http://{}", moto.address);
        let ec2 = client(&endpoint);
        let subnet = network(&ec2).await;
        let hardware = folder.path().join("hardware");
        std::fs::create_dir(&hardware).expect("made");
        let options =
            Options { ec2: endpoint, region: REGION.into(), aws: false, folder: hardware, agents, cuts: None };
        let keeper = Some(Keeper::start(options).expect("a keeper"));
        Self { ec2, keeper, subnet, folder, _moto: moto }
    }

    pub fn keeper(&self) -> &Keeper {
        self.keeper.as_ref().expect("it was not dropped")
    }

    /// A running instance of a deployment, as the control plane launches it; its id and its address.
    pub async fn run(&self, control_plane: &ControlPlane) -> (String, Ipv4Addr) {
        let user_data = BASE64_STANDARD.encode(control_plane.user_data());
        let call = self.ec2.run_instances().image_id(AMI_ARM64).min_count(1).max_count(1).subnet_id(&self.subnet);
        let launched = call.instance_type(InstanceType::M7gLarge).user_data(user_data).send().await.expect("launched");
        let instance = launched.instances().first().expect("one");
        let address = instance.private_ip_address().expect("an address").parse().expect("an address");
        (instance.instance_id().expect("an id").to_owned(), address)
    }

    pub async fn volume(&self, from: Option<&str>) -> String {
        let role = TagSpecification::builder().resource_type(ResourceType::Volume).tags(tag("doltops:role", "data"));
        let call = self.ec2.create_volume().availability_zone(ZONE).volume_type(VolumeType::Gp3).size(10);
        let call = call.set_snapshot_id(from.map(str::to_owned)).tag_specifications(role.build());
        call.send().await.expect("made").volume_id.expect("an id")
    }

    pub async fn attach(&self, volume: &str, instance: &str) {
        let call = self.ec2.attach_volume().volume_id(volume).instance_id(instance).device("/dev/sdf");
        call.send().await.expect("attached");
    }

    pub async fn detach(&self, volume: &str, instance: &str) {
        let call = self.ec2.detach_volume().volume_id(volume).instance_id(instance).device("/dev/sdf");
        call.send().await.expect("detached");
    }

    pub async fn snapshot(&self, volume: &str) -> String {
        let copy = self.ec2.create_snapshot().volume_id(volume).send().await.expect("made").snapshot_id.expect("an id");
        self.keeper().looked().await;
        copy
    }

    pub async fn stop(&self, instance: &str) {
        self.ec2.stop_instances().instance_ids(instance).send().await.expect("stopped");
    }

    pub async fn start_again(&self, instance: &str) {
        self.ec2.start_instances().instance_ids(instance).send().await.expect("started");
    }

    pub async fn terminate(&self, instance: &str) {
        self.ec2.terminate_instances().instance_ids(instance).send().await.expect("terminated");
    }

    /// Everything that was started with a file of the keeper's.
    pub fn processes(&self) -> usize {
        let folder = self.folder.path();
        processes::agents(folder).len() + processes::dolts(folder).len()
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for instance in
                std::fs::read_dir(self.folder.path().join("hardware/instances")).into_iter().flatten().flatten()
            {
                for log in [instance.path().join("agent.log"), instance.path().join("agent/dolt.log")] {
                    eprintln!("--- {}\n{}", log.display(), std::fs::read_to_string(&log).unwrap_or_default());
                }
            }
        }
    }
}

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("testing", "testing", None, None, "test"))
        .build();
    Client::from_conf(config)
}

/// A network whose addresses are of this machine: tests that run beside each other have each their own.
async fn network(ec2: &Client) -> String {
    let mine = 11 + std::process::id() % 200;
    let nth = u32::from(NETWORKS.fetch_add(1, Ordering::Relaxed));
    let block = format!("127.{mine}.{nth}.0/24");
    let vpc = ec2.create_vpc().cidr_block(&block).send().await.expect("made").vpc.expect("it").vpc_id.expect("an id");
    let call = ec2.create_subnet().vpc_id(vpc).cidr_block(block).availability_zone(ZONE);
    call.send().await.expect("made").subnet.expect("it").subnet_id.expect("an id")
}

static NETWORKS: AtomicU8 = AtomicU8::new(0);

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn dolt() -> PathBuf {
    let paths = env::var_os("PATH").unwrap_or_default();
    let on_path = || env::split_paths(&paths).map(|folder| folder.join("dolt")).find(|path: &PathBuf| path.is_file());
    env::var_os("DOLTOPS_DOLT")
        .map(PathBuf::from)
        .or_else(on_path)
        .expect("these tests need a real Dolt: set DOLTOPS_DOLT")
}
