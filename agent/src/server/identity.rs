//! The certificate that the agent serves, which changes while it runs.

use crate::state::keys::Identity;
use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, danger::ClientCertVerifier},
    sign::CertifiedKey,
    version::TLS13,
};
use std::sync::Arc;

/// What is served now.
#[derive(Debug)]
pub struct Served(ArcSwap<CertifiedKey>);

impl Served {
    /// Serves `identity` from the start.
    pub fn new(identity: &Identity) -> Self {
        Self(ArcSwap::from_pointee(identity.certified.clone()))
    }

    /// Serves `identity` from the next connection on.
    pub fn swap(&self, identity: &Identity) {
        self.0.store(Arc::new(identity.certified.clone()));
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// TLS 1.3 only, with a client certificate that `verifier` accepts.
///
/// # Errors
/// In words, when TLS cannot be set up.
pub fn config(served: Arc<Served>, verifier: Arc<dyn ClientCertVerifier>) -> Result<ServerConfig, String> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(served);
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session shows no certificate: every connection is checked anew, on both sides.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}
