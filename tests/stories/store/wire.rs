//! The wire between a store and its Dolt server, which can be cut off at a command.
//!
//! MySQL's packets have their length in three bytes, and a number that is 0 where the client begins a command.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// Commands that have no answer: the farewell, a long value, a statement's end.
const UNANSWERED: [u8; 3] = [0x01, 0x18, 0x19];

/// Where it is cut: at which command, counted from 1.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// The server does not hear it.
    Before(usize),
    /// The server has answered, and the client does not hear that.
    After(usize),
}

#[derive(Default)]
struct Shared {
    commands: AtomicUsize,
    before: AtomicUsize,
    after: AtomicUsize,
    dead: AtomicBool,
}

/// A wire to one server. Once it was cut it stays so.
pub struct Wire {
    port: u16,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Wire {
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::<Shared>::default();
        let of_all = shared.clone();
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await {
                    tokio::spawn(carry(client, server, of_all.clone()));
                }
            }
        });
        Self { port, shared, serving }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Counts commands from here on, and is cut there.
    pub fn cut(&self, at: Option<Cut>) {
        let (before, after) = match at {
            Some(Cut::Before(step)) => (step, 0),
            Some(Cut::After(step)) => (0, step),
            None => (0, 0),
        };
        self.shared.before.store(before, Ordering::SeqCst);
        self.shared.after.store(after, Ordering::SeqCst);
        self.shared.commands.store(0, Ordering::SeqCst);
    }

    /// How many commands went over it since.
    pub fn commands(&self) -> usize {
        self.shared.commands.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One connection, until either end closes or the wire is cut.
async fn carry(client: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    // What has come of a packet that is not whole yet.
    let mut begun = Vec::new();
    let mut answer = vec![0; 64 * 1024];
    while !shared.dead.load(Ordering::SeqCst) {
        tokio::select! {
            read = from_client.read_buf(&mut begun) => {
                if !matches!(read, Ok(1..)) || !forward(&mut begun, &mut from_server, &mut to_server, &shared).await {
                    return;
                }
            }
            read = from_server.read(&mut answer) => {
                let Ok(size @ 1..) = read else { return };
                if to_client.write_all(&answer[..size]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Sends the whole packets on; false where the wire is cut at one of them.
async fn forward(
    begun: &mut Vec<u8>,
    from_server: &mut OwnedReadHalf,
    to_server: &mut OwnedWriteHalf,
    shared: &Shared,
) -> bool {
    while let [a, b, c, number, ..] = *begun.as_slice() {
        let size = 4 + usize::from(a) + (usize::from(b) << 8) + (usize::from(c) << 16);
        if begun.len() < size {
            return true;
        }
        let packet: Vec<u8> = begun.drain(..size).collect();
        let is_command = number == 0;
        let at = if is_command { shared.commands.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
        if is_command && at == shared.before.load(Ordering::SeqCst) {
            shared.dead.store(true, Ordering::SeqCst);
            return false;
        }
        if to_server.write_all(&packet).await.is_err() {
            return false;
        }
        if is_command && at == shared.after.load(Ordering::SeqCst) {
            // Its answer, which nobody hears.
            if !packet.get(4).is_some_and(|command| UNANSWERED.contains(command)) {
                let _ = from_server.read(&mut [0; 1024]).await;
            }
            shared.dead.store(true, Ordering::SeqCst);
            return false;
        }
    }
    true
}
