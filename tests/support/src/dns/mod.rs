//! A DNS server that answers from moto's Route 53, over UDP and TCP.
//!
//! Guarantees: what Route 53 says when the question comes is the answer; nothing is kept. A name with no record is
//! `NXDOMAIN`, a name with records of other types only has an empty answer, a name of no zone here is refused.
//!
//! Not here: recursion, aliases, following a CNAME, DNSSEC. It is an authoritative server for the zones of one account.

mod answer;
pub mod lookup;
mod record;

use crate::{Error, proxy::World};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
};

/// The largest answer over UDP to those who do not say what they take; a longer one sends them to TCP.
const UDP_ANSWER: usize = 512;
/// The largest question that is read.
const QUESTION: usize = 4_096;
/// How often a port that is free for UDP is looked for, as it has to be free for TCP too.
const TRIES: usize = 20;

/// The running server; it ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, UDP and TCP.
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(world: World) -> Result<Self, Error> {
        let (udp, tcp) = listen().await.map_err(Error::io("listening for DNS"))?;
        let address = tcp.local_addr().map_err(Error::io("listening for DNS"))?;
        let world = Arc::new(world);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_udp(Arc::new(udp), Arc::clone(&world)));
        tasks.spawn(serve_tcp(tcp, world));
        Ok(Self { address, _tasks: tasks })
    }
}

async fn listen() -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut tried = 0;
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Ok(udp) => return Ok((udp, tcp)),
            Err(error) if tried == TRIES => return Err(error),
            Err(_) => tried += 1,
        }
    }
}

async fn serve_udp(socket: Arc<UdpSocket>, world: Arc<World>) {
    let mut answering = JoinSet::new();
    let mut buffer = vec![0; QUESTION];
    loop {
        // An error here is that somebody went away before the last answer came.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
        let question = buffer[..length].to_vec();
        let (socket, world) = (Arc::clone(&socket), Arc::clone(&world));
        answering.spawn(async move {
            if let Some(answer) = answer::to(&question, &world, Some(UDP_ANSWER)).await {
                // Who does not take it asks again.
                let _ = socket.send_to(&answer, from).await;
            }
        });
        while answering.try_join_next().is_some() {}
    }
}

async fn serve_tcp(listener: TcpListener, world: Arc<World>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let world = Arc::clone(&world);
        // It ends when the other side ends it; with what error does not matter.
        connections.spawn(async move { drop(converse(stream, &world).await) });
        while connections.try_join_next().is_some() {}
    }
}

/// Over TCP each message has its length before it.
async fn converse(mut stream: TcpStream, world: &World) -> std::io::Result<()> {
    loop {
        let length = stream.read_u16().await?;
        let mut question = vec![0; usize::from(length)];
        stream.read_exact(&mut question).await?;
        let Some(answer) = answer::to(&question, world, None).await else { return Ok(()) };
        let length = u16::try_from(answer.len()).map_err(std::io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat()).await?;
    }
}
