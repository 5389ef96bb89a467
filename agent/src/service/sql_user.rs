//! OpenSqlUser.

use crate::{agent::Agent, sql::access::SqlError};
use doltops_proto::instance_manager::{OpenSqlUserRequest, OpenSqlUserResponse, SqlLogin};
use std::{ops::RangeInclusive, time::Duration};
use tokio::time;
use tonic::Status;

/// The protocol's bounds.
const SECONDS: RangeInclusive<u32> = 1..=86_400;
/// Dolt makes a user in milliseconds; a person waits for this.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn open(agent: &Agent, request: OpenSqlUserRequest) -> Result<OpenSqlUserResponse, Status> {
    if !SECONDS.contains(&request.seconds) {
        let (least, most) = (SECONDS.start(), SECONDS.end());
        return Err(Status::invalid_argument(format!("seconds: {} is not from {least} to {most}", request.seconds)));
    }
    let made = time::timeout(PATIENCE, agent.people.make(&request.person, request.read_only, request.seconds));
    let (login, expires) = made
        .await
        .map_err(|_| Status::unavailable(format!("Dolt gave no answer in {} s", PATIENCE.as_secs())))?
        .map_err(|error| match error {
            SqlError::NotDeployed | SqlError::ReadOnly | SqlError::NoRoot => {
                Status::failed_precondition(error.to_string())
            }
            SqlError::Disk(_) => Status::internal(error.to_string()),
            SqlError::Refused(_) | SqlError::Dolt(_) => {
                Status::unavailable(format!("no SQL user can be made: {error}"))
            }
        })?;
    Ok(OpenSqlUserResponse {
        login: Some(SqlLogin { user: login.user, password: login.password }),
        expires_ms: expires.as_millisecond(),
    })
}
