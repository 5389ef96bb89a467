//! Who asks, and what they may.
//!
//! Guarantees: a caller is who the transport proves: the owner of this process (in memory, or through `api.sock`, which
//! only that user can open) or the holder of a client certificate that was not revoked. Nothing in a request can claim
//! otherwise.

use crate::{
    hosted_api::problem::{Kind, Problem},
    store::{ClientCertificate, Store},
};
use doltops_proto::identity::{self, Role};
use tonic::{Request, Status};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their name: the author of what they change.
    pub name: String,
    /// What they may.
    pub role: Role,
    /// They are on this machine, as the user that runs the control plane.
    pub local: bool,
}

/// What a transport proves about every request that comes over it.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The operating system: the caller is this user.
    User(String),
    /// TLS: the caller holds the key of the certificate that the connection was made with.
    Certificate,
}

/// The caller of `request`, if they have at least the role `needed`.
///
/// # Errors
/// Refused, in words.
pub async fn caller<T>(request: &Request<T>, store: &dyn Store, needed: Role) -> Result<Caller, Status> {
    let caller = match request.extensions().get::<Proof>() {
        Some(Proof::User(name)) => Caller { name: name.clone(), role: Role::Admin, local: true },
        Some(Proof::Certificate) => from_certificate(request, store).await?,
        None => return Err(Status::unauthenticated("this connection proves nothing about its caller")),
    };
    if caller.role < needed {
        let what = format!("{} has the role {}; this needs {needed}", caller.name, caller.role);
        return Err(Status::permission_denied(what));
    }
    Ok(caller)
}

async fn from_certificate<T>(request: &Request<T>, store: &dyn Store) -> Result<Caller, Status> {
    let chain = request.peer_certs();
    let leaf = chain.as_ref().and_then(|chain| chain.first());
    let leaf = leaf.ok_or_else(|| Status::unauthenticated("a client certificate is needed"))?;
    let peer = identity::peer(leaf).map_err(Status::permission_denied)?;
    let identity::Caller::Person { name, role } = peer.caller else {
        return Err(Status::permission_denied("the control plane's own certificate is not for the Hosted API"));
    };
    let known = store.client_certificates().await.map_err(Problem::from)?;
    if !is_valid(&known, &peer.serial) {
        return Err(Status::permission_denied(format!(
            "the certificate of {name} was revoked, or was not issued here"
        )));
    }
    Ok(Caller { name, role, local: false })
}

fn is_valid(known: &[ClientCertificate], serial: &str) -> bool {
    known.iter().any(|certificate| certificate.serial == serial && certificate.revoked.is_none())
}

/// Refuses whoever is not on this machine.
///
/// # Errors
/// Refused, in words.
pub fn local_only(caller: &Caller) -> Result<(), Problem> {
    if caller.local {
        return Ok(());
    }
    Err(Problem::new(Kind::Refused, "this can only be asked for on the machine that hosts the control plane"))
}
