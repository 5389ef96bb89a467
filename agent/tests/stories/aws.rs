//! An instance on AWS: metrics to CloudWatch, credentials that are renewed, a volume that grows, a user for Dolt.

use crate::support::{
    cloudwatch::CloudWatch,
    eventually,
    instance::{INCARNATION, Instance, code, fence, heartbeat, until},
    sql,
};
use doltops_agent::machine::{Aws, DoltUser, Machine};
use doltops_proto::instance_manager::{DeployRequest, SetCredentialsRequest};
use mysql_async::prelude::Queryable;
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};
use tonic::Code;

const SECRETS: [&str; 4] = ["hush-key-1", "hush-token-1", "hush-key-2", "hush-token-2"];
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn now_ms() -> i64 {
    doltops_agent::clock::now().as_millisecond()
}

fn on_aws(folder: &Path, machine: &mut Machine) {
    let cloudwatch = folder.join("cloudwatch");
    fs::create_dir(&cloudwatch).expect("made");
    machine.aws = Some(Aws {
        cloudwatch_agent_config: cloudwatch.join("config.json"),
        credentials_file: cloudwatch.join("credentials"),
        ..Aws::default()
    });
}

/// What an earlier agent of this folder has kept: a sample every 5 s of the last `minutes`.
fn with_samples(machine: &Machine, minutes: i64) {
    let first = now_ms() / MINUTE_MS * MINUTE_MS - minutes * MINUTE_MS;
    let line = |at: i64| format!("{} 12.50 1048576 4096 3 2.000 1.000 5.000\n", first + at * 5_000);
    let text: String = (0..minutes * 12).map(line).collect();
    fs::create_dir_all(&machine.folder).expect("made");
    fs::write(machine.folder.join("metrics.0"), text).expect("written");
}

fn credentials(number: u32, cloudwatch: &CloudWatch) -> SetCredentialsRequest {
    SetCredentialsRequest {
        fence: Some(fence(1)),
        access_key_id: format!("ASIA{number}"),
        secret_access_key: format!("hush-key-{number}"),
        session_token: format!("hush-token-{number}"),
        expires_ms: now_ms() + HOUR_MS + i64::from(number),
        region: "eu-central-1".into(),
        endpoint_url: cloudwatch.url(),
        namespace: "Doltops/cp-1/d-1".into(),
        log_group: "/doltops/cp-1/d-1".into(),
        instance_id: format!("i-{INCARNATION}"),
    }
}

/// Three hours of samples wait for credentials; every minute of every metric arrives, once, under the instance's name.
#[tokio::test]
async fn metrics_arrive() {
    let cloudwatch = CloudWatch::start().await;
    let instance = Instance::boot_as(|folder, machine| {
        on_aws(folder, machine);
        with_samples(machine, 180);
    })
    .await;
    let mut client = instance.first_client().await;
    assert_eq!(heartbeat(&mut client).await.expect("answered").credentials_until_ms, 0);
    let given = credentials(1, &cloudwatch);
    client.set_credentials(given.clone()).await.expect("taken");
    assert_eq!(heartbeat(&mut client).await.expect("answered").credentials_until_ms, given.expires_ms);

    let all = eventually("every minute of every metric", || async {
        let minutes = cloudwatch.minutes();
        (minutes.len() == 7 && minutes.values().all(|minutes| minutes.len() >= 180)).then_some(minutes)
    })
    .await;
    assert!(all.values().flat_map(|minutes| minutes.values()).all(|times| *times == 1));
    assert!(cloudwatch.requests() <= 3, "they go in batches: {}", cloudwatch.requests());
    let data = cloudwatch.data();
    let datum = data.iter().find(|datum| datum.metric == "LatencyP99").expect("there");
    assert_eq!((datum.namespace.as_str(), datum.unit.as_str()), ("Doltops/cp-1/d-1", "Milliseconds"));
    assert_eq!(datum.dimensions, [("InstanceId".to_owned(), "i-3".to_owned())]);
    assert_eq!((datum.count, datum.sum, datum.least, datum.most), (12.0, 60.0, 5.0, 5.0));
}

