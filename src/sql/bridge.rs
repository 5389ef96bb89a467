//! A loopback port for a client of the user's own: TLS on both sides, each checked by its own CA.
//!
//! Guarantees
//! - The database's certificate is checked here, its chain and its name, before a byte of the client's login reaches it.
//! - The client can check all of it too, host name included: it sees a certificate for 127.0.0.1, of a CA that was made for
//!   this port alone and is never written with its key.
//! - A client that will not speak TLS is sent away.
//!
//! Why not the plain forward: the database's certificate carries the deployment's name, and a client that connects to
//! 127.0.0.1 cannot check that; some (Dolt's own) then refuse. MySQL asks for TLS by a packet of its own, which is passed on
//! unchanged, so that both handshakes happen at the same place in the protocol and nothing else need be understood.

use super::Forward;
use crate::hosted_api::problem::{Kind, Problem};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::task::AbortOnDropHandle;

/// A greeting is some hundred bytes; a longer one is not MySQL's.
const LONGEST_GREETING: usize = 4 << 10;
/// The packet that asks for TLS has this length, and this flag in its first bytes.
const ASKS_FOR_TLS: usize = 32;
const TLS_FLAG: u32 = 0x800;
/// After the process has run out of sockets; see `forward`.
const BREATH: Duration = Duration::from_millis(100);

/// The port; it is closed with this value.
#[derive(Debug)]
pub struct Bridge {
    /// Where it listens.
    pub address: SocketAddr,
    /// PEM of whom a client trusts.
    pub ca_pem: String,
    _accepting: AbortOnDropHandle<()>,
}

impl Bridge {
    /// Leads to the database behind `forward`, which has a certificate of `ca_pem` for `host_name`.
    ///
    /// # Errors
    /// When the certificates cannot be made or read, or no port can be had.
    pub async fn listen(forward: Forward, ca_pem: &str, host_name: &str) -> Result<Self, Problem> {
        let wrong =
            |error: &dyn std::fmt::Display| Problem::new(Kind::Failed, format!("no port for a client: {error}"));
        let (ours, acceptor) = own_side().map_err(|error| wrong(&error))?;
        let connector = their_side(ca_pem).map_err(|error| wrong(&error))?;
        let name = ServerName::try_from(host_name.to_owned()).map_err(|error| wrong(&error))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| wrong(&error))?;
        let address = listener.local_addr().map_err(|error| wrong(&error))?;
        let accepting = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                tokio::select! {
                    Some(_) = open.join_next() => {}
                    accepted = listener.accept() => match accepted {
                        Ok((client, _)) => {
                            let database = TcpStream::connect(forward.address());
                            let (acceptor, connector, name) = (acceptor.clone(), connector.clone(), name.clone());
                            // The client says itself that its connection has ended.
                            open.spawn(async move { carry(client, database.await?, acceptor, connector, name).await });
                        }
                        Err(_) => tokio::time::sleep(BREATH).await,
                    },
                }
            }
        });
        Ok(Self { address, ca_pem: ours, _accepting: AbortOnDropHandle::new(accepting) })
    }
}

/// A CA for this port, and a certificate of it for this address.
fn own_side() -> Result<(String, TlsAcceptor), Box<dyn std::error::Error>> {
    let ca_key = rcgen::KeyPair::generate()?;
    let mut ca = rcgen::CertificateParams::new(Vec::new())?;
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let ca_pem = ca.self_signed(&ca_key)?.pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate()?;
    let mut leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?;
    leaf.subject_alt_names.push(rcgen::SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = leaf.signed_by(&key, &issuer)?;
    let private = PrivateKeyDer::try_from(key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok((ca_pem, TlsAcceptor::from(Arc::new(config))))
}

fn their_side(ca_pem: &str) -> Result<TlsConnector, Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn carry(
    mut client: TcpStream,
    mut database: TcpStream,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    name: ServerName<'static>,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    database.set_nodelay(true)?;
    let greeting = packet(&mut database).await?;
    client.write_all(&greeting).await?;
    let answer = packet(&mut client).await?;
    if !asks_for_tls(&answer) {
        return Err(io::Error::other("the client does not speak TLS"));
    }
    database.write_all(&answer).await?;
    // The database first: a client's login is not even taken where the other end is not who it should be.
    let mut database = connector.connect(name, database).await?;
    let mut client = acceptor.accept(client).await?;
    copy_bidirectional(&mut client, &mut database).await.map(drop)
}

/// One packet with its header: three bytes of length, one of sequence.
async fn packet(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; 4];
    from.read_exact(&mut packet).await?;
    let length = usize::from(packet[0]) | usize::from(packet[1]) << 8 | usize::from(packet[2]) << 16;
    if length > LONGEST_GREETING {
        return Err(io::Error::other("this is not MySQL's protocol"));
    }
    packet.resize(4 + length, 0);
    from.read_exact(&mut packet[4..]).await?;
    Ok(packet)
}

fn asks_for_tls(packet: &[u8]) -> bool {
    let flags = packet.get(4..8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
    packet.len() == 4 + ASKS_FOR_TLS && flags & TLS_FLAG != 0
}
