//! Other keys and passwords while everything goes on: nobody is locked out, whatever ends in the middle, and what was taken
//! back does not count any more.

use crate::support::{
    sandbox::{Said, Sandbox, send, wait_for},
    writer::{Writer, direct},
};
use doltops::{
    certificates::{Authorities, Identity, Leaf},
    env::System,
    secrets::folder::Folder,
};
use doltops_proto::identity::{Caller, agent_name};
use mysql_async::Conn;
use rustls::{ClientConfig, RootCertStore, version::TLS13};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use serde_json::Value;
use std::{fs, path::PathBuf, sync::Arc, time::Duration};
use tokio::{io::AsyncReadExt, net::TcpStream, runtime::Builder};
use tokio_rustls::TlsConnector;

/// Agents are told within some seconds; a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon that listens, and people from elsewhere.
struct Plane {
    sandbox: Sandbox,
    url: String,
    daemon: u32,
}

impl Plane {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        let (url, daemon) = Self::begin(&mut sandbox);
        Self { sandbox, url, daemon }
    }

    fn begin(sandbox: &mut Sandbox) -> (String, u32) {
        let url = sandbox.listening_daemon();
        (url, sandbox.newest_daemon())
    }

    /// `kill -9` to the host, and another one.
    fn again(&mut self) {
        self.sandbox.end_daemon(self.daemon, "KILL");
        (self.url, self.daemon) = Self::begin(&mut self.sandbox);
    }

    fn identity(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(format!("{name}.pem"))
    }

    fn admit(&self, name: &str) {
        let file = self.identity(name);
        self.sandbox.ask(&format!("client-certificate {name} --role viewer --file {}", file.display())).json();
    }

    fn ask_as(&self, name: &str, words: &str) -> Said {
        let identity = self.identity(name).display().to_string();
        let way = ["--connect", &self.url, "--identity", &identity, "-o", "json"];
        self.sandbox.run(way.into_iter().chain(words.split_whitespace()))
    }

    fn state(&self, authority: &str) -> Value {
        let all = self.sandbox.ask("rotate").json();
        let all = all["authorities"].as_array().expect("a list").clone();
        all.into_iter().find(|it| it["name"] == authority).expect("there")
    }

    /// Who still needs the old one.
    fn holds(&self, authority: &str) -> Vec<String> {
        let state = self.state(authority);
        let holds = state["holds"].as_array().expect("a list").iter();
        holds.map(|hold| hold["name"].as_str().expect("a name").to_owned()).collect()
    }

    fn serial(&self, name: &str) -> Value {
        self.sandbox.get(name)["observed"]["certificate_serial"].clone()
    }

    /// The agent's folder of the only instance that runs.
    fn agent_folder(&self) -> PathBuf {
        let instance = self.sandbox.instances()[0]["id"].as_str().expect("an id").to_owned();
        self.sandbox.state().join("cloud/instances").join(instance).join("agent")
    }
}

