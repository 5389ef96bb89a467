//! One TLS connection to an agent, and what its handshake has shown.
//!
//! Guarantees
//! - The agent's certificate is of one of the control CAs, carries the name that is asked for, and is not older than the last
//!   one that counts ([`Wanted::floor`]): an identity that was taken back is no agent's any more, whoever has its key.
//! - We show what the agent can check: it names the authorities that it trusts, and we take the newest of those that we have.
//!
//! Why a connector of our own: tonic's shows one certificate whatever the other side trusts, and does not tell what the other
//! side has shown.

use crate::{
    certificates::{Authorities, Bundle, CertificateError, serial},
    env::Env,
};
use doltops_proto::identity::{self, Caller};
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme, client::ResolvesClientCert, crypto::ring, sign::CertifiedKey,
    version::TLS13,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Which agent is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where it listens.
    pub address: SocketAddr,
    /// The name that its certificate must carry.
    pub name: String,
    /// The issue number that its certificate must have at least.
    pub floor: u64,
}

/// What an agent has shown of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its certificate's serial number.
    pub serial: String,
    /// The authorities that it trusts, by name (DER).
    pub trusts: Vec<Vec<u8>>,
}

impl Shown {
    /// Its certificate's issue number.
    pub fn number(&self) -> u64 {
        serial::number(&self.serial)
    }

    /// Whether it trusts those that we do, and shows a certificate that stays good.
    pub fn is_in_step(&self, control: &Bundle) -> bool {
        control.is_known(&self.trusts) && control.stays(&self.serial)
    }
}

/// A key with its certificate, and the name of the authority that signed it.
type Own = (Vec<u8>, Arc<CertifiedKey>);

/// The key and certificate that we show, chosen by what the other side trusts.
struct Choice {
    /// Each with its authority's name; the newest last.
    ours: Vec<Own>,
    trusts: Mutex<Vec<Vec<u8>>>,
}

impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Choice(…)")
    }
}

impl ResolvesClientCert for Choice {
    fn resolve(&self, trusts: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.trusts.lock().unwrap_or_else(PoisonError::into_inner) = trusts.iter().map(|name| name.to_vec()).collect();
        let known = self.ours.iter().rev().find(|(name, _)| trusts.contains(&name.as_slice()));
        known.or(self.ours.last()).map(|(_, key)| Arc::clone(key))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Connects.
///
/// # Errors
/// The network's, TLS's, or that the agent shows what does not count any more.
pub async fn open(
    wanted: &Wanted,
    authorities: &Authorities,
    env: &dyn Env,
) -> io::Result<(TlsStream<TcpStream>, Shown)> {
    let control = authorities.control.now();
    let choice = Arc::new(Choice { ours: ours(&control, env).map_err(io::Error::other)?, trusts: Mutex::default() });
    let mut roots = RootCertStore::empty();
    for der in control.trusted_ders() {
        roots.add(CertificateDer::from(der)).map_err(io::Error::other)?;
    }
    let resolver: Arc<dyn ResolvesClientCert> = Arc::<Choice>::clone(&choice);
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_client_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(wanted.name.clone()).map_err(io::Error::other)?;
    let stream = TcpStream::connect(wanted.address).await?;
    stream.set_nodelay(true)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let serial = serial_of(stream.get_ref().1.peer_certificates())?;
    if serial::number(&serial) < wanted.floor {
        return Err(io::Error::other("it shows an identity that was taken back"));
    }
    let trusts = choice.trusts.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((stream, Shown { serial, trusts }))
}

/// The control plane's own certificate, of each authority: made for this connection, and written nowhere.
fn ours(control: &Bundle, env: &dyn Env) -> Result<Vec<Own>, CertificateError> {
    let unusable = |why: String| CertificateError::Unusable(why);
    let certified = |authority: &Arc<crate::certificates::Authority>| {
        let made = authority.identity(&crate::certificates::Leaf::client(&Caller::ControlPlane), env)?;
        let chain = CertificateDer::pem_slice_iter(made.certificate_pem.as_bytes()).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| unusable(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(made.key_pem.reveal().as_bytes());
        let key = key.map_err(|_| unusable("its key cannot be read".to_owned()))?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider());
        Ok((authority.subject().to_vec(), Arc::new(key.map_err(|error| unusable(error.to_string()))?)))
    };
    control.trusted().map(certified).collect()
}

fn serial_of(chain: Option<&[CertificateDer<'_>]>) -> io::Result<String> {
    let leaf = chain.and_then(<[_]>::first).ok_or_else(|| io::Error::other("it shows no certificate"))?;
    let (_, leaf) = X509Certificate::from_der(leaf).map_err(io::Error::other)?;
    Ok(identity::serial(&leaf))
}
