//! Two real Dolt servers, one the standby of the other, as `packaging/store` sets them up.

use super::{dolt, sandbox::wait_for};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// What an operator copies to both machines.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/store/config.yaml");

/// The password of their user `root`.
pub const PASSWORD: &str = "hush";

/// One of the two.
struct Server {
    home: PathBuf,
    port: u16,
    replication: u16,
    role: &'static str,
    process: Option<Child>,
}

/// The pair; both end with it.
pub struct Pair {
    _folder: tempfile::TempDir,
    servers: [Server; 2],
}

fn free() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr()).expect("a free port").port()
}

impl Pair {
    /// Both run, the first as the primary.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = |name: &str, role| Server {
            home: folder.path().join(name),
            port: free(),
            replication: free(),
            role,
            process: None,
        };
        let servers = [server("a", "primary"), server("b", "standby")];
        let mut pair = Self { _folder: folder, servers };
        for at in [0, 1] {
            fs::create_dir_all(pair.servers[at].home.join("data")).expect("made");
            pair.run(at);
        }
        pair
    }

    /// Starts one that does not run, and waits until it takes connections.
    pub fn run(&mut self, at: usize) {
        let peer = self.servers[1 - at].replication;
        let server = &mut self.servers[at];
        let child = program(server, peer).spawn().expect("dolt starts");
        server.process = Some(child);
        let port = server.port;
        wait_for("the server to listen", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
    }

    /// kill -9.
    pub fn kill(&mut self, at: usize) {
        let mut process = self.servers[at].process.take().expect("it runs");
        process.kill().expect("it ends");
        process.wait().expect("it ended");
    }

    /// Its process.
    pub fn pid(&self, at: usize) -> u32 {
        self.servers[at].process.as_ref().expect("it runs").id()
    }

    /// As `doltops store` names it.
    pub fn place(&self, at: usize) -> String {
        format!("127.0.0.1:{}", self.servers[at].port)
    }

    /// Its address in `store`.
    pub fn url(&self, at: usize) -> String {
        format!("mysql://root:{PASSWORD}@{}/doltops", self.place(at))
    }

    /// Both, as a variable has them.
    pub fn urls(&self) -> String {
        [self.url(0), self.url(1)].join(",")
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for process in self.servers.iter_mut().filter_map(|server| server.process.as_mut()) {
            // One that is stopped would not hear anything milder.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn program(server: &Server, peer: u16) -> Command {
    let mut command = Command::new(dolt::binary());
    let home: &Path = &server.home;
    command
        .args(["sql-server", "--config", CONFIG])
        .current_dir(home)
        .env("HOME", home)
        .env("DOLT_ROOT_PATH", home)
        .env("DOLT_ROOT_HOST", "%")
        .env("DOLT_ROOT_PASSWORD", PASSWORD)
        .env("STORE_ROLE", server.role)
        .env("STORE_LISTEN", "127.0.0.1")
        .env("STORE_PORT", server.port.to_string())
        .env("STORE_REPLICATION_PORT", server.replication.to_string())
        .env("STORE_PEER", format!("http://127.0.0.1:{peer}"))
        .env("STORE_DATA", home.join("data"))
        .stdout(Stdio::null())
        .stderr(fs::File::options().create(true).append(true).open(home.join("log")).expect("a log"));
    command
}
