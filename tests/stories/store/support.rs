//! A store of a test's own: a folder, a Dolt server, a connection.

use doltops::{
    env::{Env, System},
    model::{
        CertificateKind, CommitHash, DeploymentId, Desired, Generation, Incarnation, InstanceId, Operation,
        OperationId, Power, Record, Settings, Spec, VolumeId,
    },
    secrets::{Secrets, folder::Folder},
    store::{
        Edit, Landing, Store, StoreError,
        dolt::{Address, DoltStore},
        embedded::Embedded,
    },
};
use doltops_agent::process::Process;
use jiff::Timestamp;
use mysql_async::{Conn, OptsBuilder, prelude::*};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

pub use crate::support::dolt::binary as dolt;

/// A running server with its folder; both go with it.
pub struct House {
    pub folder: TempDir,
    pub secrets: Folder,
    pub server: Option<Embedded>,
}

impl House {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Folder::new(folder.path().join("secrets"));
        let mut house = Self { folder, secrets, server: None };
        house.host().await;
        house
    }

    /// Starts a server, as a host does.
    pub async fn host(&mut self) {
        let launcher = Path::new(env!("CARGO_BIN_EXE_doltops"));
        let secrets: &dyn Secrets = &self.secrets;
        let server = Embedded::start(&dolt(), &self.store_folder(), launcher, secrets, env()).await.expect("a server");
        self.server = Some(server);
    }

    pub fn store_folder(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub fn address(&self) -> Address {
        self.server.as_ref().expect("it was started").address().clone()
    }

    pub async fn store(&self) -> DoltStore {
        DoltStore::connect(&self.address(), env()).await.expect("the store opens")
    }

    /// The server's process, from its note.
    pub fn process(&self) -> Process {
        serde_json::from_value(self.note()["process"].clone()).expect("well formed")
    }

    /// Where it listens on loopback, from its note.
    pub fn port(&self) -> u16 {
        self.note()["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port")
    }

    fn note(&self) -> serde_json::Value {
        let note = std::fs::read(self.store_folder().join("process.json")).expect("it runs");
        serde_json::from_slice(&note).expect("well formed")
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process().pid).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("it runs");
    }

    /// Past the store, as somebody with a SQL client.
    pub async fn sql(&self, statement: &str) {
        let password = self.secrets.get("store/root").await.expect("read").expect("there");
        let options = OptsBuilder::default().tcp_port(self.port()).user(Some("root")).pass(Some(password.reveal()));
        let mut connection = Conn::new(options.prefer_socket(false)).await.expect("it opens");
        connection.query_drop(statement).await.expect(statement);
        connection.disconnect().await.expect("closed");
    }

    /// Ends the server; its folder stays.
    pub async fn stopped(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    pub async fn stop(mut self) {
        self.stopped().await;
    }
}

impl Drop for House {
    /// A test that failed leaves no server behind.
    fn drop(&mut self) {
        // First, or it is started again.
        if self.server.take().is_some() && self.process().is_alive() {
            self.signal(Signal::KILL);
        }
    }
}

pub fn env() -> Arc<dyn Env> {
    Arc::new(System::new())
}

/// Waits for something that will be so, and tells what was not so in time.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.unwrap_or_else(|_| panic!("not in time: {what}"))
}

pub fn id(name: &str) -> DeploymentId {
    DeploymentId::new(format!("d-{name}"))
}

pub fn desired(name: &str) -> Desired {
    Desired {
        id: id(name),
        name: name.parse().expect("a name"),
        spec: Spec {
            instance_type: "local.small".to_owned(),
            volume_gib: 10,
            certificate: CertificateKind::SelfSigned,
            settings: Settings::default(),
        },
        power: Power::Running,
        protected: false,
        paused: false,
    }
}

pub fn record(name: &str) -> Record {
    Record {
        id: id(name),
        name: name.parse().expect("a name"),
        generation: Generation(1),
        incarnation: Incarnation(1),
        instance: Some(InstanceId::new("i-1")),
        volume: Some(VolumeId::new("v-1")),
        address: "127.0.0.1".to_owned(),
        port: 3306,
        host_name: String::new(),
        instance_type: String::new(),
        zone: String::new(),
        certificate_serial: String::new(),
        certificate_not_after: None,
        restart_id: String::new(),
        deletion: None,
        deleted: false,
        final_copy: None,
        final_copy_until: None,
        identity_wanted: 0,
        identity_floor: 0,
        logins_wanted: String::new(),
        logins_done: String::new(),
    }
}

pub fn operation(number: &str, name: &str, kind: &str) -> Operation {
    Operation {
        id: OperationId::new(number),
        deployment: Some(id(name)),
        kind: kind.to_owned(),
        summary: format!("{kind} {name}"),
        author: "ada".to_owned(),
        asked: "2026-01-02T03:04:05.678901Z".parse::<Timestamp>().expect("a time"),
        reason: "because".to_owned(),
        request: "{}".to_owned(),
    }
}

pub fn landing(base: &CommitHash, message: &str, edits: Vec<Edit>) -> Landing {
    Landing { base: base.clone(), edits, author: "ada".to_owned(), message: message.to_owned(), fence: None }
}

/// Lands edits on the head.
pub async fn land(store: &DoltStore, message: &str, edits: Vec<Edit>) -> Result<CommitHash, StoreError> {
    let base = store.head().await?;
    store.land(landing(&base, message, edits)).await
}
