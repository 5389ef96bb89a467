//! The machine as a cloud: instances, volumes and copies through crashes, lost answers and reboots.
//!
//! The processes are real; `tests/support/stand-in-launcher` plays the agent and its Dolt, because these stories are
//! about who is started and ended, and not about what runs.

use doltops::{
    cloud::{
        Cloud, CloudError, LaunchRequest, VolumeRequest,
        local::{LocalCloud, LocalOptions},
    },
    env::System,
    model::{DeploymentId, Incarnation, Instance, InstanceId, InstanceState, Volume, VolumeId},
};
use doltops_agent::process::Process;
use rustix::process::{Pid, Signal, kill_process};
use std::{collections::BTreeSet, fs, path::PathBuf, process::Command, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::time;

const STAND_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/stand-in-launcher");

/// Far more than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    async fn open(&self) -> LocalCloud {
        self.open_as("cp-1").await
    }

    async fn open_as(&self, control_plane: &str) -> LocalCloud {
        let options = LocalOptions {
            folder: self.folder.path().join("local"),
            resume: true,
            control_plane_id: control_plane.to_owned(),
            launcher: STAND_IN.into(),
            dolt: "/usr/bin/dolt".into(),
            env: Arc::new(System::new()),
        };
        LocalCloud::open(options).await.expect("the folder can be used")
    }

    fn path(&self, room: &str, id: impl ToString) -> PathBuf {
        self.folder.path().join("local").join(room).join(id.to_string())
    }

    fn agent_folder(&self, id: &InstanceId) -> PathBuf {
        self.path("instances", id).join("agent")
    }

    /// Every agent that was ever started for this instance and is alive.
    fn agents(&self, id: &InstanceId) -> Vec<Process> {
        let starts = fs::read_to_string(self.agent_folder(id).join("starts")).unwrap_or_default();
        starts.lines().filter_map(|pid| Process::of(pid.parse().ok()?)).collect()
    }

    fn dolt(&self, id: &InstanceId) -> Option<Process> {
        let pid = fs::read_to_string(self.agent_folder(id).join("dolt")).ok()?;
        Process::of(pid.trim().parse().ok()?)
    }

    /// Returns once the instance runs with exactly one agent and a Dolt.
    async fn serves(&self, cloud: &LocalCloud, id: &InstanceId) -> Process {
        is_in(cloud, id, InstanceState::Running).await;
        until("one agent and a Dolt", async || self.agents(id).len() == 1 && self.dolt(id).is_some()).await;
        self.agents(id)[0]
    }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(time::timeout(PATIENCE, wait).await.is_ok(), "it did not come to this: {what}");
}

async fn instance(cloud: &LocalCloud, id: &InstanceId) -> Instance {
    let view = cloud.look().await.expect("a look");
    view.instances.into_iter().find(|instance| instance.id == *id).expect("it is told")
}

async fn is_in(cloud: &LocalCloud, id: &InstanceId, state: InstanceState) {
    until(state.as_str(), async || instance(cloud, id).await.state == state).await;
}

async fn volume(cloud: &LocalCloud) -> Volume {
    volume_with(cloud, "volume-1").await
}

async fn volume_with(cloud: &LocalCloud, token: &str) -> Volume {
    let request = VolumeRequest {
        token: token.into(),
        deployment: DeploymentId::new("d-1"),
        name: "orders".parse().expect("a name"),
        gib: 10,
        from: None,
        zone: None,
    };
    cloud.create_volume(&request).await.expect("a volume")
}

fn request(volume: &VolumeId, token: &str) -> LaunchRequest {
    LaunchRequest {
        token: token.into(),
        deployment: DeploymentId::new("d-1"),
        name: "orders".parse().expect("a name"),
        incarnation: Incarnation(1),
        instance_type: "local.small".into(),
        stands_in: None,
        zone: None,
        volume: Some(volume.clone()),
        protected: false,
    }
}

async fn launch(cloud: &LocalCloud) -> Instance {
    let volume = volume(cloud).await;
    cloud.launch(&request(&volume.id, "token-1"), "secret = 1").await.expect("an instance")
}

fn kill(process: Process) {
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, Signal::KILL).expect("killed");
}

