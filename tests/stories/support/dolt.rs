//! A real Dolt server on this machine, with TLS, for as long as the value lives.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{net::TcpStream, time::timeout};

/// A server, its folder and who may come in.
pub struct Dolt {
    server: Child,
    _folder: tempfile::TempDir,
    /// Where it listens.
    pub address: SocketAddr,
    /// The CA of its certificate.
    pub ca_pem: String,
}

/// The name in the server's certificate.
pub const HOST_NAME: &str = "orders.localhost";
/// The password of its user `root`.
pub const PASSWORD: &str = "hush";

impl Dolt {
    /// Starts one that takes nothing but TLS, and waits until it takes connections.
    pub async fn start() -> Self {
        Self::with("true").await
    }

    /// One that also takes connections in the clear, so that a test can read along.
    pub async fn in_the_clear() -> Self {
        Self::with("false").await
    }

    async fn with(only_tls: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let ca_pem = certificates(root);
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        fs::create_dir(root.join("data")).expect("made");
        let path = |name: &str| root.join(name).display().to_string();
        let settings = format!(
            "log_level: warning\ndata_dir: {}\nlistener:\n  host: 127.0.0.1\n  port: {}\n  socket: {}\n  tls_key: {}\n  \
             tls_cert: {}\n  require_secure_transport: {only_tls}\n",
            path("data"),
            address.port(),
            path("s"),
            path("key.pem"),
            path("cert.pem"),
        );
        fs::write(root.join("config.yaml"), settings).expect("written");
        let server = Command::new(binary())
            .args(["sql-server", "--config"])
            .arg(root.join("config.yaml"))
            .current_dir(root)
            .env("HOME", root)
            .env("DOLT_ROOT_PATH", root)
            .env("DOLT_ROOT_PASSWORD", PASSWORD)
            .env("DOLT_ROOT_HOST", "%")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dolt starts");
        let answers = async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), answers).await.expect("dolt takes connections");
        Self { server, _folder: folder, address, ca_pem }
    }
}

impl Drop for Dolt {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The real Dolt: named by `DOLTOPS_DOLT`, or on the PATH.
pub fn binary() -> PathBuf {
    if let Some(named) = env::var_os("DOLTOPS_DOLT") {
        return named.into();
    }
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join("dolt"))
        .find(|program| program.is_file())
        .expect("these tests need Dolt: put `dolt` on the PATH, or name it in DOLTOPS_DOLT")
}

/// Writes the server's key and certificate; gives the CA's.
fn certificates(root: &std::path::Path) -> String {
    let ca_key = rcgen::KeyPair::generate().expect("a key");
    let mut ca = rcgen::CertificateParams::new(Vec::new()).expect("no names");
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).expect("signed").pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let names = vec![HOST_NAME.to_owned()];
    let certificate = rcgen::CertificateParams::new(names).expect("a name").signed_by(&key, &issuer).expect("signed");
    fs::write(root.join("key.pem"), key.serialize_pem()).expect("written");
    fs::write(root.join("cert.pem"), certificate.pem()).expect("written");
    ca_pem
}
