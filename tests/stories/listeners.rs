//! Who comes to the door and means nobody well: silent, slow, many, with an old protocol. And what a crash would leave.

use crate::support::sandbox::Sandbox;
use doltops::{
    config::Identity,
    hosted_api::listener::{FIRST_WORD, HANDSHAKES_EACH},
};
use doltops_proto::identity::HOSTED_API_NAME;
use rustls::{ClientConfig, pki_types::ServerName, version::TLS12};
use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    io::AsyncReadExt,
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// Far beyond what the listener gives anybody.
const PATIENCE: Duration = Duration::from_secs(40);

struct Door {
    sandbox: Sandbox,
    url: String,
    identity: PathBuf,
}

impl Door {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        let url = sandbox.listening_daemon();
        let identity = sandbox.path().join("vera.pem");
        sandbox.ask(&format!("client-certificate vera --role viewer --file {}", identity.display())).json();
        Self { sandbox, url, identity }
    }

    fn address(&self) -> SocketAddr {
        self.url.trim_start_matches("https://").parse().expect("an address")
    }

    /// A connection from another machine, as far as one is enough.
    async fn another_machine(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.2:0".parse().expect("an address")).expect("bound");
        socket.connect(self.address()).await.expect("connected")
    }

    /// Vera's own TLS, as the program has it.
    fn tls(&self) -> ClientConfig {
        Identity::read(&self.identity).expect("an identity").tls().expect("usable")
    }

    fn vera_lists(&self) {
        let identity = self.identity.display().to_string();
        let said = self.sandbox.run(["--connect", &self.url, "--identity", &identity, "-o", "json", "list"]);
        assert_eq!(said.code, 0, "{said:?}");
    }
}

/// Whether the other side has closed it.
async fn is_cut(stream: &mut (impl AsyncReadExt + Unpin)) -> bool {
    let mut word = [0; 1];
    let read = async {
        // What it says before, such as its own settings, is no end.
        while stream.read(&mut word).await.is_ok_and(|read| read > 0) {}
    };
    timeout(PATIENCE, read).await.is_ok()
}

/// A machine opens connections and says nothing: it gets no more than its share, everybody else is served meanwhile, and
/// in the end they are cut.
#[tokio::test]
async fn silent_strangers_keep_nobody_out_and_are_cut() {
    let it = Door::new();
    let mut silent = Vec::new();
    for _ in 0..HANDSHAKES_EACH {
        silent.push(it.another_machine().await);
    }
    let mut one_more = it.another_machine().await;
    assert!(timeout(FIRST_WORD / 2, is_cut(&mut one_more)).await.expect("at once"));
    it.vera_lists();

    // One that has a certificate and then says nothing is no better.
    let name = ServerName::try_from(HOSTED_API_NAME).expect("a name");
    let stream = it.another_machine_after(&mut silent).await;
    let mut dumb = TlsConnector::from(Arc::new(it.tls())).connect(name, stream).await.expect("let in");
    assert!(is_cut(&mut dumb).await, "it never said a word");
    for stream in &mut silent {
        assert!(is_cut(stream).await, "its handshake never came");
    }
    it.vera_lists();
}

impl Door {
    /// The same once one of the others has given its place back.
    async fn another_machine_after(&self, silent: &mut Vec<TcpStream>) -> TcpStream {
        drop(silent.pop());
        loop {
            let stream = self.another_machine().await;
            let mut word = [0; 1];
            // One that is turned away is closed at once; one that is let in waits for our first word.
            if timeout(Duration::from_millis(200), stream.peek(&mut word)).await.is_err() {
                return stream;
            }
        }
    }
}

/// Both ends are ours, so nothing older than TLS 1.3 is spoken.
#[tokio::test]
async fn nothing_older_than_tls_1_3_is_spoken() {
    let it = Door::new();
    let name = || ServerName::try_from(HOSTED_API_NAME).expect("a name");
    let connect = |tls: ClientConfig| async {
        let stream = TcpStream::connect(it.address()).await.expect("connected");
        TlsConnector::from(Arc::new(tls)).connect(name(), stream).await
    };
    let newest = connect(it.tls()).await.expect("let in");
    assert_eq!(newest.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    // The same roots do not matter: it is refused before anything is shown.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let older = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS12])
        .expect("known")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let refused = connect(older).await.expect_err("refused").to_string();
    assert!(refused.contains("ProtocolVersion"), "{refused}");
}

/// What holds keys in its memory leaves none of it on the disk when it crashes: neither the host, nor an agent. A database
/// has the limit too, which it inherits.
#[test]
fn no_core_dump_is_left_of_what_holds_keys() {
    let mut sandbox = Sandbox::new();
    let daemon = sandbox.host();
    sandbox.create("orders");
    let holders = [vec![daemon], sandbox.agents(), sandbox.dolts()].concat();
    assert!(holders.len() >= 3, "{holders:?}");
    for pid in holders {
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).expect("it runs");
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).expect("told");
        assert_eq!(line.split_whitespace().nth(4), Some("0"), "{pid}: {line}");
    }
}
