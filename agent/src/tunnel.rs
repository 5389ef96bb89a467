//! Bytes between the control plane and Dolt's MySQL port, and no other.
//!
//! Guarantees
//! - What one side does not take, the other does not send: nothing is kept here but a few frames.
//! - When the caller has no more to send, Dolt is told, and what it still answers is carried. When Dolt has no more to
//!   send, the call ends: gRPC has no other way to say so.

use crate::sql::access::reachable;
use doltops_proto::{
    TUNNEL_FRAME,
    instance_manager::{TunnelRequest, TunnelResponse},
};
use std::{future, io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{OwnedSemaphorePermit, mpsc},
    time,
};
use tonic::{Status, Streaming};

/// Tunnels at once: people at consoles, not an application's connections.
pub const MOST: usize = 64;
/// Frames on their way to the caller, of one tunnel: 512 KiB hide a round trip of 10 ms at 50 MB/s.
pub const FRAMES: usize = 8;
/// Dolt is on this machine.
const CONNECT: Duration = Duration::from_secs(5);

/// What one tunnel sends to the caller.
pub type Sender = mpsc::Sender<Result<TunnelResponse, Status>>;

/// Connects to Dolt.
///
/// # Errors
/// When its port does not answer.
pub async fn connect(database: SocketAddr) -> io::Result<TcpStream> {
    let to = reachable(database);
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // People's users exist for connections from this very address; the kernel would take another of this machine's.
    socket.bind(SocketAddr::new(to.ip(), 0))?;
    let stream =
        time::timeout(CONNECT, socket.connect(to)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Carries bytes both ways until Dolt has ended, or either has failed.
pub async fn carry(dolt: TcpStream, from: Streaming<TunnelRequest>, to: Sender, _permit: OwnedSemaphorePermit) {
    let (reader, writer) = dolt.into_split();
    // An empty frame says that Dolt's port has answered.
    if to.send(Ok(TunnelResponse::default())).await.is_err() {
        return;
    }
    let caller = to.clone();
    let failed_inward = async {
        match inward(from, writer).await {
            Err(error) => error,
            // The caller has no more to send; Dolt may still answer.
            Ok(()) => future::pending().await,
        }
    };
    let result = tokio::select! {
        result = outward(reader, to) => result,
        error = failed_inward => Err(error),
        // The caller is gone for good, not only done with sending.
        () = caller.closed() => return,
    };
    if let Err(error) = result {
        // Nobody may be there to hear it.
        let _ = caller.send(Err(error)).await;
    }
}

async fn inward(mut from: Streaming<TunnelRequest>, mut dolt: OwnedWriteHalf) -> Result<(), Status> {
    while let Some(request) = from.message().await? {
        if request.data.len() > TUNNEL_FRAME {
            return Err(Status::invalid_argument(format!("data: a frame has {TUNNEL_FRAME} bytes at most")));
        }
        dolt.write_all(&request.data).await.map_err(|error| broken(&error))?;
    }
    // It may have closed its side already.
    let _ = dolt.shutdown().await;
    Ok(())
}

async fn outward(mut dolt: OwnedReadHalf, to: Sender) -> Result<(), Status> {
    loop {
        let mut data = Vec::with_capacity(TUNNEL_FRAME);
        let count = (&mut dolt).take(TUNNEL_FRAME as u64).read_buf(&mut data).await.map_err(|error| broken(&error))?;
        if count == 0 || to.send(Ok(TunnelResponse { data })).await.is_err() {
            return Ok(());
        }
    }
}

fn broken(error: &io::Error) -> Status {
    Status::unavailable(format!("the connection to Dolt broke: {error}"))
}
