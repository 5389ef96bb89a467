//! Reads along between one daemon and a server, and tells what came through since a moment.
//!
//! It changes nothing: bytes are carried as they come. What they say is for a reader of its own: [`Sql`](super::sql) for
//! the store, [`Cloud`](super::cloud) for AWS.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// Hears one connection: it is made anew for each.
pub trait Reader: Default + Send + 'static {
    /// What the daemon said; gives what there is to tell of it.
    fn asked(&mut self, bytes: &[u8]) -> Vec<String>;
    /// What it was answered.
    fn answered(&mut self, bytes: &[u8]) -> Vec<String>;
}

/// What was told of all connections, in its order.
type Told = Arc<Mutex<Vec<String>>>;

/// The witness of one daemon.
pub struct Witness {
    /// Where the daemon connects.
    pub address: SocketAddr,
    told: Told,
    accepts: JoinHandle<()>,
}

impl Witness {
    /// Carries to `server`.
    pub async fn before<R: Reader>(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let told = Told::default();
        let tells = told.clone();
        let accepts = tokio::spawn(async move {
            while let Ok((daemon, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(server).await {
                    carry::<R>(daemon, server, &tells);
                }
            }
        });
        Self { address, told, accepts }
    }

    /// How much was told so far.
    pub fn so_far(&self) -> usize {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What was told since.
    pub fn since(&self, so_far: usize) -> Vec<String> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)[so_far..].to_vec()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

fn carry<R: Reader>(daemon: TcpStream, server: TcpStream, told: &Told) {
    for stream in [&daemon, &server] {
        stream.set_nodelay(true).expect("the connection is there");
    }
    let reader = Arc::new(Mutex::new(R::default()));
    let ((from_daemon, to_daemon), (from_server, to_server)) = (daemon.into_split(), server.into_split());
    let (asks, answers, told_back) = (reader.clone(), reader, told.clone());
    let hear = |reader: Arc<Mutex<R>>, told: Told, read: fn(&mut R, &[u8]) -> Vec<String>| {
        move |bytes: &[u8]| {
            let news = read(&mut reader.lock().unwrap_or_else(PoisonError::into_inner), bytes);
            told.lock().unwrap_or_else(PoisonError::into_inner).extend(news);
        }
    };
    tokio::spawn(one_way(from_daemon, to_server, hear(asks, told.clone(), R::asked)));
    tokio::spawn(one_way(from_server, to_daemon, hear(answers, told_back, R::answered)));
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, hear: impl Fn(&[u8])) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        hear(&bytes[..count]);
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
    // The other end learns that nothing more comes; it may have gone.
    let _ = to.shutdown().await;
}
