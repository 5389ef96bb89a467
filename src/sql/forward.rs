//! A loopback port whose connections are carried to a deployment's database over the Hosted API's tunnel.
//!
//! Guarantees
//! - Bounded memory: a side that does not read stops the other one, through every buffer between.
//! - When the client has said its last word the database can still answer; when the database has, it is over.
//! - No more than [`MOST`] connections at once.
//! - Dropping a [`Forward`] closes the port and ends every connection.
//!
//! Any user of this machine can reach the port; what it leads to asks for a user and a password.

use crate::hosted_api::{
    client::Client,
    problem::{Kind, Problem},
};
use doltops_proto::{TUNNEL_FRAME, hosted_api::TunnelRequest};
use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tonic::{Status, Streaming};

/// Frames that wait for the network in one direction of one connection: 256 KiB keep a fast link busy.
const FRAMES: usize = 4;

/// Passages that wait for a reader of [`Forward::next`]; without one, later ones are not told.
const UNREAD: usize = 64;

/// Connections of one port: what an agent carries in all. One more waits in the system's queue and not in the agent's refusal.
const MOST: usize = 64;

/// After the process has run out of sockets: long enough for one to be closed, short enough not to be noticed.
const BREATH: Duration = Duration::from_millis(100);

/// A listening port, and the connections that came through it.
#[derive(Debug)]
pub struct Forward {
    address: SocketAddr,
    live: watch::Receiver<usize>,
    passages: mpsc::Receiver<Passage>,
    open: Open,
    /// Ends with this value, and with it its connections.
    _accepting: AbortOnDropHandle<()>,
}

/// A connection that is open, and what it has carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Tells it from the others of its port, in the order in which they came.
    pub id: u64,
    /// The client's end.
    pub from: SocketAddr,
    /// Bytes to the database.
    pub sent: u64,
    /// Bytes from the database.
    pub received: u64,
}

/// The same while it is counted.
#[derive(Debug)]
struct Traffic {
    from: SocketAddr,
    sent: AtomicU64,
    received: AtomicU64,
    /// Ends the connection.
    end: CancellationToken,
}

/// A connection's coming or going.
#[derive(Clone, Debug, PartialEq)]
pub enum Passage {
    /// It came.
    Opened {
        /// The client's end.
        from: SocketAddr,
    },
    /// It is over.
    Closed {
        /// The client's end.
        from: SocketAddr,
        /// Bytes to the database.
        sent: u64,
        /// Bytes from the database.
        received: u64,
        /// Why, unless one of the two ends closed it.
        problem: Option<Problem>,
    },
}

impl Forward {
    /// Listens on a port of the loopback address; on a free one unless it is named.
    ///
    /// # Errors
    /// Names `port` when it cannot be had. Whether there is such a deployment shows at the first connection.
    pub async fn listen(client: Client, name: &str, port: Option<u16>) -> Result<Self, Problem> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or(0)));
        let listener = TcpListener::bind(wanted).await.map_err(|error| taken(wanted, &error))?;
        let address = listener.local_addr().map_err(|error| taken(wanted, &error))?;
        let (count, live) = watch::channel(0);
        let (tell, passages) = mpsc::channel(UNREAD);
        let open = Arc::default();
        let accepting = tokio::spawn(accept(listener, client, name.into(), count, tell, Arc::clone(&open)));
        Ok(Self { address, live, passages, open, _accepting: AbortOnDropHandle::new(accepting) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections are open.
    pub fn live(&self) -> watch::Receiver<usize> {
        self.live.clone()
    }

    /// The connections that are open now, the oldest first.
    pub fn connections(&self) -> Vec<Live> {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let live = |(id, traffic): (&u64, &Arc<Traffic>)| Live {
            id: *id,
            from: traffic.from,
            sent: count(&traffic.sent),
            received: count(&traffic.received),
        };
        open.iter().map(live).collect()
    }

    /// Ends a connection; one that has ended already is no matter.
    pub fn end(&self, id: u64) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(traffic) = open.get(&id) {
            traffic.end.cancel();
        }
    }

    /// The next coming or going; `None` when it listens no more.
    pub async fn next(&mut self) -> Option<Passage> {
        self.passages.recv().await
    }
}

fn taken(address: SocketAddr, error: &io::Error) -> Problem {
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => "is in use".to_owned(),
        io::ErrorKind::PermissionDenied => "is kept for the system".to_owned(),
        _ => format!("cannot be listened on: {error}"),
    };
    Problem::invalid("port", format!("{address} {why}"))
        .next("choose another with --port, or leave it out for a free one")
}

