//! One request, one answer, each whole in memory: all that a stand-in needs of HTTP.

use crate::Error;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// Sends a request on a connection of its own: moto closes each one after its answer.
pub async fn send(to: SocketAddr, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
    let stream = TcpStream::connect(to).await.map_err(Error::io(format!("connecting to {to}")))?;
    exchange(stream, request).await
}

/// Gets `https://localhost:PORT/path` from a server of ours, whose certificate `root_pem` has signed.
pub async fn get_tls(to: SocketAddr, path: &str, root_pem: &str) -> Result<Bytes, Error> {
    tls(to, Request::get(path), Bytes::new(), root_pem).await
}

/// Posts to one.
pub async fn post_tls(to: SocketAddr, path: &str, body: Bytes, root_pem: &str) -> Result<Bytes, Error> {
    tls(to, Request::post(path), body, root_pem).await
}

async fn tls(to: SocketAddr, request: http::request::Builder, body: Bytes, root_pem: &str) -> Result<Bytes, Error> {
    // Pebble refuses a caller that does not say what it is.
    let request = request.header(http::header::HOST, "localhost").header(http::header::USER_AGENT, "doltops-stand-in");
    let request = request.body(body);
    let request = request.map_err(Error::refused(format!("asking {to}")))?;
    let what = format!("{} {} of {to}", request.method(), request.uri());
    let doing = || what.clone();
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(root_pem.as_bytes()).map_err(Error::refused(doing()))?;
    roots.add(root).map_err(Error::refused(doing()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::refused(doing()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(Error::refused(doing()))?;
    let stream = TcpStream::connect(to).await.map_err(Error::io(doing()))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(Error::io(doing()))?;
    let answer = exchange(stream, request).await?;
    if answer.status().is_success() {
        return Ok(answer.into_body());
    }
    let why = format!("{}: {}", answer.status(), String::from_utf8_lossy(answer.body()));
    Err(Error::Refused { doing: doing(), why })
}

async fn exchange<S>(stream: S, request: Request<Bytes>) -> Result<Response<Bytes>, Error>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let doing = format!("{} {}", request.method(), request.uri());
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Error::refused(&doing))?;
    // It ends with the answer or with its sender; what went wrong in it, the sender tells too.
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request.map(Full::new)).await.map_err(Error::refused(&doing))?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(Error::refused(&doing))?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(head, body))
}
