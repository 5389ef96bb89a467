//! Who the agent answers, and under which epoch and generation.

use crate::support::{
    authority::Authority,
    instance::{Client, DEPLOYMENT, EPOCH, INCARNATION, Instance, code, enrol_request, fence, heartbeat},
};
use doltops_proto::{
    identity::{Caller, Role, agent_name, bootstrap_name},
    instance_manager::{DeployRequest, Fence, HeartbeatRequest},
};
use std::fs;
use tonic::{Code, Status};

/// With TLS 1.3 a client learns that its certificate was refused when it reads: the connection or the first call fails.
async fn call(client: Result<Client, Status>) -> Result<(), Status> {
    heartbeat(&mut client?).await.map(drop)
}

/// No certificate, another authority's, an operator's, another agent's, the first identity used as a client's.
#[tokio::test]
async fn only_the_control_plane_is_answered() {
    let (instance, _) = Instance::up().await;
    let name = agent_name(DEPLOYMENT);
    let operator = Caller::Person { name: "op".into(), role: Role::Admin };
    let in_tls = [
        None,
        Some(Authority::new().client(&Caller::ControlPlane)),
        Some(instance.control.server(&agent_name("d-another"))),
        Some(instance.first.clone()),
    ];
    for caller in in_tls {
        let refused = call(instance.connect_as(caller.as_ref(), &name).await).await;
        assert!(refused.is_err_and(|status| status.code() != Code::PermissionDenied));
    }
    let operator = instance.control.client(&operator);
    assert_eq!(code(call(instance.connect_as(Some(&operator), &name).await).await), Code::PermissionDenied);
    call(instance.connect_as(Some(&instance.control_plane), &name).await).await.expect("the control plane");
}

/// Once the agent has its own certificate, the one it booted with is not served, and its key is gone.
#[tokio::test]
async fn the_first_identity_is_good_for_one_use() {
    let (mut instance, _) = Instance::up().await;
    let first_name = bootstrap_name(DEPLOYMENT, INCARNATION);
    for round in ["before", "after"] {
        let first = instance.connect_as(Some(&instance.control_plane), &first_name).await;
        assert!(call(first).await.is_err(), "{round} a restart");
        assert!(!fs::read_to_string(instance.user_data()).expect("kept").contains("PRIVATE KEY"), "{round} a restart");
        call(Ok(instance.client().await)).await.expect("its own certificate");
        instance.kill_agent();
        instance.start_agent().await;
    }
}

/// An image that writes the user data again at each boot does not bring the first identity back.
#[tokio::test]
async fn user_data_that_comes_back_is_not_used() {
    let (mut instance, _) = Instance::up().await;
    instance.kill_agent();
    let emptied = fs::read_to_string(instance.user_data()).expect("kept");
    let whole = emptied
        .replace("key_pem = \"\"", &format!("key_pem = '''{}'''", instance.first.key))
        .replace("certificate_pem = \"\"", &format!("certificate_pem = '''{}'''", instance.first.certificate));
    fs::write(instance.user_data(), whole).expect("written");
    instance.start_agent().await;
    let first_name = bootstrap_name(DEPLOYMENT, INCARNATION);
    assert!(call(instance.connect_as(Some(&instance.control_plane), &first_name).await).await.is_err());
    call(Ok(instance.client().await)).await.expect("its own certificate");
    assert!(!fs::read_to_string(instance.user_data()).expect("kept").contains("PRIVATE KEY"));
}

/// A control plane that has lost the lease is refused, also by an agent that was restarted since. It may look, as a daemon
/// that stands by does: that changes nothing, and tells it the newer epoch.
#[tokio::test]
async fn older_epochs_and_generations_are_refused_across_a_restart() {
    let (mut instance, mut client) = Instance::up().await;
    client.deploy(instance.deploy_request(5)).await.expect("newer");
    let newer = HeartbeatRequest { fence: Some(Fence { epoch: EPOCH + 1, generation: 0 }), samples_after_ms: 0 };
    assert_eq!(client.heartbeat(newer).await.expect("newer").into_inner().epoch, EPOCH + 1);

    for round in ["before", "after"] {
        let mut client = instance.client().await;
        let looked = heartbeat(&mut client).await.expect("who looks is answered");
        assert_eq!(looked.epoch, EPOCH + 1, "{round} a restart");
        for (epoch, generation) in [(EPOCH, 6), (EPOCH + 1, 4), (EPOCH + 2, 4)] {
            let fence = Some(Fence { epoch, generation });
            let deploy = DeployRequest { fence, ..instance.deploy_request(0) };
            assert_eq!(code(client.deploy(deploy).await), Code::FailedPrecondition, "{round}: {epoch} {generation}");
            let enrol = enrol_request(Fence { epoch, generation });
            assert_eq!(code(client.enrol(enrol).await), Code::FailedPrecondition, "{round}: {epoch} {generation}");
        }
        instance.kill_agent();
        instance.start_agent().await;
    }
    let mut client = instance.client().await;
    let fence = Some(Fence { epoch: EPOCH + 1, ..fence(5) });
    client.deploy(DeployRequest { fence, ..instance.deploy_request(0) }).await.expect("the newest again");
}