type Open = Arc<Mutex<BTreeMap<u64, Arc<Traffic>>>>;

async fn accept(
    listener: TcpListener,
    client: Client,
    name: Arc<str>,
    count: watch::Sender<usize>,
    tell: mpsc::Sender<Passage>,
    open: Open,
) {
    let mut tasks = JoinSet::new();
    let mut ids = 0..;
    loop {
        tokio::select! {
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept(), if tasks.len() < MOST => match accepted {
                Ok((socket, from)) => {
                    let (sent, received) = (AtomicU64::new(0), AtomicU64::new(0));
                    let traffic = Arc::new(Traffic { from, sent, received, end: CancellationToken::new() });
                    let counted = Counted::new(&open, ids.next().unwrap_or_default(), Arc::clone(&traffic));
                    tasks.spawn(passage(client.clone(), Arc::clone(&name), socket, counted, tell.clone()));
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            },
        }
        count.send_replace(tasks.len());
    }
}

/// Among the open connections for as long as it lives.
struct Counted {
    open: Open,
    id: u64,
    traffic: Arc<Traffic>,
}

impl Counted {
    fn new(open: &Open, id: u64, traffic: Arc<Traffic>) -> Self {
        open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&traffic));
        Self { open: Arc::clone(open), id, traffic }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// One connection from its coming to its going.
async fn passage(client: Client, name: Arc<str>, socket: TcpStream, counted: Counted, tell: mpsc::Sender<Passage>) {
    let traffic = Arc::clone(&counted.traffic);
    let from = traffic.from;
    // A full channel has no reader: a private forward's, which nobody asks.
    let _ = tell.try_send(Passage::Opened { from });
    let problem = tokio::select! {
        carried = carry(client, &name, socket, &traffic.sent, &traffic.received) => carried.err(),
        () = traffic.end.cancelled() => None,
    };
    // It is gone before anybody is told so.
    drop(counted);
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (sent, received) = (count(&traffic.sent), count(&traffic.received));
    let _ = tell.try_send(Passage::Closed { from, sent, received, problem });
}

async fn carry(
    mut client: Client,
    name: &str,
    socket: TcpStream,
    sent: &AtomicU64,
    received: &AtomicU64,
) -> Result<(), Problem> {
    // Queries are small and wait for their answers.
    socket.set_nodelay(true).map_err(|error| lost(&error))?;
    let (frames, requests) = mpsc::channel(FRAMES);
    let opening = TunnelRequest { name: name.to_owned(), data: Vec::new() };
    frames.try_send(opening).map_err(|_| Problem::new(Kind::Failed, "the tunnel was closed before it was opened"))?;
    let answers = client.tunnel(ReceiverStream::new(requests)).await?.into_inner();
    let (reader, writer) = socket.into_split();
    let ours = async {
        up(reader, frames, sent).await?;
        // The client has said its last word; the answer may still be on its way.
        std::future::pending().await
    };
    tokio::select! {
        ended = ours => ended,
        ended = down(answers, writer, received) => ended,
    }
}

async fn up(mut reader: OwnedReadHalf, frames: mpsc::Sender<TunnelRequest>, sent: &AtomicU64) -> Result<(), Problem> {
    let mut buffer = vec![0; TUNNEL_FRAME];
    loop {
        let read = reader.read(&mut buffer).await.map_err(|error| lost(&error))?;
        if read == 0 {
            return Ok(());
        }
        sent.fetch_add(read as u64, Ordering::Relaxed);
        let frame = TunnelRequest { name: String::new(), data: buffer[..read].to_vec() };
        // The other direction tells why nobody takes it.
        if frames.send(frame).await.is_err() {
            return Ok(());
        }
    }
}

async fn down(
    mut answers: Streaming<doltops_proto::hosted_api::TunnelResponse>,
    mut writer: OwnedWriteHalf,
    received: &AtomicU64,
) -> Result<(), Problem> {
    while let Some(answer) = answers.message().await.map_err(|status: Status| Problem::from(status))? {
        received.fetch_add(answer.data.len() as u64, Ordering::Relaxed);
        writer.write_all(&answer.data).await.map_err(|error| lost(&error))?;
    }
    writer.shutdown().await.map_err(|error| lost(&error))
}

fn lost(error: &io::Error) -> Problem {
    Problem::new(Kind::Failed, format!("the client's connection broke: {error}"))
}
