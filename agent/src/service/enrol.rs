//! Enrol: signing requests for keys that are made here.

use crate::{
    agent::Agent,
    state::keys::{self, KeyError},
};
use doltops_proto::{
    identity::agent_name,
    instance_manager::{EnrolRequest, EnrolResponse},
};
use tonic::Status;

pub(super) fn enrol(agent: &Agent, request: EnrolRequest) -> Result<EnrolResponse, Status> {
    if request.database_names.is_empty() {
        return Err(Status::invalid_argument("database_names: the database needs a name"));
    }
    let status = |error: KeyError| match error {
        KeyError::Request(_) => Status::invalid_argument(format!("database_names: {error}")),
        other => Status::internal(other.to_string()),
    };
    let folder = &agent.folder;
    let agent_key = keys::pending(&folder.pending_agent_key()).map_err(status)?;
    let database_key = keys::pending(&folder.pending_database_key()).map_err(status)?;
    Ok(EnrolResponse {
        agent_csr: keys::request(&agent_key, vec![agent_name(&agent.deployment_id)]).map_err(status)?,
        database_csr: keys::request(&database_key, request.database_names).map_err(status)?,
    })
}
