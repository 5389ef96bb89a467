//! A wire between two programs that breaks: each connection over it after so many bytes, one way or the other.
//!
//! ```ignore
//! let wire = Wire::between(([127, 0, 0, 1], 0).into(), server, cuts.clone()).await?;
//! cuts.plan([Cut { way: Way::There, after: 700 }]);   // the next connection
//! ```
//!
//! Guarantees: exactly `after` bytes have come through that way when a connection breaks; what was under way the other
//! way may have. Both ends see a reset, as when a host or a firewall on the path gives up. Without a plan it only carries.
//!
//! Bytes and not messages: what is on the wire is TLS, and a cut inside of a record is the case in between that nobody
//! thinks of.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// What is carried at once: less than a TLS record, so that one comes in pieces.
const PIECE: usize = 4096;

/// From whom to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From who connected.
    There,
    /// To who connected.
    Back,
}

/// Where one connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which bytes count.
    pub way: Way,
    /// How many of them come through.
    pub after: usize,
}

/// The connections that are to break, in their order, shared by any number of wires.
#[derive(Clone, Debug, Default)]
pub struct Cuts(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    planned: Mutex<VecDeque<Cut>>,
    made: AtomicUsize,
    /// All that are open break.
    now: Notify,
}

impl Cuts {
    /// After those that are planned already.
    pub fn plan(&self, cuts: impl IntoIterator<Item = Cut>) {
        self.planned().extend(cuts);
    }

    /// Breaks every connection that is open, wherever it is; the next ones are those that are planned.
    pub fn now(&self) {
        self.0.now.notify_waiters();
    }

    /// How many were planned and have not begun.
    pub fn left(&self) -> usize {
        self.planned().len()
    }

    /// How many connections broke.
    pub fn made(&self) -> usize {
        self.0.made.load(Ordering::Relaxed)
    }

    /// Nothing breaks any more that has not begun.
    pub fn clear(&self) {
        self.planned().clear();
    }

    fn planned(&self) -> MutexGuard<'_, VecDeque<Cut>> {
        self.0.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wire, for as long as it lives; its connections end with it.
#[derive(Debug)]
pub struct Wire {
    /// Where to connect.
    pub address: SocketAddr,
    accepts: JoinHandle<()>,
}

impl Wire {
    /// Listens at `here` and carries to `there`.
    ///
    /// # Errors
    /// When `here` cannot be listened on.
    pub async fn between(here: SocketAddr, there: SocketAddr, cuts: Cuts) -> io::Result<Self> {
        let listener = TcpListener::bind(here).await?;
        let address = listener.local_addr()?;
        Ok(Self { address, accepts: tokio::spawn(accept(listener, there, cuts)) })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

async fn accept(listener: TcpListener, there: SocketAddr, cuts: Cuts) {
    let mut carried = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        // Where nobody listens, the connection ends as it would without a wire.
        let Ok(server) = TcpStream::connect(there).await else { continue };
        let cut = cuts.planned().pop_front();
        let cuts = cuts.clone();
        carried.spawn(async move {
            if carry(client, server, cut, &cuts.0.now).await {
                cuts.0.made.fetch_add(1, Ordering::Relaxed);
            }
        });
        while carried.try_join_next().is_some() {}
    }
}

/// Carries until either end is done, or until the cut; says whether it was cut.
async fn carry(client: TcpStream, server: TcpStream, cut: Option<Cut>, now: &Notify) -> bool {
    for stream in [&client, &server] {
        // A refusal costs milliseconds only.
        let _ = stream.set_nodelay(true);
    }
    let limit = |way| cut.filter(|cut| cut.way == way).map(|cut| cut.after);
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let broken = {
        let there = one_way(&mut from_client, &mut to_server, limit(Way::There));
        let back = one_way(&mut from_server, &mut to_client, limit(Way::Back));
        tokio::pin!(there, back);
        // One end may be done with speaking and still listen.
        tokio::select! {
            () = now.notified() => true,
            broken = &mut there => broken || until(back, now).await,
            broken = &mut back => broken || until(there, now).await,
        }
    };
    if broken {
        for stream in [from_client.reunite(to_client), from_server.reunite(to_server)].into_iter().flatten() {
            // Without it the end would look like one in order.
            let _ = stream.set_zero_linger();
        }
    }
    broken
}

/// The rest of the other way, which may break too.
async fn until(way: impl Future<Output = bool>, now: &Notify) -> bool {
    tokio::select! {
        () = now.notified() => true,
        broken = way => broken,
    }
}

/// Carries one way to its end; true when the limit was reached first.
async fn one_way(
    from: &mut tokio::net::tcp::OwnedReadHalf,
    to: &mut tokio::net::tcp::OwnedWriteHalf,
    limit: Option<usize>,
) -> bool {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut piece = [0; PIECE];
    while left > 0 {
        let room = left.min(PIECE);
        match from.read(&mut piece[..room]).await {
            Ok(count @ 1..) => {
                if to.write_all(&piece[..count]).await.is_err() {
                    return false;
                }
                if limit.is_some() {
                    left -= count;
                }
            }
            _ => {
                // The other end learns it; that it has gone already is no matter.
                let _ = to.shutdown().await;
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    /// Says what it hears, on every connection.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind(HERE).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        address
    }

    /// What comes back of 10,000 bytes, and whether the end was in order.
    async fn said_back(wire: &Wire) -> (usize, bool) {
        let mut stream = TcpStream::connect(wire.address).await.expect("connected");
        // It may break before all was said.
        let _ = stream.write_all(&[7; 10_000]).await;
        let _ = stream.shutdown().await;
        let (mut heard, mut piece) = (0, [0; 1000]);
        loop {
            match stream.read(&mut piece).await {
                Ok(0) => return (heard, true),
                Ok(count) => heard += count,
                Err(_) => return (heard, false),
            }
        }
    }

    #[tokio::test]
    async fn a_connection_breaks_where_it_was_planned_and_the_next_one_holds() {
        let cuts = Cuts::default();
        let wire = Wire::between(HERE, echo().await, cuts.clone()).await.expect("it listens");
        cuts.plan([Cut { way: Way::Back, after: 700 }, Cut { way: Way::There, after: 0 }]);
        let (heard, in_order) = said_back(&wire).await;
        assert!(heard <= 700 && !in_order, "{heard}");
        assert_eq!(said_back(&wire).await, (0, false));
        assert_eq!(said_back(&wire).await, (10_000, true));
        assert_eq!((cuts.left(), cuts.made()), (0, 2));
    }
}