/// CloudWatch is away, the agent is killed meanwhile, and CloudWatch comes back: nothing is missing, nothing comes twice.
#[tokio::test]
async fn nothing_is_lost_while_cloudwatch_is_away() {
    // Samples end here: what is due is counted from it, whatever minute it is by then.
    let began = now_ms();
    let cloudwatch = CloudWatch::start().await;
    cloudwatch.away(true);
    let mut instance = Instance::boot_as(|folder, machine| {
        on_aws(folder, machine);
        with_samples(machine, 180);
    })
    .await;
    instance.first_client().await.set_credentials(credentials(1, &cloudwatch)).await.expect("taken");
    eventually("it has tried", || async { (cloudwatch.requests() > 1).then_some(()) }).await;
    instance.kill_agent();
    instance.start_agent().await;

    cloudwatch.away(false);
    let whole = || async { cloudwatch.minutes().get("CpuPercent").filter(|minutes| minutes.len() >= 180).cloned() };
    let minutes = eventually("every minute", whole).await;
    assert!(minutes.values().all(|times| *times == 1), "{minutes:?}");

    // Another agent begins where this one has stopped.
    let mark = instance.machine.folder.join("metrics.sent.json");
    eventually("the mark is kept", || async {
        let mark: i64 = serde_json::from_str(&fs::read_to_string(&mark).ok()?).ok()?;
        (mark >= began - 2 * MINUTE_MS).then_some(())
    })
    .await;
    let sent = cloudwatch.data().len();
    let requests = cloudwatch.requests();
    instance.kill_agent();
    instance.start_agent().await;
    let (mut instance, _) = instance.deployed().await;
    assert!(cloudwatch.data().len() <= sent + 7 && cloudwatch.requests() <= requests + 1, "sent again");
    assert!(instance.terminate_agent().await);
}

/// Renewed while it runs: the next request is signed with the new key, the CloudWatch Agent's files follow, no secret is
/// in a log, and a delayed older request changes nothing.
#[tokio::test]
async fn credentials_are_renewed_while_it_runs() {
    let cloudwatch = CloudWatch::start().await;
    cloudwatch.away(true);
    let instance = Instance::boot_as(|folder, machine| {
        on_aws(folder, machine);
        with_samples(machine, 5);
    })
    .await;
    let mut client = instance.first_client().await;
    let first = credentials(1, &cloudwatch);
    client.set_credentials(first.clone()).await.expect("taken");
    eventually("the first key is used", || async { cloudwatch.last_key().filter(|key| key == "ASIA1") }).await;

    let aws = instance.machine.aws.clone().expect("on AWS");
    let inode = || fs::metadata(&aws.cloudwatch_agent_config).expect("written").ino();
    let config = inode();
    client.set_credentials(credentials(2, &cloudwatch)).await.expect("taken");
    client.set_credentials(first).await.expect("a delayed one is no error");
    eventually("the second key is used", || async { cloudwatch.last_key().filter(|key| key == "ASIA2") }).await;
    assert_eq!(inode(), config, "whoever watches it would restart the CloudWatch Agent");

    let file = fs::read_to_string(&aws.credentials_file).expect("written");
    assert!(file.contains("aws_access_key_id = ASIA2\n"), "{file}");
    assert_eq!(fs::metadata(&aws.credentials_file).expect("written").permissions().mode() & 0o777, 0o640);
    let kept = fs::metadata(instance.machine.folder.join("credentials.json")).expect("kept");
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    for log in [instance.path("agent.log"), instance.machine.folder.join("agent.log")] {
        let log = fs::read_to_string(log).expect("a log");
        assert!(log.contains("credentials for metrics and logs were kept"), "{log}");
        assert!(SECRETS.iter().all(|secret| !log.contains(secret)), "{log}");
    }
}

/// What is asked wrongly, too late, or of a machine that sends nothing, is refused and changes nothing.
#[tokio::test]
async fn credentials_of_an_older_control_plane_are_refused() {
    let cloudwatch = CloudWatch::start().await;
    let instance = Instance::boot_as(on_aws).await;
    let mut client = instance.first_client().await;
    let older = SetCredentialsRequest { fence: Some(Default::default()), ..credentials(1, &cloudwatch) };
    heartbeat(&mut client).await.expect("answered");
    assert_eq!(code(client.set_credentials(older).await), Code::FailedPrecondition);
    let ended = SetCredentialsRequest { expires_ms: 1, ..credentials(1, &cloudwatch) };
    assert_eq!(code(client.set_credentials(ended).await), Code::InvalidArgument);
    assert_eq!(heartbeat(&mut client).await.expect("answered").credentials_until_ms, 0);

    let elsewhere = Instance::boot().await;
    let mut client = elsewhere.first_client().await;
    assert_eq!(code(client.set_credentials(credentials(1, &cloudwatch)).await), Code::FailedPrecondition);
}

