//! Deploy: checked, written down, and then followed by the supervisor.
//!
//! The order is what makes a crash harmless: chains are promoted first, each file whole; then the deploy is written
//! down; then what is no longer needed is removed. The same request again finds what was done and does the rest.

use crate::{
    agent::Agent,
    sql::is_user_name,
    state::{
        deployed::{Deployed, Login},
        files,
        keys::{self, Facts, Identity, KeyError},
    },
};
use doltops_proto::instance_manager::{DeployRequest, DeployResponse, SqlLogin};
use std::io;
use tonic::Status;

pub(super) async fn deploy(agent: &Agent, request: DeployRequest) -> Result<DeployResponse, Status> {
    let before = agent.deployments.newest();
    let admin = login("admin", request.admin)?
        .or_else(|| before.as_ref().map(|before| before.admin.clone()))
        .ok_or_else(|| Status::invalid_argument("admin: the first Deploy needs one"))?;
    let root = login("root", request.root)?;
    if root.as_ref().is_some_and(|root| root.user != "root") {
        return Err(Status::invalid_argument("root.user: Dolt's first user is always root"));
    }
    let deployment_ca = match (request.deployment_ca.is_empty(), &before) {
        (false, _) => pem::encode(&pem::Pem::new("CERTIFICATE", request.deployment_ca)),
        (true, Some(before)) => before.deployment_ca.clone(),
        (true, None) => return Err(Status::invalid_argument("deployment_ca: the first Deploy needs one")),
    };
    let own = own_identity(agent, &request.agent_chain)?;
    let database = database_identity(agent, &request.database_chain)?;
    let certificate = facts(&database)?;

    if !request.database_chain.is_empty() {
        database.write(&agent.folder.database_identity(), agent.folder.dolt_readers()).map_err(internal)?;
    }
    if let Some(own) = own {
        agent.take_identity(&own).map_err(|error| Status::internal(error.to_string()))?;
    }
    let deployed = Deployed {
        deployment_id: request.deployment_id,
        incarnation: request.incarnation,
        generation: request.fence.map_or(0, |fence| fence.generation),
        name: request.name,
        volume_bytes: request.volume_bytes,
        settings: request.settings,
        restart_id: request.restart_id,
        certificate,
        deployment_ca,
        chain_top: database.chain_top().unwrap_or_default(),
        root,
        admin,
        proven: None,
    };
    agent.deployments.take(deployed).await.map_err(|error| Status::internal(error.to_string()))?;
    remove_used_keys(agent, !request.agent_chain.is_empty(), !request.database_chain.is_empty())
        .map_err(|error| Status::internal(error.to_string()))?;
    Ok(DeployResponse {})
}

pub(super) fn login(field: &str, login: Option<SqlLogin>) -> Result<Option<Login>, Status> {
    let Some(login) = login.filter(|login| !login.user.is_empty()) else { return Ok(None) };
    if !is_user_name(&login.user) {
        return Err(Status::invalid_argument(format!("{field}.user: no name of a SQL user")));
    }
    if login.password.is_empty() || login.password.chars().any(char::is_control) {
        return Err(Status::invalid_argument(format!("{field}.password: empty, or has control characters")));
    }
    Ok(Some(Login { user: login.user, password: login.password }))
}

/// The agent's new identity; none to keep what is there. A wrong one would be the last that is ever deployed.
fn own_identity(agent: &Agent, chain: &[Vec<u8>]) -> Result<Option<Identity>, Status> {
    if chain.is_empty() {
        return match Identity::read(&agent.folder.agent_identity(), "agent").map_err(internal)? {
            Some(_) => Ok(None),
            None => Err(Status::failed_precondition("agent_chain: the first Deploy needs one; enrol first")),
        };
    }
    new_identity(agent, chain).map(Some)
}

/// The identity that `chain` makes, if the control plane would accept it.
pub(super) fn new_identity(agent: &Agent, chain: &[Vec<u8>]) -> Result<Identity, Status> {
    let (pending, current) = (agent.folder.pending_agent_key(), agent.folder.agent_identity());
    let identity = keys::identity(chain, &pending, &current, "agent").map_err(refused("agent_chain"))?;
    let accepted = agent.trust.accepts_of_itself(&identity.certified.cert, &agent.deployment_id);
    accepted.map_err(|error| Status::invalid_argument(format!("agent_chain: {error}")))?;
    Ok(identity)
}

fn database_identity(agent: &Agent, chain: &[Vec<u8>]) -> Result<Identity, Status> {
    let (pending, current) = (agent.folder.pending_database_key(), agent.folder.database_identity());
    if !chain.is_empty() {
        return keys::identity(chain, &pending, &current, "database").map_err(refused("database_chain"));
    }
    let kept = Identity::read(&current, "database").map_err(internal)?;
    kept.ok_or_else(|| Status::failed_precondition("database_chain: the first Deploy needs one; enrol first"))
}

fn facts(identity: &Identity) -> Result<Facts, Status> {
    identity.facts().map_err(|why| Status::invalid_argument(format!("database_chain: the leaf cannot be read: {why}")))
}

/// A pending key whose chain has come is the identity's now.
fn remove_used_keys(agent: &Agent, own: bool, database: bool) -> io::Result<()> {
    if own {
        files::remove(&agent.folder.pending_agent_key())?;
    }
    if database {
        files::remove(&agent.folder.pending_database_key())?;
    }
    Ok(())
}

fn refused(field: &'static str) -> impl Fn(KeyError) -> Status {
    move |error| match error {
        KeyError::OtherKey { .. } => Status::failed_precondition(format!("{field}: {error}")),
        other => internal(other),
    }
}

fn internal(error: KeyError) -> Status {
    Status::internal(error.to_string())
}
