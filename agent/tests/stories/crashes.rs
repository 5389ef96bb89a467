//! Deaths that nobody should notice for long.

use crate::support::{
    PATIENCE, eventually,
    instance::{Instance, dolt_of, fence, heartbeat, is_up, until},
    sql,
};
use doltops_agent::process::Process;
use doltops_proto::instance_manager::TunnelRequest;
use mysql_async::prelude::Queryable;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use tokio::{sync::mpsc, time};
use tokio_stream::wrappers::ReceiverStream;

fn kill(process: Process) {
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::KILL).expect("killed");
}

/// `kill -9` of Dolt: the agent starts it again, and says that it did.
#[tokio::test]
async fn a_killed_dolt_comes_back() {
    let (instance, mut client) = Instance::up().await;
    let killed = instance.dolt().expect("it runs");
    kill(killed);
    let answer =
        until(&mut client, "another Dolt is up", |answer| is_up(answer) && dolt_of(answer).pid != killed.pid).await;
    assert_eq!(dolt_of(&answer).restarts, 1);
    assert!(dolt_of(&answer).last_error.contains("ended"), "{answer:?}");
    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    assert_eq!(connection.query_first("SELECT 1").await.expect("answered"), Some(1));
}

/// `kill -9` of the agent: Dolt runs on, an open connection lives on, and the next agent adopts both.
#[tokio::test]
async fn a_killed_agent_breaks_no_connection() {
    let (mut instance, _) = Instance::up().await;
    let dolt = instance.dolt().expect("it runs");
    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    let own: Option<u64> = connection.query_first("SELECT connection_id()").await.expect("answered");

    instance.kill_agent();
    assert_eq!(connection.query_first("SELECT connection_id()").await.expect("without an agent"), own);
    instance.start_agent().await;

    let mut client = instance.client().await;
    let answer = until(&mut client, "up again", is_up).await;
    assert_eq!((dolt_of(&answer).pid, dolt_of(&answer).restarts), (dolt.pid, 0));
    assert_eq!(answer.applied.expect("kept").volume_bytes, 1 << 30);
    assert_eq!(connection.query_first("SELECT connection_id()").await.expect("with another agent"), own);

    // What is adopted is watched like a child.
    kill(dolt);
    until(&mut client, "another Dolt is up", |answer| is_up(answer) && dolt_of(answer).pid != dolt.pid).await;
}

/// SIGTERM ends the agent in order, and Dolt runs on.
#[tokio::test]
async fn a_terminated_agent_leaves_dolt_running() {
    let (mut instance, _) = Instance::up().await;
    let dolt = instance.dolt().expect("it runs");
    assert!(instance.terminate_agent().await);
    assert!(dolt.is_alive());
    instance.start_agent().await;
    let answer = until(&mut instance.client().await, "up again", is_up).await;
    assert_eq!(dolt_of(&answer).pid, dolt.pid);
}

/// The agent died between starting Dolt and writing down which process it is: no second Dolt, and the first is kept.
#[tokio::test]
async fn a_dolt_that_was_not_written_down_is_found() {
    let (mut instance, _) = Instance::up().await;
    let dolt = instance.dolt().expect("it runs");
    instance.kill_agent();
    let path = instance.machine.folder.join("dolt.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).expect("there")).expect("JSON");
    record["process"] = serde_json::Value::Null;
    fs::write(&path, record.to_string()).expect("written");
    instance.start_agent().await;
    let answer = until(&mut instance.client().await, "up again", is_up).await;
    assert_eq!(dolt_of(&answer).pid, dolt.pid);
}

/// Both die, as when the machine loses power: both come back with what was written.
#[tokio::test]
async fn a_machine_that_lost_power_comes_back() {
    let (mut instance, _) = Instance::up().await;
    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    connection.query_drop("CREATE DATABASE kept").await.expect("made");
    instance.kill_agent();
    kill(instance.dolt().expect("it runs"));
    instance.start_agent().await;
    until(&mut instance.client().await, "up again", is_up).await;
    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    assert_eq!(connection.query_first("SHOW DATABASES LIKE 'kept'").await.expect("read"), Some("kept".to_owned()));
}

/// Dolt cannot start: the heartbeat says why, and it comes up once the cause is gone.
#[tokio::test]
async fn a_dolt_that_cannot_start_says_why() {
    let (mut instance, _) = Instance::up().await;
    instance.kill_agent();
    let dolt = instance.dolt().expect("it runs");
    kill(dolt);
    eventually("Dolt is gone", || async move { (!dolt.is_alive()).then_some(()) }).await;
    let in_the_way = std::net::TcpListener::bind(instance.machine.database).expect("its port is free");
    instance.start_agent().await;
    let mut client = instance.client().await;
    let answer = until(&mut client, "an error", |answer| dolt_of(answer).last_error.contains("already in use")).await;
    assert!(!is_up(&answer), "{answer:?}");
    drop(in_the_way);
    until(&mut client, "up again", is_up).await;
    heartbeat(&mut client).await.expect("answered");
}

/// Dolt dies under an open tunnel: the call ends, and the caller does not wait for ever.
#[tokio::test]
async fn a_tunnel_ends_with_its_dolt() {
    let (instance, mut client) = Instance::up().await;
    let (to, from) = mpsc::channel(1);
    to.send(TunnelRequest { fence: Some(fence(0)), data: Vec::new() }).await.expect("open");
    let mut answers = client.tunnel(ReceiverStream::new(from)).await.expect("opened").into_inner();
    let first = answers.message().await.expect("answered").expect("it goes on");
    assert!(first.data.is_empty(), "the first frame says that it is connected");
    assert!(!answers.message().await.expect("answered").expect("it goes on").data.is_empty(), "the server's greeting");
    kill(instance.dolt().expect("it runs"));
    let end = time::timeout(PATIENCE, async { while let Ok(Some(_)) = answers.message().await {} }).await;
    end.expect("the call ends, although the caller could still send");
}

/// Whoever switches the machine off finds Dolt without its agent.
#[tokio::test]
async fn dolt_is_found_without_its_agent() {
    let (mut instance, _) = Instance::up().await;
    instance.kill_agent();
    let found = doltops_agent::dolt::run::of(&instance.machine).expect("read");
    assert!(found.is_some() && found == instance.dolt());
    kill(found.expect("found"));
    let machine = &instance.machine;
    eventually("Dolt is gone", || async {
        doltops_agent::dolt::run::of(machine).expect("read").is_none().then_some(())
    })
    .await;
}