/// A larger volume: the command runs for it, its failure is told and tried again, and the disk is the filesystem's own.
#[tokio::test]
async fn the_filesystem_follows_the_volume() {
    let instance = Instance::boot_as(|folder, machine| {
        on_aws(folder, machine);
        let script = r#"echo run >> "$0/grown"; test -e "$0/there" || { echo no such volume >&2; exit 1; }"#;
        let words = ["sh", "-c", script, folder.to_str().expect("UTF-8")];
        if let Some(aws) = &mut machine.aws {
            aws.grow_command = words.map(str::to_owned).to_vec();
        }
    })
    .await;
    let (instance, mut client) = instance.deployed().await;
    let told = until(&mut client, "the failure is told", |answer| {
        answer.dolt.as_ref().is_some_and(|dolt| dolt.last_error.ends_with("no such volume"))
    })
    .await;
    let total = told.disk.expect("told").total_bytes;
    assert!(total != 1 << 30, "the filesystem's own size, not the deployed one: {total}");
    fs::write(instance.path("there"), "").expect("written");
    let quiet = |answer: &doltops_proto::instance_manager::HeartbeatResponse| {
        answer.dolt.as_ref().is_some_and(|dolt| dolt.last_error.is_empty())
    };
    until(&mut client, "it has grown", quiet).await;

    let runs = || fs::read_to_string(instance.path("grown")).expect("it ran").lines().count();
    let before = runs();
    client.deploy(DeployRequest { volume_bytes: 2 << 30, ..instance.deploy_request(2) }).await.expect("deployed");
    eventually("it ran for the new size", || async { (runs() > before).then_some(()) }).await;
}

/// Dolt runs as a user of its own: SQL works, Dolt stays over the agent's restart, and what is the agent's it cannot read.
///
/// Only root can become another user; elsewhere there is nothing to see.
#[tokio::test]
async fn dolt_runs_as_a_user_of_its_own() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not run: only root can start a Dolt as another user");
        return;
    }
    const NOBODY: u32 = 65_534;
    let own = |path: &Path, mode: u32| {
        fs::create_dir_all(path).expect("made");
        std::os::unix::fs::chown(path, None, Some(NOBODY)).expect("given");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    };
    let instance = Instance::boot_as(|folder, machine| {
        on_aws(folder, machine);
        fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).expect("set");
        let for_dolt = folder.join("for-dolt");
        own(&for_dolt, 0o2750);
        own(&for_dolt.join("home"), 0o2770);
        own(&machine.data, 0o2770);
        let begin = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--"];
        if let Some(aws) = &mut machine.aws {
            let begin = begin.map(str::to_owned).to_vec();
            aws.dolt_user = Some(DoltUser { begin, folder: for_dolt });
        }
    })
    .await;
    let (mut instance, _) = instance.deployed().await;
    let dolt = instance.dolt().expect("it runs");
    let status = fs::read_to_string(format!("/proc/{}/status", dolt.pid)).expect("it runs");
    let of = |field: &str| status.lines().find_map(|line| line.strip_prefix(field)).map(str::trim).unwrap_or_default();
    assert_eq!(of("Uid:"), "65534\t65534\t65534\t65534");
    assert_eq!((of("CapEff:"), of("Groups:")), ("0000000000000000", ""));
    assert_eq!(fs::metadata(&instance.machine.folder).expect("there").mode() & 0o077, 0);

    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    connection.query_drop("CREATE DATABASE shop").await.expect("made");
    instance.kill_agent();
    instance.start_agent().await;
    let mut client = instance.client().await;
    until(&mut client, "Dolt is adopted", crate::support::instance::is_up).await;
    assert_eq!(instance.dolt().expect("it runs"), dolt);
}
