//! Several daemons of one control plane: the link goes to the one that acts, and follows when another does.
//!
//! Guarantees
//! - Where one acts, a new connection goes to it. Where none does yet, it goes to one that stands by, which shows what it
//!   can, and on to the next that acts.
//! - A connection is cut as soon as another daemon says that it acts: also where its own is frozen, or cannot be told from
//!   dead. Whoever has the client connects again, as after any break.
//!
//! Caveats: between the end of one holder and the beginning of the next nobody acts; a change is then refused in words.
//!
//! Why ask all and not only the own: a daemon that was frozen answers nothing, and one that has lost the lease may not know
//! it. Another that says it acts is right: the lease has one holder.

use super::{Connection, open, to};
use crate::{config::ControlPlaneUrl, hosted_api::client::Client};
use doltops_proto::hosted_api::StatusRequest;
use futures::{StreamExt, stream::FuturesUnordered};
use rustls::ClientConfig;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time,
};
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

/// The others are asked this often whether they act: a small call each, and a person who waits notices no second.
const EVERY: Duration = Duration::from_secs(1);

/// Whoever has not said so in this time does not act: it is away, or frozen.
const LIMIT: Duration = Duration::from_secs(3);

/// One address.
struct Daemon {
    url: ControlPlaneUrl,
    /// For the question whether it acts.
    client: Client,
}

impl Daemon {
    /// Whether it acts; none where it does not answer.
    async fn acts(&self) -> Option<bool> {
        let mut client = self.client.clone();
        let answer = time::timeout(LIMIT, client.status(StatusRequest {})).await.ok()?.ok()?;
        Some(answer.into_inner().lease == "held")
    }
}

/// A client that follows who acts.
pub(super) fn client(urls: &[ControlPlaneUrl], tls: &Arc<ClientConfig>) -> Client {
    let daemon = |url: &ControlPlaneUrl| Daemon { url: url.clone(), client: to(url.clone(), tls.clone()) };
    let daemons: Arc<[Daemon]> = urls.iter().map(daemon).collect();
    let origin = urls.first().map(ControlPlaneUrl::uri).unwrap_or_default();
    let tls = tls.clone();
    super::on(origin, move || attach(daemons.clone(), tls.clone()))
}

/// A connection to who acts, or to who answers.
async fn attach(daemons: Arc<[Daemon]>, tls: Arc<ClientConfig>) -> io::Result<Followed> {
    let asked = daemons.iter().enumerate().map(|(at, daemon)| async move { (at, daemon.acts().await) });
    let mut answers: FuturesUnordered<_> = asked.collect();
    let mut found = None;
    while let Some((at, acts)) = answers.next().await {
        match acts {
            Some(true) => {
                found = Some(at);
                break;
            }
            Some(false) => found = found.or(Some(at)),
            None => {}
        }
    }
    // Where nobody answers, the first says why not.
    let at = found.unwrap_or_default();
    let chosen = daemons.get(at).ok_or(io::ErrorKind::NotFound)?;
    let stream = open(tls, &chosen.url).await.map_err(|error| nobody(&daemons, found.is_some(), error))?;
    let (cut, gone) = (CancellationToken::new(), CancellationToken::new());
    tokio::spawn(gone.clone().run_until_cancelled_owned(watch(daemons.clone(), at, cut.clone())));
    Ok(Followed { stream, cut: Box::pin(cut.cancelled_owned()), _gone: gone.drop_guard() })
}

fn nobody(daemons: &[Daemon], one_answered: bool, error: io::Error) -> io::Error {
    if one_answered {
        return error;
    }
    let all: Vec<String> = daemons.iter().map(|daemon| daemon.url.to_string()).collect();
    io::Error::new(error.kind(), format!("none of {} answers: {error}", all.join(", ")))
}

/// Until another than the one at `own` acts.
async fn watch(daemons: Arc<[Daemon]>, own: usize, cut: CancellationToken) {
    loop {
        time::sleep(EVERY).await;
        let others = daemons.iter().enumerate().filter(|(at, _)| *at != own);
        let mut answers: FuturesUnordered<_> = others.map(|(_, daemon)| daemon.acts()).collect();
        while let Some(acts) = answers.next().await {
            if acts == Some(true) {
                return cut.cancel();
            }
        }
    }
}

/// A connection that ends when it should be made to another.
struct Followed {
    stream: Connection,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    /// The watch ends with the connection.
    _gone: DropGuard,
}

impl AsyncRead for Followed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionReset, "another daemon acts now")));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Followed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
