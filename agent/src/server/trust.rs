//! Who signs callers, and the agent's own certificate: the control CA, two of them while one takes the other's place.
//!
//! Guarantees
//! - What the agent is told is on disk before it holds; what it is never told is what it booted with.
//! - A caller whose certificate is of none of them any more is cut off, also on a connection that was open before. It is
//!   given [`GRACE`]: the call that has changed this is answered on such a connection.

use super::identity::{self, Served};
use crate::{clock, state::files};
use arc_swap::ArcSwap;
use doltops_proto::identity::agent_name;
use rustls::{
    RootCertStore, ServerConfig,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::ring,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// For the answer to the call that has changed whom the agent trusts.
const GRACE: Duration = Duration::from_secs(2);

/// Whom the agent trusts now.
#[derive(Debug)]
pub struct Trust {
    path: PathBuf,
    served: Arc<Served>,
    now: ArcSwap<Trusted>,
    open: Mutex<Vec<Open>>,
}

#[derive(Debug)]
struct Trusted {
    authorities: Vec<CertificateDer<'static>>,
    verifier: Arc<dyn ClientCertVerifier>,
    config: Arc<ServerConfig>,
}

/// A connection, for as long as its other end of `cut` lives.
#[derive(Debug)]
struct Open {
    chain: Vec<CertificateDer<'static>>,
    cut: CancellationToken,
    alive: std::sync::Weak<()>,
}

/// Among the open connections for as long as it lives.
#[derive(Debug)]
pub struct Entry {
    /// Tells that the connection is to end.
    pub cut: CancellationToken,
    _alive: Arc<()>,
}

impl Trust {
    /// What was kept at `path`, or else what the agent booted with (PEM).
    ///
    /// # Errors
    /// In words, when there is no authority in it, or one that cannot be used.
    pub fn open(path: PathBuf, booted_with: &str, served: Arc<Served>) -> Result<Self, String> {
        let kept = files::read(&path).map_err(|error| error.to_string())?;
        let authorities = certificates(kept.as_deref().unwrap_or(booted_with))?;
        let now = ArcSwap::from_pointee(Trusted::new(authorities, Arc::clone(&served))?);
        Ok(Self { path, served, now, open: Mutex::default() })
    }

    /// What the next connection is accepted with.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.now.load().config)
    }

    /// Trusts these (DER) and nobody else from now on.
    ///
    /// # Errors
    /// In words, when one cannot be used or they cannot be kept; then all is as before.
    pub fn take(&self, authorities: Vec<Vec<u8>>) -> Result<(), String> {
        let authorities: Vec<_> = authorities.into_iter().map(CertificateDer::from).collect();
        if self.now.load().authorities == authorities {
            return Ok(());
        }
        let pem: String =
            authorities.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.as_ref()))).collect();
        let trusted = Trusted::new(authorities, Arc::clone(&self.served))?;
        files::write(&self.path, pem.as_bytes()).map_err(|error| error.to_string())?;
        info!(authorities = trusted.authorities.len(), "callers of these authorities are let in from now on");
        self.now.store(Arc::new(trusted));
        self.cut_others();
        Ok(())
    }

    /// Notes a connection that showed `chain`.
    pub fn enter(&self, chain: Vec<CertificateDer<'static>>) -> Entry {
        let (cut, alive) = (CancellationToken::new(), Arc::new(()));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|open| open.alive.strong_count() > 0);
        open.push(Open { chain, cut: cut.clone(), alive: Arc::downgrade(&alive) });
        Entry { cut, _alive: alive }
    }

    /// Ends what is open to callers who are not trusted any more.
    fn cut_others(&self) {
        let now = self.now.load_full();
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for open in open.iter().filter(|open| !now.lets_in(&open.chain)) {
            let cut = open.cut.clone();
            tokio::spawn(async move {
                tokio::time::sleep(GRACE).await;
                cut.cancel();
            });
        }
    }

    /// Whether the control plane would accept `chain` from the agent of this deployment.
    ///
    /// # Errors
    /// In words, why not.
    pub fn accepts_of_itself(&self, chain: &[CertificateDer<'_>], deployment_id: &str) -> Result<(), String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.now.load().authorities.iter().cloned());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
            .build()
            .map_err(|error| error.to_string())?;
        let name = ServerName::try_from(agent_name(deployment_id)).map_err(|error| error.to_string())?;
        let (leaf, rest) = chain.split_first().ok_or("it is empty")?;
        verifier.verify_server_cert(leaf, rest, &name, &[], time()).map(drop).map_err(|error| error.to_string())
    }
}

impl Trusted {
    fn new(authorities: Vec<CertificateDer<'static>>, served: Arc<Served>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        for certificate in &authorities {
            roots.add(certificate.clone()).map_err(|error| error.to_string())?;
        }
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = verifier.build().map_err(|error| error.to_string())?;
        let config = Arc::new(identity::config(served, Arc::clone(&verifier))?);
        Ok(Self { authorities, verifier, config })
    }

    fn lets_in(&self, chain: &[CertificateDer<'_>]) -> bool {
        let Some((leaf, rest)) = chain.split_first() else { return false };
        self.verifier.verify_client_cert(leaf, rest, time()).is_ok()
    }
}

fn time() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(clock::now().as_second()).unwrap_or_default()))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Vec<_> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if all.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(all) }
}
