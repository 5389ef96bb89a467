//! Connections that have shown who they are.
//!
//! Guarantees: a caller that does not finish its handshake costs a place for some seconds; one whose certificate is
//! valid and not the control plane's gets its refusal, and then the connection ends. So neither can keep the control
//! plane out.

use super::trust::{Entry, Trust};
use doltops_proto::identity::{self, Caller};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{self, Sleep},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::transport::server::Connected;
use tracing::{debug, warn};

/// The control plane has one or two, and two hosts may overlap.
const MOST: usize = 64;
/// A handshake takes two round trips.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// For a caller that is not the control plane: time to be told so.
const STRANGER: Duration = Duration::from_secs(5);
/// After an error of `accept` that does not pass at once, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections of `listener`, each with its handshake done.
pub fn incoming(listener: TcpListener, trust: Arc<Trust>) -> ReceiverStream<io::Result<Connection>> {
    // Finished handshakes are taken at once; the places are counted by the permits.
    let (to, from) = mpsc::channel(1);
    tokio::spawn(async move {
        let places = Arc::new(Semaphore::new(MOST));
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted,
                () = to.closed() => return,
            };
            match stream {
                Ok((stream, _)) => drop(tokio::spawn(shake(stream, Arc::clone(&trust), place, to.clone()))),
                Err(error) => {
                    warn!(%error, "a connection cannot be accepted");
                    time::sleep(PAUSE).await;
                }
            }
        }
    });
    ReceiverStream::new(from)
}

async fn shake(
    stream: TcpStream,
    trust: Arc<Trust>,
    place: OwnedSemaphorePermit,
    to: mpsc::Sender<io::Result<Connection>>,
) {
    // Without it small answers wait for an acknowledgement; where it cannot be set, the connection is dead already.
    let _ = stream.set_nodelay(true);
    match time::timeout(HANDSHAKE, TlsAcceptor::from(trust.config()).accept(stream)).await {
        Ok(Ok(stream)) => {
            let end = (!is_control_plane(&stream)).then(|| Box::pin(time::sleep(STRANGER)));
            let entry = trust.enter(stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec());
            let cut = Box::pin(entry.cut.clone().cancelled_owned());
            // The server has ended if nobody takes it.
            let _ = to.send(Ok(Connection { stream, end, cut, _entry: entry, _place: place })).await;
        }
        Ok(Err(error)) => debug!(%error, "a caller was refused in its handshake"),
        Err(_) => debug!("a caller did not finish its handshake"),
    }
}

fn is_control_plane(stream: &TlsStream<TcpStream>) -> bool {
    let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    leaf.is_some_and(|leaf| identity::peer(leaf).is_ok_and(|peer| peer.caller == Caller::ControlPlane))
}

/// A connection that holds its place until it ends.
#[derive(Debug)]
pub struct Connection {
    stream: TlsStream<TcpStream>,
    end: Option<Pin<Box<Sleep>>>,
    /// Whoever is there is not trusted any more.
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _entry: Entry,
    _place: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = <TlsStream<TcpStream> as Connected>::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(end) = &mut self.end
            && end.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if self.cut.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
