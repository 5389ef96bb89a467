//! Who asks, and what they may.
//!
//! Guarantees: a caller is who the transport proves: the owner of this process (in memory, or through `api.sock`, which
//! only that user can open) or the holder of a client certificate that was not revoked. Nothing in a request can claim
//! otherwise. A certificate that is revoked ends at once: each call looks, and what streams is told ([`Revocations`]).

use crate::{
    hosted_api::problem::{Kind, Problem},
    store::{ClientCertificate, Store},
};
use doltops_proto::identity::{self, Role};
use futures::{Stream, StreamExt, stream};
use jiff::Timestamp;
use std::{collections::BTreeSet, pin::Pin, sync::Arc};
use tokio::sync::watch;
use tonic::{Request, Status};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their name: the author of what they change.
    pub name: String,
    /// What they may.
    pub role: Role,
    /// The serial number of their certificate; absent: they are on this machine, as the user that runs the control
    /// plane.
    pub serial: Option<String>,
}

/// What a transport proves about every request that comes over it.
#[derive(Clone, Debug)]
pub enum Proof {
    /// It is this very process, which this user started.
    ThisProcess(String),
    /// The operating system: the caller is this user.
    User(String),
    /// TLS: the caller holds the key of the certificate that the connection was made with.
    Certificate,
}

/// The caller of `request`, if they have at least the role `needed`.
///
/// # Errors
/// Refused, in words.
pub async fn caller<T>(
    request: &Request<T>,
    store: &dyn Store,
    now: Timestamp,
    needed: Role,
) -> Result<Caller, Status> {
    let caller = match request.extensions().get::<Proof>() {
        Some(Proof::User(name) | Proof::ThisProcess(name)) => {
            Caller { name: name.clone(), role: Role::Admin, serial: None }
        }
        Some(Proof::Certificate) => from_certificate(request, store, now).await?,
        None => return Err(Status::unauthenticated("this connection proves nothing about its caller")),
    };
    if caller.role < needed {
        let what = format!("{} has the role {}; this needs {needed}", caller.name, caller.role);
        return Err(Status::permission_denied(what));
    }
    Ok(caller)
}

async fn from_certificate<T>(request: &Request<T>, store: &dyn Store, now: Timestamp) -> Result<Caller, Status> {
    let chain = request.peer_certs();
    let leaf = chain.as_ref().and_then(|chain| chain.first());
    let leaf = leaf.ok_or_else(|| Status::unauthenticated("a client certificate is needed"))?;
    let peer = identity::peer(leaf).map_err(Status::permission_denied)?;
    let identity::Caller::Person { name, role } = peer.caller else {
        return Err(Status::permission_denied("the control plane's own certificate is not for the Hosted API"));
    };
    let known = store.client_certificates().await.map_err(Problem::from)?;
    if let Some(why) = invalid(&known, &peer.serial, now) {
        return Err(Status::permission_denied(format!("the certificate of {name} {why}")));
    }
    Ok(Caller { name, role, serial: Some(peer.serial) })
}

/// Why a certificate gives no access. The handshake looks at its dates too, but a connection can outlive them.
fn invalid(known: &[ClientCertificate], serial: &str, now: Timestamp) -> Option<&'static str> {
    match known.iter().find(|certificate| certificate.serial == serial) {
        None => Some("was not issued here"),
        Some(certificate) if certificate.revoked.is_some() => Some("was revoked"),
        Some(certificate) if certificate.not_after <= now => Some("has expired"),
        Some(_) => None,
    }
}

/// Tells calls that are under way that their caller's certificate was revoked.
///
/// Every revocation passes through this process, or, where another daemon is on the store, is read there.
#[derive(Clone, Debug, Default)]
pub struct Revocations(Arc<watch::Sender<BTreeSet<String>>>);

impl Revocations {
    /// These certificates give no access any more.
    pub fn add(&self, serials: impl IntoIterator<Item = String>) {
        self.0.send_modify(|revoked| revoked.extend(serials));
    }

    /// `answers`, until the caller's certificate is revoked; then one last word says so.
    pub fn end<S, T>(&self, caller: &Caller, answers: S) -> Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>
    where
        S: Stream<Item = Result<T, Status>> + Send + Unpin + 'static,
        T: Send + 'static,
    {
        let Some(serial) = caller.serial.clone() else { return Box::pin(answers) };
        let mut revoked = self.0.subscribe();
        let name = caller.name.clone();
        let ended = Box::pin(async move {
            if revoked.wait_for(|revoked| revoked.contains(&serial)).await.is_err() {
                // The server itself goes, and its connections with it.
                std::future::pending::<()>().await;
            }
            Status::permission_denied(format!("the certificate of {name} was revoked"))
        });
        Box::pin(stream::unfold(Some((answers, ended)), |state| async {
            let (mut answers, mut ended) = state?;
            tokio::select! {
                biased;
                status = &mut ended => Some((Err(status), None)),
                answer = answers.next() => answer.map(|answer| (answer, Some((answers, ended)))),
            }
        }))
    }
}

/// Refuses whoever is not on this machine.
///
/// # Errors
/// Refused, in words.
pub fn local_only(caller: &Caller) -> Result<(), Problem> {
    if caller.serial.is_none() {
        return Ok(());
    }
    Err(Problem::new(Kind::Refused, "this can only be asked for on the machine that hosts the control plane"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(serial: &str, revoked: bool) -> ClientCertificate {
        let not_after = Timestamp::from_second(100).expect("a time");
        ClientCertificate {
            serial: serial.to_owned(),
            name: "op1".to_owned(),
            role: "operator".to_owned(),
            not_after,
            revoked: revoked.then_some(not_after),
        }
    }

    #[test]
    fn a_certificate_is_good_while_it_is_known_unrevoked_and_in_time() {
        let known = [certificate("1", false), certificate("2", true)];
        let at = |serial, second| invalid(&known, serial, Timestamp::from_second(second).expect("a time"));
        assert_eq!(at("1", 99), None);
        assert_eq!(at("1", 100), Some("has expired"));
        assert_eq!(at("2", 99), Some("was revoked"));
        assert_eq!(at("3", 99), Some("was not issued here"));
    }

    /// A stream that was begun before goes on for ever, unless it is told.
    #[tokio::test]
    async fn a_revocation_ends_what_streams() {
        let revocations = Revocations::default();
        let caller = |serial: &str| Caller { name: "op1".into(), role: Role::Viewer, serial: Some(serial.into()) };
        let endless = || stream::once(std::future::ready(Ok(1))).chain(stream::pending());
        let mut theirs = revocations.end(&caller("1"), endless());
        let mut others = revocations.end(&caller("2"), endless());
        assert!(matches!(theirs.next().await, Some(Ok(1))));
        revocations.add(["1".to_owned()]);
        assert!(matches!(theirs.next().await, Some(Err(status)) if status.code() == tonic::Code::PermissionDenied));
        assert!(theirs.next().await.is_none());
        assert!(matches!(others.next().await, Some(Ok(1))));
    }
}
