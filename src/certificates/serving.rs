//! TLS as the Hosted API's TCP listener speaks it.

use super::{Authority, CertificateError, Leaf, SERVER_LIFETIME};
use crate::env::Env;
use doltops_proto::identity::HOSTED_API_NAME;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    server::{NoServerSessionStorage, WebPkiClientVerifier},
    version::TLS13,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::sync::Arc;

/// TLS 1.3 alone, with a certificate that `own` signs now, for clients that one of `trusted` (DER) has signed.
///
/// # Errors
/// When the certificate cannot be made, or an authority's cannot be used.
pub fn config(own: &Authority, trusted: &[Vec<u8>], env: &dyn Env) -> Result<ServerConfig, CertificateError> {
    let unusable = |why: String| CertificateError::Unusable(why);
    let made = own.identity(&Leaf::server(vec![HOSTED_API_NAME.to_owned()], SERVER_LIFETIME), env)?;
    let chain = CertificateDer::pem_slice_iter(made.certificate_pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| unusable(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(made.key_pem.reveal().as_bytes());
    let key = key.map_err(|_| unusable("its key cannot be read".to_owned()))?;
    let mut roots = RootCertStore::empty();
    for der in trusted {
        roots.add(CertificateDer::from(der.clone())).map_err(|error| unusable(error.to_string()))?;
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.build().map_err(|error| unusable(error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .and_then(|config| config.with_client_cert_verifier(verifier).with_single_cert(chain, key))
        .map_err(|error| unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session shows no certificate: every connection is checked anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}
