//! RenewIdentity and RenewLogins: other keys and passwords, while everything goes on.
//!
//! The order is what makes a crash harmless. Of an identity: whom the agent trusts first, then the chain, then the key that
//! waited for it goes. Of a login: the new one is made and has logged in before the old one ends.

use super::deploy;
use crate::{
    agent::Agent,
    sql::{access::SqlError, logins},
    state::{files, keys},
};
use doltops_proto::{
    identity::agent_name,
    instance_manager::{RenewIdentityRequest, RenewIdentityResponse, RenewLoginsRequest, RenewLoginsResponse},
};
use std::time::Duration;
use tokio::time;
use tonic::Status;

/// Dolt makes a user in milliseconds; the caller waits for some of that, and asks again after more.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn identity(agent: &Agent, request: RenewIdentityRequest) -> Result<RenewIdentityResponse, Status> {
    let internal = |error: &dyn std::fmt::Display| Status::internal(error.to_string());
    if !request.control_cas.is_empty() {
        let taken = agent.trust.take(request.control_cas);
        taken.map_err(|why| Status::invalid_argument(format!("control_cas: {why}")))?;
    }
    let pending = agent.folder.pending_agent_key();
    if request.agent_chain.is_empty() {
        let key = keys::pending(&pending).map_err(|error| internal(&error))?;
        let names = vec![agent_name(&agent.deployment_id)];
        let agent_csr = keys::request(&key, names).map_err(|error| internal(&error))?;
        return Ok(RenewIdentityResponse { agent_csr });
    }
    let identity = deploy::new_identity(agent, &request.agent_chain)?;
    agent.take_identity(&identity).map_err(|error| internal(&error))?;
    files::remove(&pending).map_err(|error| internal(&error))?;
    Ok(RenewIdentityResponse::default())
}

pub(super) async fn logins(agent: &Agent, request: RenewLoginsRequest) -> Result<RenewLoginsResponse, Status> {
    let admin = deploy::login("admin", request.admin)?.ok_or_else(|| Status::invalid_argument("admin: none"))?;
    if request.root_password.is_empty() || request.root_password.chars().any(char::is_control) {
        return Err(Status::invalid_argument("root_password: empty, or has control characters"));
    }
    let renewed = time::timeout(PATIENCE, logins::renew(agent, &request.root_password, admin));
    let renewed =
        renewed.await.map_err(|_| Status::unavailable(format!("Dolt gave no answer in {} s", PATIENCE.as_secs())))?;
    renewed.map_err(|error| match error {
        SqlError::NotDeployed | SqlError::ReadOnly | SqlError::NoRoot => Status::failed_precondition(error.to_string()),
        SqlError::Disk(_) => Status::internal(error.to_string()),
        SqlError::Refused(_) | SqlError::Dolt(_) => {
            Status::unavailable(format!("the passwords cannot be changed: {error}"))
        }
    })?;
    Ok(RenewLoginsResponse {})
}