/// A copy of the secrets, as a thief has it.
fn stolen(plane: &Plane) -> Folder {
    let to = plane.sandbox.path().join("stolen");
    let copied =
        std::process::Command::new("cp").arg("-r").arg(plane.sandbox.state().join("secrets")).arg(&to).status();
    assert!(copied.expect("copied").success());
    Folder::new(to)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

/// Whether the agent of `orders` lets somebody in who shows `shown`; both know it by any of `trusted`.
async fn is_let_in(plane: &Plane, shown: &Identity, trusted: &[&str]) -> bool {
    let orders = |instance: &Value| instance["tags"]["name"] == "orders";
    let instance = plane.sandbox.instances().into_iter().find(orders).expect("it runs");
    let id = instance["tags"]["deployment"].as_str().expect("an id").to_owned();
    let mut roots = RootCertStore::empty();
    for pem in trusted {
        for der in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(der.expect("a certificate")).expect("a root");
        }
    }
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(shown.certificate_pem.as_bytes()).collect::<Result<_, _>>().expect("a chain");
    let key = PrivateKeyDer::from_pem_slice(shown.key_pem.reveal().as_bytes()).expect("a key");
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .expect("known")
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .expect("usable");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let port = instance["agent_port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    let name = ServerName::try_from(agent_name(&id)).expect("a name");
    let Ok(mut stream) = TlsConnector::from(Arc::new(config)).connect(name, stream).await else { return false };
    // An HTTP/2 server speaks first, to whom it lets in.
    let mut word = [0; 1];
    stream.read(&mut word).await.is_ok_and(|read| read > 0)
}

/// The control CA's key was stolen. It is rotated while a client writes, one deployment is stopped, somebody holds a
/// certificate of the old one, and the host is killed in the middle. Nobody is locked out, the rotation says for whom it
/// waits, and in the end the thief has nothing.
#[test]
fn a_stolen_control_ca_is_rotated_and_nobody_is_locked_out() {
    let mut it = Plane::new();
    it.sandbox.create("orders");
    it.admit("vera");
    let thief = run(Authorities::open(&stolen(&it), &System::new())).expect("read").control.now();
    let shown = thief.signer().identity(&Leaf::client(&Caller::ControlPlane), &System::new()).expect("signed");
    assert!(run(is_let_in(&it, &shown, &[thief.signer().certificate_pem()])), "so much for its worth");
    let writer = Writer::start(&it.sandbox, "orders");
    it.sandbox.create("billing");
    it.sandbox.ask("stop billing --wait").json();
    let serial = it.serial("orders");

    it.sandbox.ask("rotate control-ca begin").json();
    wait_for("orders to change over", || (it.holds("control-ca") == ["billing", "vera"]).then_some(()));
    let refused = it.sandbox.ask("rotate control-ca finish").refusal(4);
    let said = refused["message"].as_str().expect("words");
    assert!(said.contains("billing (it is stopped") && said.contains("vera (a client certificate"), "{said}");

    it.again();
    assert_eq!(it.state("control-ca")["phase"], "switched", "it goes on where it stood");
    wait_for("the same after a crash", || (it.holds("control-ca") == ["billing", "vera"]).then_some(()));
    assert_eq!(it.ask_as("vera", "list").code, 0, "she knows the old one alone");
    let before = fs::read(it.identity("vera")).expect("read");
    it.ask_as("vera", "rotate own").json();
    fs::write(it.identity("before"), before).expect("written");
    assert!(it.ask_as("before", "list").refusal(4)["message"].as_str().expect("words").contains("revoked"));
    it.sandbox.ask("start billing --wait").json();
    it.sandbox.ask("rotate control-ca begin --wait").json();

    it.sandbox.ask("rotate control-ca finish").json();
    assert_eq!(it.state("control-ca")["phase"], "settled");
    let secrets = Folder::new(it.sandbox.state().join("secrets"));
    let now = run(Authorities::open(&secrets, &System::new())).expect("read").control.now();
    let trusted = [thief.signer().certificate_pem(), now.signer().certificate_pem()];
    let until = doltops_agent::clock::instant() + PATIENCE;
    while run(is_let_in(&it, &shown, &trusted)) {
        assert!(doltops_agent::clock::instant() < until, "the thief is still let in");
    }
    assert_eq!(it.ask_as("vera", "get orders").json()["health"], "healthy");
    it.again();
    assert_eq!(it.ask_as("vera", "list").code, 0, "the new listener is known by the new one");
    it.sandbox.wait_until("orders", "orders to be heard", |orders| orders["health"] == "healthy");
    assert_eq!(it.serial("orders"), serial, "its database was left alone");
    writer.lost_nothing();
}

/// An agent's key was stolen. After its rotation whoever shows the old identity at that address is nobody, although its
/// certificate is good for months.
#[test]
fn an_agents_identity_that_was_taken_back_does_not_count() {
    let mut it = Plane::new();
    it.sandbox.create("orders");
    let file = it.agent_folder().join("agent.pem");
    let old = fs::read(&file).expect("read");
    let dolts = it.sandbox.dolts();

    it.sandbox.ask("rotate agents --all --wait").json();
    let new = fs::read(&file).expect("read");
    assert_ne!(old, new);
    assert_eq!(it.sandbox.dolts(), dolts, "its database was left alone");

    let with = |it: &Plane, identity: &[u8]| {
        fs::write(&file, identity).expect("written");
        it.sandbox.agents().into_iter().for_each(|pid| send(pid, "KILL"));
    };
    with(&it, &old);
    let told = it.sandbox.wait_until("orders", "it to be nobody", |orders| orders["health"] != "healthy");
    assert_eq!(told["health"], "unreachable", "{told}");
    with(&it, &new);
    it.sandbox.wait_until("orders", "the agent itself", |orders| orders["health"] == "healthy");
    // And after a crash of the host as before.
    it.again();
    it.sandbox.wait_until("orders", "the agent itself", |orders| orders["health"] == "healthy");
    it.sandbox.ask("rotate agents nothing").refusal(3);
}

fn logs_in(credentials: &Value, password: &str) -> bool {
    let mut with = credentials.clone();
    with["password"] = with[password].clone();
    with["password"].is_string() && run(Conn::new(direct(&with))).is_ok()
}

/// Passwords are rotated while a client writes, and the host is killed each time it may be in the middle: what is shown
/// always opens the database. In the end there is one password, and the old one is worth nothing.
#[test]
fn what_is_shown_always_opens_the_database() {
    let mut it = Plane::new();
    it.sandbox.create("orders");
    let first = it.sandbox.ask("credentials orders").json();
    let writer = Writer::start(&it.sandbox, "orders");
    for _ in 0..3 {
        it.sandbox.ask("rotate passwords orders").json();
        it.again();
        let shown = wait_for("the credentials", || {
            let said = it.sandbox.ask("credentials orders");
            (said.code == 0).then(|| said.json())
        });
        // What was next may be the only one by the time of the look at the other.
        let now = it.sandbox.ask("credentials orders").json();
        let opens = logs_in(&shown, "password") || logs_in(&shown, "next_password");
        assert!(opens || logs_in(&now, "password") || logs_in(&now, "next_password"));
    }
    wait_for("the last to be done", || {
        it.sandbox.ask("rotate").json()["pending"].as_array().is_some_and(Vec::is_empty).then_some(())
    });
    let last = it.sandbox.ask("credentials orders").json();
    writer.counted_as_now(&it.sandbox, "orders").lost_nothing();
    assert_eq!(last.get("next_password"), None);
    assert!(logs_in(&last, "password") && !logs_in(&first, "password"));

    it.sandbox.ask("rotate passwords --all --wait").json();
    let after = it.sandbox.ask("credentials orders").json();
    assert!(logs_in(&after, "password") && !logs_in(&last, "password"));
    // The control plane's own user is another one too, and does its work.
    let said = it.sandbox.run(["connect", "orders", "-o", "json", "-e", "select 1"]);
    assert_eq!(said.code, 0, "{said:?}");
    it.sandbox.ask("set orders max_connections=77 --wait").json();
    let users = it.sandbox.run(["connect", "orders", "-o", "json", "-e", "select user from mysql.user"]).json();
    let own = users.to_string().matches("doltops_").count();
    assert_eq!(own, 1, "one of the two names at a time: {users}");
}

/// The deployment CA is rotated: customers are given both certificates first, then databases change over, then the old one
/// goes. Whoever knows both is never locked out.
#[test]
fn the_deployment_ca_is_rotated_in_three_steps() {
    let mut it = Plane::new();
    it.sandbox.create("orders");
    let first = it.sandbox.ask("credentials orders").json();
    let certificates = |said: &Value| said["ca_pem"].as_str().expect("PEM").matches("BEGIN CERTIFICATE").count();
    assert_eq!(certificates(&first), 1);
    let (serial, dolts) = (it.serial("orders"), it.sandbox.dolts());

    it.sandbox.ask("rotate deployment-ca switch").refusal(4);
    it.sandbox.ask("rotate deployment-ca begin").json();
    let both = it.sandbox.ask("credentials orders").json();
    assert_eq!(certificates(&both), 2);
    it.sandbox.ask("rotate deployment-ca finish").refusal(4);
    assert_eq!((it.serial("orders"), it.sandbox.dolts()), (serial.clone(), dolts), "nothing restarts for that");
    assert!(logs_in(&first, "password") && logs_in(&both, "password"));

    it.sandbox.ask("rotate deployment-ca switch").json();
    it.again();
    it.sandbox.ask("rotate deployment-ca switch --wait").json();
    assert_ne!(it.serial("orders"), serial);
    assert!(logs_in(&both, "password"));
    assert!(!logs_in(&first, "password"), "the certificate from before alone is not enough");

    it.sandbox.ask("rotate deployment-ca finish").json();
    let last = it.sandbox.ask("credentials orders").json();
    assert_eq!(certificates(&last), 1);
    assert_ne!(last["ca_pem"], first["ca_pem"]);
    assert!(logs_in(&last, "password") && logs_in(&both, "password"));
    // The agent knows its own database by the new one.
    it.sandbox.ask("restart orders --wait").json();
    assert_eq!(it.sandbox.run(["connect", "orders", "-o", "json", "-e", "select 1"]).code, 0);
}

/// No step of it leaves a secret where it could be read: not in the store, not in a log.
#[test]
fn nothing_of_it_is_said_aloud() {
    let it = Plane::new();
    it.sandbox.create("orders");
    it.sandbox.ask("rotate passwords orders --wait").json();
    it.sandbox.ask("rotate agents orders --wait").json();
    let password = it.sandbox.ask("credentials orders").json()["password"].as_str().expect("one").to_owned();
    let history = it.sandbox.ask("history");
    assert!(history.out.contains("Rotate the passwords of orders") && !history.out.contains(&password));
    let logs = std::process::Command::new("grep").arg("-rlF").arg("--").arg(&password).arg(it.sandbox.path()).output();
    let logs = String::from_utf8(logs.expect("searched").stdout).expect("text");
    let allowed = |file: &&str| !file.contains("/secrets/deployments/");
    assert_eq!(logs.lines().filter(allowed).collect::<Vec<_>>(), [""; 0]);
}