fn refused<T: std::fmt::Debug>(result: Result<T, CloudError>) {
    assert!(matches!(result, Err(CloudError::Refused(_))), "{result:?}");
}

/// The answer to "launch" is lost and the call is made again: one instance, one agent.
#[tokio::test]
async fn a_lost_answer_makes_no_second_instance() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let first = launch(&cloud).await;
    let second = launch(&cloud).await;
    assert_eq!(first.id, second.id);
    machine.serves(&cloud, &first.id).await;
    let view = cloud.look().await.expect("a look");
    assert_eq!((view.instances.len(), view.volumes.len()), (1, 1));
    assert_eq!(view.volumes[0].attached.as_ref(), Some(&first.id));
}

/// The control plane dies at some moment after "launch" was called; the next one carries on with the same instance.
#[tokio::test]
async fn a_crash_after_launch_leaves_nothing_doubled() {
    for _ in 0..5 {
        let machine = Machine::new();
        let first = launch(&machine.open().await).await;

        let cloud = machine.open().await;
        assert_eq!(launch(&cloud).await.id, first.id);
        machine.serves(&cloud, &first.id).await;
        assert_eq!(cloud.look().await.expect("a look").instances.len(), 1);
        cloud.suspend().await.expect("suspended");
    }
}

/// The control plane dies while an instance's folder is being filled: it was never there.
#[tokio::test]
async fn a_crash_before_launch_is_written_leaves_nothing() {
    let machine = Machine::new();
    let half = machine.path("instances", ".new-i-00123456789abcdef");
    fs::create_dir_all(&half).expect("made");
    fs::write(half.join("user-data.toml"), "secret = 1").expect("written");

    let cloud = machine.open().await;

    assert!(!half.exists());
    assert!(cloud.look().await.expect("a look").instances.is_empty());
}

/// `kill -9` of an agent: another one is started, and its Dolt never knew.
#[tokio::test]
async fn a_killed_agent_is_started_again_and_its_dolt_runs_on() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let id = launch(&cloud).await.id;
    let (agent, dolt) = (machine.serves(&cloud, &id).await, machine.dolt(&id));

    kill(agent);
    until("another agent", async || machine.agents(&id).iter().any(|other| *other != agent)).await;

    machine.serves(&cloud, &id).await;
    assert_eq!(machine.dolt(&id), dolt);
    cloud.suspend().await.expect("suspended");
}

/// The control plane ends and another one begins: it takes over the agent that is there, and starts it again when it
/// dies, though it is no child of its own.
#[tokio::test]
async fn an_agent_outlives_its_control_plane_and_is_adopted() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let id = launch(&cloud).await.id;
    let agent = machine.serves(&cloud, &id).await;
    drop(cloud);

    let cloud = machine.open().await;
    assert_eq!(instance(&cloud, &id).await.agent_pid, Some(agent.pid));
    assert_eq!(machine.agents(&id), [agent]);

    kill(agent);
    until("another agent", async || machine.agents(&id).iter().any(|other| *other != agent)).await;
    cloud.suspend().await.expect("suspended");
}

/// A resize: stopped in order, given another type, started; the connection line stays.
#[tokio::test]
async fn a_type_is_changed_between_stop_and_start() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let before = launch(&cloud).await;
    let (id, agent) = (before.id.clone(), machine.serves(&cloud, &before.id).await);
    let dolt = machine.dolt(&id).expect("it runs");
    refused(cloud.change_type(&id, "local.large", None).await);

    cloud.stop(&id).await.expect("under way");
    cloud.stop(&id).await.expect("a second time is no error");
    is_in(&cloud, &id, InstanceState::Stopped).await;
    assert!(!agent.is_alive() && !dolt.is_alive(), "both have ended");

    refused(cloud.change_type(&id, "local.huge", None).await);
    cloud.change_type(&id, "local.large", None).await.expect("changed");
    cloud.start(&id).await.expect("under way");
    machine.serves(&cloud, &id).await;
    let after = instance(&cloud, &id).await;
    assert_eq!((after.instance_type.as_str(), after.database), ("local.large", before.database));
    let given = fs::read_to_string(machine.path("instances", &id).join("machine.toml")).expect("there");
    assert!(given.contains(&format!("memory_bytes = {}", 2048u64 << 20)), "{given}");
    cloud.suspend().await.expect("suspended");
}

