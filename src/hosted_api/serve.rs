//! Serves the Hosted API on a transport, with standard health checking and reflection.
//!
//! Guarantees: each connection proves who its caller is before a call is answered; a slow or silent peer costs one
//! connection and is closed; messages and calls have limits. How many connections there are over TCP is `listener`'s.

use super::access::Proof;
use doltops_proto::{
    DESCRIPTORS, MESSAGE_LIMIT,
    hosted_api::hosted_api_server::{HostedApi, HostedApiServer, SERVICE_NAME},
};
use futures::Stream;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{
    Request, Status,
    service::{Interceptor, InterceptorLayer},
    transport::{Server as Transport, server::Connected},
};

/// A peer that does not answer a ping within these two is gone.
const PING: Duration = Duration::from_secs(20);
const PONG: Duration = Duration::from_secs(10);

/// Calls at once on one connection: a console uses about ten.
const STREAMS: u32 = 256;

/// Puts what the transport proves into each request.
#[derive(Clone)]
struct Prove(Proof);

impl Interceptor for Prove {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.extensions_mut().insert(self.0.clone());
        Ok(request)
    }
}

/// Serves `server` on every connection of `incoming`, until `stop` comes; then what is under way is ended.
///
/// # Errors
/// The transport's own.
pub async fn serve<A, S, C>(
    server: A,
    incoming: S,
    proof: Proof,
    stop: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error>
where
    A: HostedApi,
    S: Stream<Item = std::io::Result<C>>,
    C: Connected + AsyncRead + AsyncWrite + Send + Unpin + 'static,
    C::ConnectInfo: Clone + Send + Sync + 'static,
{
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status(SERVICE_NAME, tonic_health::ServingStatus::Serving).await;
    let api =
        HostedApiServer::new(server).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT);
    let transport = Transport::builder()
        .http2_keepalive_interval(Some(PING))
        .http2_keepalive_timeout(Some(PONG))
        .max_concurrent_streams(STREAMS);
    let mut transport = transport.layer(InterceptorLayer::new(Prove(proof)));
    let serving = transport
        .add_service(health_service)
        .add_optional_service(reflection())
        .add_service(api)
        .serve_with_incoming(incoming);
    tokio::select! {
        result = serving => result,
        () = stop => Ok(()),
    }
}

/// Reflection, where its descriptors can be read: they are our own, so they can.
fn reflection()
-> Option<tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection>> {
    tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS).build_v1().ok()
}

/// Counts one more while it lives.
#[derive(Debug)]
pub struct Counted(Arc<AtomicUsize>);

impl Counted {
    /// One more from now on.
    pub fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection from another process: counted while it is open, and ended when the host ends.
///
/// Why at this level: the transport hands each connection to a task of its own, which would end only with the process,
/// and whoever is attached would learn as late that the next one may host.
pub struct Attached<C> {
    inner: C,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _count: Counted,
}

impl<C> Attached<C> {
    /// Counts `inner` until it is dropped, and ends it when `cut` comes.
    pub fn new(inner: C, count: Arc<AtomicUsize>, cut: CancellationToken) -> Self {
        Self { inner, cut: Box::pin(cut.cancelled_owned()), _count: Counted::new(count) }
    }
}

impl<C: Connected> Connected for Attached<C> {
    type ConnectInfo = C::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.inner.connect_info()
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Attached<C> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        // A connection always waits for what its peer says, so it hears of this at once.
        if self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(std::io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Attached<C> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
