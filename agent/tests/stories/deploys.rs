//! What a later Deploy changes, and what it leaves alone.

use crate::support::{
    authority::Authority,
    instance::{Client, DEPLOYMENT, Instance, code, dolt_of, enrol_request, fence, heartbeat, is_up, login, until},
    sql,
};
use doltops_proto::instance_manager::{DeployRequest, EnrolRequest, HeartbeatResponse, OpenSqlUserRequest};
use mysql_async::prelude::Queryable;
use tonic::Code;
use x509_parser::prelude::{FromDer, X509Certificate};

/// What a public authority signs.
const HOST: &str = "orders.doltops.test";

async fn deploy(client: &mut Client, request: DeployRequest) {
    client.deploy(request).await.expect("deployed");
}

async fn pid_after(client: &mut Client, what: &str, holds: impl Fn(&HeartbeatResponse) -> bool) -> u32 {
    dolt_of(&until(client, what, |answer| is_up(answer) && holds(answer)).await).pid
}

/// Settings and a restart id restart Dolt once each; the same request again, and a larger volume, do not.
#[tokio::test]
async fn dolt_restarts_once_for_what_it_reads_at_its_start() {
    let (instance, mut client) = Instance::up().await;
    let first = instance.dolt().expect("it runs").pid;

    let settings = [("max_connections".to_owned(), "7".to_owned())].into();
    let mut request = DeployRequest { settings, ..instance.deploy_request(2) };
    deploy(&mut client, request.clone()).await;
    let second = pid_after(&mut client, "the setting is applied", |answer| {
        answer.applied.as_ref().is_some_and(|applied| applied.settings.contains_key("max_connections"))
    })
    .await;
    assert_ne!(second, first);
    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    assert_eq!(connection.query_first("SELECT @@max_connections").await.expect("read"), Some(7));

    request.restart_id = "r-1".into();
    request.fence = Some(fence(3));
    deploy(&mut client, request.clone()).await;
    let third = pid_after(&mut client, "the restart is done", |answer| {
        answer.applied.as_ref().is_some_and(|applied| applied.restart_id == "r-1")
    })
    .await;
    assert_ne!(third, second);

    let mut connection = sql::direct(&instance, "root", "root-password").await.expect("connected");
    deploy(&mut client, request.clone()).await;
    request.volume_bytes = 2 << 30;
    request.fence = Some(fence(4));
    deploy(&mut client, request).await;
    let fourth = pid_after(&mut client, "the volume is told", |answer| {
        answer.applied.as_ref().is_some_and(|applied| applied.volume_bytes == 2 << 30) && answer.generation == 4
    })
    .await;
    assert_eq!(fourth, third);
    // The connection that was open all the while.
    assert_eq!(connection.query_first("SELECT 1").await.expect("answered"), Some(1));
    assert_eq!(dolt_of(&heartbeat(&mut client).await.expect("answered")).restarts, 0);
}

/// A renewal: new keys, a new certificate for both, and chains for keys that are gone are refused.
#[tokio::test]
async fn certificates_are_renewed() {
    let (instance, mut client) = Instance::up().await;
    let before = serial(&heartbeat(&mut client).await.expect("answered"));

    let (lost_agent, lost_database) = instance.enrol(&mut client, fence(2)).await;
    let (agent_chain, database_chain) = instance.enrol(&mut client, fence(2)).await;
    assert_eq!(public_key(&lost_database), public_key(&database_chain), "a repeat is for the same key");
    assert_eq!(public_key(&lost_agent), public_key(&agent_chain), "a repeat is for the same key");

    let request = DeployRequest { agent_chain, database_chain, ..instance.deploy_request(2) };
    deploy(&mut client, request.clone()).await;
    until(&mut client, "the new certificate is served", |answer| is_up(answer) && serial(answer) != before).await;
    let pid = instance.dolt().expect("it runs").pid;
    deploy(&mut instance.client().await, request.clone()).await;
    assert_eq!(dolt_of(&heartbeat(&mut client).await.expect("answered")).pid, pid, "of {DEPLOYMENT}");

    let (agent_chain, database_chain) = instance.enrol(&mut client, fence(3)).await;
    assert_ne!(public_key(&request.database_chain), public_key(&database_chain), "a renewal is for a new key");
    deploy(&mut client, DeployRequest { agent_chain, database_chain, ..instance.deploy_request(3) }).await;
    let gone = DeployRequest { fence: Some(fence(3)), ..request };
    assert_eq!(code(instance.client().await.deploy(gone).await), Code::FailedPrecondition);
}

