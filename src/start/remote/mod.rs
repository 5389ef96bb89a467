//! A control plane elsewhere, over TCP with mTLS.
//!
//! Guarantees: a connection that is made is one that the control plane has accepted; a refusal is told as what it is.
//!
//! Of several addresses it goes to the daemon that acts, and follows when another does ([`follow`]).
//!
//! Why a connector of our own: in TLS 1.3 the client's side of the handshake is done before the server has looked at
//! the client's certificate. Whoever then writes at once finds the connection closed, and sometimes reads why and
//! sometimes does not. An HTTP/2 server speaks first, so we wait for its first word, or for its refusal.

mod follow;

use crate::{
    config::{ControlPlaneUrl, Identity, Remote},
    hosted_api::{
        client::{self, Client},
        problem::Problem,
    },
};
use doltops_proto::identity::HOSTED_API_NAME;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader},
    net::TcpStream,
    time,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Endpoint, Uri};
use tower::service_fn;

/// A host that does not answer is away.
const CONNECT: Duration = Duration::from_secs(10);

/// Something between that waits for the client to speak first is given the benefit of the doubt after this.
const FIRST_WORD: Duration = Duration::from_secs(2);

/// A client of the control plane at `remote`; it connects when it is first used.
///
/// # Errors
/// Names `identity` where the certificate or key cannot be used.
pub fn client(remote: &Remote, identity: &Identity) -> Result<Client, Problem> {
    let tls = Arc::new(identity.tls()?);
    Ok(match remote.urls.as_slice() {
        [only] => to(only.clone(), tls),
        several => follow::client(several, &tls),
    })
}

/// A client of the one daemon at `url`.
fn to(url: ControlPlaneUrl, tls: Arc<ClientConfig>) -> Client {
    let origin = url.uri();
    on(origin, move || {
        let (tls, url) = (Arc::clone(&tls), url.clone());
        async move { open(tls, &url).await }
    })
}

/// A client whose connections are made so. The address is never resolved and the scheme never looked at.
fn on<S, F>(origin: Uri, connect: impl Fn() -> F + Send + 'static) -> Client
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
{
    let connector = service_fn(move |_: Uri| {
        let stream = connect();
        async move { stream.await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://control-plane").origin(origin);
    client::on(endpoint.connect_with_connector_lazy(connector))
}

async fn open(tls: Arc<ClientConfig>, url: &ControlPlaneUrl) -> io::Result<Connection> {
    time::timeout(CONNECT, connect(tls, &url.uri())).await?
}

type Connection = BufReader<TlsStream<TcpStream>>;

async fn connect(tls: Arc<ClientConfig>, place: &Uri) -> io::Result<Connection> {
    // `ControlPlaneUrl` has both.
    let host = place.host().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, place.port_u16().unwrap_or_default())).await?;
    stream.set_nodelay(true)?;
    // Whatever address it is reached by, the certificate carries this one name.
    let name = ServerName::try_from(HOSTED_API_NAME).map_err(io::Error::other)?;
    let mut stream = BufReader::new(TlsConnector::from(tls).connect(name, stream).await?);
    if let Ok(first) = time::timeout(FIRST_WORD, stream.fill_buf()).await
        && first?.is_empty()
    {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(stream)
}