/// The control plane dies in the middle of a stop: the next one ends what is left.
#[tokio::test]
async fn a_crash_while_stopping_is_finished_by_the_next_start() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let id = launch(&cloud).await.id;
    machine.serves(&cloud, &id).await;
    cloud.stop(&id).await.expect("under way");
    drop(cloud);

    let cloud = machine.open().await;
    is_in(&cloud, &id, InstanceState::Stopped).await;
    assert_eq!((machine.agents(&id).len(), machine.dolt(&id)), (0, None));
}

/// An agent dies between starting its Dolt and writing that down: a stop ends that Dolt too, so that no copy is made of
/// a volume that is written to.
#[tokio::test]
async fn a_dolt_that_was_never_written_down_is_ended_too() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let id = launch(&cloud).await.id;
    machine.serves(&cloud, &id).await;
    let config = machine.agent_folder(&id).join("dolt.yaml");
    let mut stray = Command::new(STAND_IN).arg("sql-server").arg("--config").arg(&config).spawn().expect("started");

    cloud.stop(&id).await.expect("under way");

    is_in(&cloud, &id, InstanceState::Stopped).await;
    assert!(stray.try_wait().expect("ours").is_some(), "it has ended");
}

/// What EC2 refuses is refused here, and changes nothing.
#[tokio::test]
async fn what_ec2_refuses_is_refused() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let id = launch(&cloud).await.id;
    machine.serves(&cloud, &id).await;
    let volume = volume(&cloud).await;
    let before = cloud.look().await.expect("a look");

    refused(cloud.launch(&request(&volume.id, "token-2"), "secret = 1").await);
    refused(cloud.grow(&volume.id, 9).await);
    refused(cloud.grow(&volume.id, 20_000).await);
    refused(cloud.copy(&volume.id, "copy-1").await);
    refused(cloud.destroy_volume(&volume.id).await);
    let nowhere = VolumeId::new("vol-1");
    assert_eq!(cloud.grow(&nowhere, 9).await, Err(CloudError::NotFound("volume vol-1".into())));
    assert!(matches!(cloud.stop(&InstanceId::new("i-1")).await, Err(CloudError::NotFound(_))));

    assert_eq!(cloud.look().await.expect("a look"), before);
    cloud.grow(&volume.id, 20).await.expect("a volume grows while it is used");
    cloud.suspend().await.expect("suspended");
}

/// The end of a deployment: terminated, copied, its volume destroyed; then a new volume from the copy.
#[tokio::test]
async fn data_survives_its_volume_in_a_copy() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let instance_id = launch(&cloud).await.id;
    machine.serves(&cloud, &instance_id).await;
    let volume = volume(&cloud).await.id;
    fs::write(machine.path("volumes", &volume).join("data/rows"), "42").expect("written");

    cloud.terminate(&instance_id).await.expect("under way");
    is_in(&cloud, &instance_id, InstanceState::Terminated).await;
    assert!(!machine.path("instances", &instance_id).join("user-data.toml").exists(), "no secret stays");
    refused(cloud.start(&instance_id).await);

    let copy = cloud.copy(&volume, "copy-1").await.expect("begun");
    assert_eq!(cloud.copy(&volume, "copy-1").await.expect("the same").id, copy.id);
    until("a completed copy", async || cloud.look().await.expect("a look").copies[0].completed).await;
    cloud.destroy_volume(&volume).await.expect("destroyed");
    assert_eq!(cloud.destroy_volume(&volume).await, Err(CloudError::NotFound(format!("volume {volume}"))));

    let request = VolumeRequest {
        token: "volume-2".into(),
        deployment: DeploymentId::new("d-1"),
        name: "orders".parse().expect("a name"),
        gib: 10,
        from: Some(copy.id.clone()),
        zone: None,
    };
    refused(cloud.create_volume(&VolumeRequest { gib: 5, ..request.clone() }).await);
    let again = cloud.create_volume(&request).await.expect("made");
    assert_eq!(fs::read_to_string(machine.path("volumes", &again.id).join("data/rows")).expect("there"), "42");

    cloud.destroy_copy(&copy.id).await.expect("destroyed");
    assert!(cloud.look().await.expect("a look").copies.is_empty());
    assert!(!machine.path("copies", &copy.id).exists());
}

