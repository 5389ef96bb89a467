//! A control plane elsewhere, over TCP with mTLS.

use crate::{
    config::{Identity, Remote},
    hosted_api::{
        client::{self, Client},
        problem::Problem,
    },
};
use doltops_proto::identity::HOSTED_API_NAME;
use std::time::Duration;
use tonic::transport::Endpoint;

/// A host that does not answer is away.
const CONNECT: Duration = Duration::from_secs(10);

/// A client of the control plane at `remote`; it connects when it is first used.
///
/// # Errors
/// Names `identity` where the certificate or key cannot be used.
pub fn client(remote: &Remote, identity: &Identity) -> Result<Client, Problem> {
    // Whatever address it is reached by, the certificate carries this one name.
    let tls = identity.tls().domain_name(HOSTED_API_NAME);
    let endpoint = Endpoint::from(remote.url.uri()).connect_timeout(CONNECT).tcp_nodelay(true).tls_config(tls);
    let endpoint = endpoint.map_err(|error| Problem::invalid("identity", error.to_string()))?;
    Ok(client::on(endpoint.connect_lazy()))
}
