//! Connections over TCP that have shown a certificate.
//!
//! Guarantees
//! - Who has not shown one costs a place for [`HANDSHAKE`] at most, of places that nobody else needs; one address can hold
//!   few of them. So whoever has no certificate cannot keep out who has one, short of very many addresses at once.
//! - Who has shown one and then says nothing is cut after [`FIRST_WORD`]; who goes silent later, by the pings of `serve`.
//! - What is shown is looked at anew in each handshake: no session is resumed.
//!
//! Not here: whether the certificate gives access (`access`), and what is served to it.
//!
//! Why handshakes have places of their own: with one bound for both, strangers would fill it and keep everybody out.

use super::places::{Full, Place, Places};
use rustls::ServerConfig;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{self, Sleep},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

/// A handshake takes a few round trips.
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// An HTTP/2 client speaks as soon as the handshake is done.
pub const FIRST_WORD: Duration = Duration::from_secs(10);

/// What every HTTP/2 client begins with has so many bytes (RFC 9113, 3.4).
const PREFACE: usize = 24;

/// Handshakes under way: at 10 s each they still let a dozen a second through while strangers dawdle.
pub const HANDSHAKES: usize = 128;
/// And from one address: a script that starts dozens of commands at once.
pub const HANDSHAKES_EACH: usize = 32;

/// Connections: each console or command is one, so this is a company's.
pub const CONNECTIONS: usize = 512;
/// And from one address: an office behind one, or a machine of CI jobs.
pub const CONNECTIONS_EACH: usize = 128;

/// After an error of `accept` that does not pass at once, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// What is served to the next connection.
pub type Door = Arc<dyn Fn() -> Result<Arc<ServerConfig>, String> + Send + Sync>;

/// Connections of `listener`, each with its handshake done.
pub fn incoming(listener: TcpListener, door: Door) -> ReceiverStream<io::Result<Connection>> {
    // Finished handshakes are taken at once; the places are counted elsewhere.
    let (to, from) = mpsc::channel(1);
    tokio::spawn(async move {
        let shaking = Places::new(HANDSHAKES, HANDSHAKES_EACH);
        let open = Places::new(CONNECTIONS, CONNECTIONS_EACH);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = to.closed() => return,
            };
            match accepted {
                Ok((stream, from)) => match shaking.take(from.ip()) {
                    Ok(place) => {
                        drop(tokio::spawn(let_in(stream, from, door.clone(), place, open.clone(), to.clone())));
                    }
                    Err(full) => turned_away(from, full, "handshakes"),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    time::sleep(PAUSE).await;
                }
            }
        }
    });
    ReceiverStream::new(from)
}

async fn let_in(
    stream: TcpStream,
    from: SocketAddr,
    door: Door,
    shaking: Place,
    open: Places,
    to: mpsc::Sender<io::Result<Connection>>,
) {
    // Without it small answers wait for an acknowledgement; where it cannot be set, the connection is dead already.
    let _ = stream.set_nodelay(true);
    let config = match door() {
        Ok(config) => config,
        Err(why) => return tracing::error!(why, "the Hosted API has no certificate to show"),
    };
    match time::timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => {
            drop(shaking);
            match open.take(from.ip()) {
                Ok(place) => {
                    let first = Some(Box::pin(time::sleep(FIRST_WORD)));
                    // The server has ended if nobody takes it.
                    let _ = to.send(Ok(Connection { stream, first, unread: PREFACE, _place: place })).await;
                }
                Err(full) => turned_away(from, full, "connections"),
            }
        }
        Ok(Err(error)) => tracing::debug!(%from, %error, "a caller was refused in its handshake"),
        Err(_) => tracing::debug!(%from, "a caller did not finish its handshake"),
    }
}

fn turned_away(from: SocketAddr, full: Full, what: &str) {
    let why = match full {
        Full::All => "there are as many as there may be",
        Full::Address => "its address has as many as one may have",
    };
    tracing::debug!(%from, "a caller was turned away: {what}: {why}");
}

/// A connection that holds its place until it ends.
#[derive(Debug)]
pub struct Connection {
    stream: TlsStream<TcpStream>,
    /// When it ends, unless it has said its first word by then.
    first: Option<Pin<Box<Sleep>>>,
    /// Bytes of that word that have not come yet.
    unread: usize,
    _place: Place,
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
        if let Some(first) = &mut self.first
            && first.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.unread = self.unread.saturating_sub(buffer.filled().len() - before);
        if self.unread == 0 {
            self.first = None;
        }
        read
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