/// The control plane dies while a copy is written: the next one completes it, and until then its volume stands still.
#[tokio::test]
async fn a_copy_is_completed_after_a_crash() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let volume = volume(&cloud).await.id;
    fs::write(machine.path("volumes", &volume).join("data/rows"), "42").expect("written");
    let copy = cloud.copy(&volume, "copy-1").await.expect("begun");
    drop(cloud);

    let cloud = machine.open().await;
    until("a completed copy", async || cloud.look().await.expect("a look").copies[0].completed).await;
    assert_eq!(fs::read_to_string(machine.path("copies", &copy.id).join("data/rows")).expect("there"), "42");
}

/// The person quits and stops the machines; the next start brings them back as they were.
#[tokio::test]
async fn what_was_suspended_comes_back_at_the_next_start() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let id = launch(&cloud).await.id;
    let agent = machine.serves(&cloud, &id).await;
    let dolt = machine.dolt(&id).expect("it runs");

    assert_eq!(cloud.suspend().await, Ok(1));
    assert!(!agent.is_alive() && !dolt.is_alive(), "both have ended");
    assert_eq!(instance(&cloud, &id).await.state, InstanceState::Running);
    assert_eq!(cloud.suspend().await, Ok(0), "nothing was started again");
    drop(cloud);

    let cloud = machine.open().await;
    machine.serves(&cloud, &id).await;
    cloud.suspend().await.expect("suspended");
}

/// More machines than are started at one go come back together, each with a port of its own.
#[tokio::test]
async fn a_whole_fleet_comes_back() {
    const FLEET: usize = 12;
    let machine = Machine::new();
    let cloud = machine.open().await;
    for n in 0..FLEET {
        let volume = volume_with(&cloud, &format!("volume-{n}")).await;
        let launched = cloud.launch(&request(&volume.id, &format!("token-{n}")), "secret = 1").await;
        launched.expect("an instance");
    }
    let fleet: Vec<Instance> = cloud.look().await.expect("a look").instances;
    let ports: BTreeSet<u16> = fleet.iter().flat_map(|one| [one.agent.port(), one.database.port()]).collect();
    assert_eq!(ports.len(), 2 * FLEET);
    for one in &fleet {
        machine.serves(&cloud, &one.id).await;
    }
    assert_eq!(cloud.suspend().await, Ok(FLEET));
    drop(cloud);

    let cloud = machine.open().await;
    for one in &fleet {
        machine.serves(&cloud, &one.id).await;
    }
    assert_eq!(cloud.suspend().await, Ok(FLEET));
}

/// Two control planes had this folder, one after the other: the second neither tells nor touches the first's.
#[tokio::test]
async fn another_control_planes_instances_are_left_alone() {
    let machine = Machine::new();
    let cloud = machine.open().await;
    let id = launch(&cloud).await.id;
    let agent = machine.serves(&cloud, &id).await;
    drop(cloud);

    let other = machine.open_as("cp-2").await;
    assert_eq!(other.look().await, Ok(Default::default()));
    assert_eq!(other.suspend().await, Ok(0));
    assert!(agent.is_alive());
    drop(other);
    machine.open().await.suspend().await.expect("suspended");
}

/// A record was damaged by hand: nothing is guessed, and the error names the file.
#[tokio::test]
async fn a_record_that_cannot_be_read_is_named() {
    let machine = Machine::new();
    let file = machine.path("instances", "i-1").join("instance.json");
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    fs::write(&file, "{").expect("written");
    let options = LocalOptions {
        folder: machine.folder.path().join("local"),
        resume: true,
        control_plane_id: "cp-1".into(),
        launcher: "/bin/false".into(),
        dolt: "/usr/bin/dolt".into(),
        env: Arc::new(System::new()),
    };
    let error = LocalCloud::open(options).await.err().expect("an error").to_string();
    assert!(error.contains("instance.json"), "{error}");
}
