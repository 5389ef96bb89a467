//! From the first boot to SQL that is answered.

use crate::support::{
    instance::{self, DEPLOYMENT, Instance, code, dolt_of, enrol_request, fence, heartbeat, until},
    sql, tunnel,
};
use doltops_proto::instance_manager::{DeployRequest, LogsRequest, MetricsRequest, TunnelRequest, dolt::State};
use mysql_async::{Conn, prelude::Queryable};
use std::{fs, os::unix::fs::PermissionsExt};
use tonic::Code;

/// Enrol, deploy, up, and SQL through the tunnel, over TLS with the name that the certificate carries.
#[tokio::test]
async fn a_new_instance_becomes_a_database() {
    let instance = Instance::boot().await;
    let mut first = instance.first_client().await;
    assert_eq!(dolt_of(&heartbeat(&mut first).await.expect("answered")).state(), State::NotDeployed);

    let (agent_chain, database_chain) = instance.enrol(&mut first, fence(1)).await;
    let request = DeployRequest { agent_chain, database_chain, ..instance.deploy_request(1) };
    first.deploy(request.clone()).await.expect("deployed");
    first.deploy(request).await.expect("the same again is the same");

    let mut client = instance.client().await;
    let answer = until(&mut client, "Dolt is up", instance::is_up).await;
    assert_eq!((answer.deployment_id.as_str(), answer.generation), (DEPLOYMENT, 1));
    assert!(dolt_of(&answer).version.starts_with(|first: char| first.is_ascii_digit()), "{answer:?}");
    assert!(dolt_of(&answer).memory_bytes > 1 << 20, "{answer:?}");
    let applied = answer.applied.expect("Dolt runs");
    assert_eq!(applied.certificate_names, ["orders.localhost", "localhost", "127.0.0.1"]);
    assert_eq!((applied.admin_user.as_str(), applied.volume_bytes), ("doltops_a", 1 << 30));

    let port = tunnel::listen(client).await;
    let mut connection = Conn::new(sql::options(&instance, port, "root", "root-password")).await.expect("connected");
    connection.query_drop("CREATE DATABASE shop").await.expect("made");
    connection.query_drop("CREATE TABLE shop.t (id int primary key, text longtext)").await.expect("made");
    // Many frames each way.
    let text = "x".repeat(3 << 20);
    connection.exec_drop("INSERT INTO shop.t VALUES (1, ?)", (&text,)).await.expect("written");
    let read: Option<String> = connection.query_first("SELECT text FROM shop.t").await.expect("read");
    assert_eq!(read.map(|read| read == text), Some(true));
}

/// The answer to Enrol is lost: the same keys are asked for again, and one chain fits both.
#[tokio::test]
async fn enrolling_twice_before_the_first_deploy_gives_the_same_keys() {
    let instance = Instance::boot().await;
    let mut first = instance.first_client().await;
    let (agent_chain, _) = instance.enrol(&mut first, fence(1)).await;
    let (_, database_chain) = instance.enrol(&mut first, fence(1)).await;
    let request = DeployRequest { agent_chain, database_chain, ..instance.deploy_request(1) };
    first.deploy(request).await.expect("deployed");
}

/// Secrets are readable for the agent's own user alone, and the root password goes when it is not needed any more.
#[tokio::test]
async fn secrets_are_kept_close_and_no_longer_than_needed() {
    let (instance, mut client) = Instance::up().await;
    until(&mut client, "the admin is proven", |answer| {
        answer.applied.as_ref().is_some_and(|applied| applied.admin_user == "doltops_a")
    })
    .await;
    let mut stack = vec![instance.machine.folder.clone()];
    while let Some(folder) = stack.pop() {
        for entry in fs::read_dir(folder).expect("read") {
            let path = entry.expect("read").path();
            if path.is_dir() {
                stack.push(path);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            assert!(!text.contains("root-password"), "{}", path.display());
            if text.contains("PRIVATE KEY") || text.contains("-password") {
                let mode = fs::metadata(&path).expect("there").permissions().mode();
                assert_eq!(mode & 0o077, 0, "{}", path.display());
            }
        }
    }
    assert!(!fs::read_to_string(instance.path("agent.log")).expect("a log").contains("-password"));
}

/// Metrics, disk and logs come without anybody asking Dolt.
#[tokio::test]
async fn it_tells_how_it_is() {
    let (instance, mut client) = Instance::up().await;
    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    connection.query_drop("SELECT 1").await.expect("answered");
    let answer = until(&mut client, "a sample and the disk", |answer| {
        answer.samples.iter().any(|sample| sample.connections > 0)
            && answer.disk.is_some_and(|disk| disk.used_bytes > 0 && disk.total_bytes == 1 << 30)
    })
    .await;
    assert!(answer.samples.iter().all(|sample| sample.memory_bytes > 0), "{answer:?}");

    let request = MetricsRequest { fence: Some(fence(0)), since_ms: 0, max_samples: 1 };
    assert_eq!(client.metrics(request).await.expect("answered").into_inner().samples.len(), 1);

    let request = LogsRequest { fence: Some(fence(0)), lines: 1000, follow: true };
    let mut logs = client.logs(request).await.expect("answered").into_inner();
    loop {
        let line = logs.message().await.expect("read").expect("it goes on");
        if line.text.contains("Server ready") {
            assert!(line.level == "info" && line.time_ms > 0, "{line:?}");
            break;
        }
    }
}

/// What is asked wrongly changes nothing and names the field.
#[tokio::test]
async fn bad_requests_are_refused_by_field() {
    let instance = Instance::boot().await;
    let mut first = instance.first_client().await;
    let mut request = enrol_request(fence(1));
    request.database_names = vec!["naïve name".into()];
    assert_eq!(code(first.enrol(request).await), Code::InvalidArgument);
    assert_eq!(code(first.deploy(instance.deploy_request(1)).await), Code::FailedPrecondition);
    assert_eq!(
        code(first.deploy(DeployRequest { incarnation: 9, ..instance.deploy_request(2) }).await),
        Code::FailedPrecondition
    );

    // For the agent's key, from an authority that the control plane would not accept.
    let (_, database_chain) = instance.enrol(&mut first, fence(1)).await;
    let answer = first.enrol(enrol_request(fence(1))).await.expect("enrolled").into_inner();
    let agent_chain = vec![instance.deployment.answer(answer.agent_csr)];
    let wrong = DeployRequest { agent_chain, database_chain, ..instance.deploy_request(1) };
    let status = first.deploy(wrong).await.expect_err("refused");
    assert!(status.code() == Code::InvalidArgument && status.message().starts_with("agent_chain"), "{status:?}");
    assert_eq!(dolt_of(&heartbeat(&mut first).await.expect("answered")).state(), State::NotDeployed);

    let open = tokio_stream::iter([TunnelRequest { fence: Some(fence(0)), data: vec![1] }]);
    assert_eq!(code(first.tunnel(open).await), Code::InvalidArgument);
    let open = tokio_stream::iter([TunnelRequest { fence: Some(fence(0)), data: Vec::new() }]);
    assert_eq!(code(first.tunnel(open).await), Code::Unavailable);
}