fn serial(answer: &HeartbeatResponse) -> Option<String> {
    answer.applied.as_ref().map(|applied| applied.certificate_serial.clone())
}

fn public_key(chain: &[Vec<u8>]) -> Vec<u8> {
    let (_, leaf) = X509Certificate::from_der(&chain[0]).expect("a certificate");
    leaf.public_key().raw.to_vec()
}

/// A public authority signs a host name and nothing else, with an intermediate: the agent's own SQL and people's work.
#[tokio::test]
async fn a_public_certificate_serves() {
    let instance = Instance::boot().await;
    let mut first = instance.first_client().await;
    let request = EnrolRequest { database_names: vec![HOST.to_owned()], ..enrol_request(fence(1)) };
    let answer = first.enrol(request).await.expect("enrolled").into_inner();
    let (root, intermediate) = Authority::with_intermediate();
    let database_chain = vec![intermediate.answer(answer.database_csr), intermediate.der.clone()];
    let agent_chain = vec![instance.control.answer(answer.agent_csr)];
    first.deploy(DeployRequest { agent_chain, database_chain, ..instance.deploy_request(1) }).await.expect("deployed");
    let mut client = instance.client().await;
    let answer = until(&mut client, "the agent itself reaches Dolt", |answer| {
        is_up(answer) && answer.applied.as_ref().is_some_and(|applied| !applied.admin_user.is_empty())
    })
    .await;
    assert_eq!(answer.applied.expect("applied").certificate_names, [HOST]);
    let mut connection = sql::as_host(&instance, HOST, &root.pem).await.expect("its certificate is the root's");
    assert_eq!(connection.query_first("SELECT 1").await.expect("answered"), Some(1));
    assert!(sql::direct(&instance, "root", "root-password").await.is_err(), "it is not the deployment CA's");

    // What is deployed without a chain keeps the certificate, and with it the trust in it.
    let settings = [("max_connections".to_owned(), "7".to_owned())].into();
    deploy(&mut client, DeployRequest { settings, ..instance.deploy_request(2) }).await;
    until(&mut client, "it is up with the setting", |answer| {
        is_up(answer) && answer.applied.as_ref().is_some_and(|applied| !applied.settings.is_empty())
    })
    .await;
}

/// The control plane's login changes: the new one is made by the old one, without root.
#[tokio::test]
async fn the_admin_user_is_rotated() {
    let (instance, mut client) = Instance::up().await;
    let proven = |user: &'static str| {
        move |answer: &HeartbeatResponse| answer.applied.as_ref().is_some_and(|applied| applied.admin_user == user)
    };
    until(&mut client, "the first admin", proven("doltops_a")).await;
    let admin = Some(login("doltops_b", "it's \\ another"));
    deploy(&mut client, DeployRequest { admin, root: None, ..instance.deploy_request(2) }).await;
    until(&mut client, "the second admin", proven("doltops_b")).await;
    let mut connection = sql::direct(&instance, "doltops_b", "it's \\ another").await.expect("connected");
    connection.query_drop("CREATE USER made_by_b").await.expect("it may");

    let admin = Some(login("doltops_a", "a new password"));
    deploy(&mut client, DeployRequest { admin, root: None, ..instance.deploy_request(3) }).await;
    until(&mut client, "the first again", proven("doltops_a")).await;
    sql::direct(&instance, "doltops_a", "a new password").await.expect("connected");
    assert!(sql::direct(&instance, "doltops_a", "admin-password").await.is_err());
}

/// A database that is read-only from its first boot on still gets its admin user, and then refuses writes.
#[tokio::test]
async fn a_read_only_database_comes_up() {
    let instance = Instance::boot().await;
    let mut first = instance.first_client().await;
    let (agent_chain, database_chain) = instance.enrol(&mut first, fence(1)).await;
    let settings = [("behavior.read_only".to_owned(), "true".to_owned())].into();
    let request = DeployRequest { agent_chain, database_chain, settings, ..instance.deploy_request(1) };
    first.deploy(request).await.expect("deployed");
    let mut client = instance.client().await;
    until(&mut client, "up and read-only", |answer| {
        is_up(answer) && answer.applied.as_ref().is_some_and(|applied| !applied.settings.is_empty())
    })
    .await;
    let mut connection = sql::direct(&instance, "doltops_a", "admin-password").await.expect("connected");
    assert!(connection.query_drop("CREATE DATABASE shop").await.is_err());
    let person = "ann".to_owned();
    let request = OpenSqlUserRequest { fence: Some(fence(0)), person, read_only: true, seconds: 60 };
    assert_eq!(code(client.open_sql_user(request).await), Code::FailedPrecondition);
}
