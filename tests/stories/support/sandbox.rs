//! A state folder of its own, with the real program on it: daemons, consoles and commands as a user starts them.
//!
//! Guarantees: whatever was started on the folder, in whatever session, is ended when the sandbox is dropped.

use super::dolt;
use doltops::hosted_api::client::{self, Client};
use doltops_agent::clock;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::Duration,
};
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// Nothing that a story waits for takes longer on a busy machine of two cores.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test.
pub const DOLTOPS: &str = env!("CARGO_BIN_EXE_doltops");

/// A state folder and what runs on it.
pub struct Sandbox {
    folder: tempfile::TempDir,
    children: Vec<Child>,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The answer, which must be one JSON document after success.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The refusal, which must be one JSON document with this exit code.
    #[track_caller]
    pub fn refusal(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{self:?}");
        let said: Value = serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        said["error"].clone()
    }
}

impl Sandbox {
    /// An empty state folder; nothing runs.
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("doltops-").tempdir().expect("a folder"), children: Vec::new() }
    }

    /// With a daemon that hosts the control plane.
    pub fn with_daemon() -> Self {
        let mut sandbox = Self::new();
        sandbox.daemon(&[]);
        sandbox
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The program with this sandbox's environment and no other configuration.
    pub fn program(&self) -> Command {
        let mut command = Command::new(DOLTOPS);
        command
            .env("DOLTOPS_DOLT", dolt::binary())
            .env("DOLTOPS_STATE_DIR", self.state())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("USER", "tester")
            .env_remove("DOLTOPS_CONFIG")
            .env_remove("DOLTOPS_CONNECT")
            .stdin(Stdio::null());
        command
    }

    /// Starts a daemon and returns its process id once the control plane is hosted, by it or by another.
    pub fn daemon(&mut self, arguments: &[&str]) -> u32 {
        let log = fs::File::create(self.path().join(format!("daemon-{}.log", self.children.len()))).expect("a log");
        let child = self.program().arg("--daemon").args(arguments).stderr(log).spawn().expect("it starts");
        let pid = child.id();
        self.children.push(child);
        let socket = self.state().join("api.sock");
        wait_for("the control plane to listen", || socket.exists().then_some(()));
        pid
    }

    /// Starts a daemon that also listens on a free port of this machine, and returns its URL.
    pub fn listening_daemon(&mut self) -> String {
        let log = self.path().join(format!("daemon-{}.log", self.children.len()));
        self.daemon(&["--listen", "127.0.0.1:0"]);
        let address = wait_for("the daemon to say where it listens", || {
            let said = fs::read_to_string(&log).ok()?;
            Some(said.split_once(", and on ")?.1.split_once('\n')?.0.to_owned())
        });
        format!("https://{address}")
    }

    /// Starts a program of the sandbox that goes on, and returns its output where that is piped.
    pub fn start(&mut self, mut program: Command) -> Option<ChildStdout> {
        let mut child = program.spawn().expect("it starts");
        let out = child.stdout.take();
        self.children.push(child);
        out
    }

    /// Sends a signal to a daemon and waits for its end.
    pub fn end_daemon(&mut self, pid: u32, signal: &str) {
        send(pid, signal);
        let at = self.children.iter().position(|child| child.id() == pid).expect("one of ours");
        self.children.remove(at).wait().expect("it ends");
    }

    /// Runs a command to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Said {
        said(self.program().args(arguments).output().expect("it runs"))
    }

    /// The same with `-o json`, from words in one text.
    pub fn ask(&self, words: &str) -> Said {
        self.run(words.split_whitespace().chain(["-o", "json"]))
    }

    /// One deployment, as `get` tells it.
    #[track_caller]
    pub fn get(&self, name: &str) -> Value {
        self.ask(&format!("get {name}")).json()
    }

    /// Creates a deployment and waits until it serves.
    #[track_caller]
    pub fn create(&self, name: &str) -> Value {
        self.ask(&format!("create {name} --wait")).json();
        self.get(name)
    }

    /// Waits until `get` tells what `fits` accepts.
    #[track_caller]
    pub fn wait_until(&self, name: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, || {
            let said = self.ask(&format!("get {name}"));
            (said.code == 0).then(|| said.json()).filter(&fits)
        })
    }

    /// The processes that run in this sandbox's folder or name it, with their command lines.
    pub fn processes(&self) -> Vec<(u32, String)> {
        processes_of(self.path())
    }

    /// Agents that run, whatever the control plane thinks.
    pub fn agents(&self) -> Vec<u32> {
        self.running(" agent --machine ")
    }

    /// Dolt servers of instances that run; the store's own is not among them.
    pub fn dolts(&self) -> Vec<u32> {
        self.processes()
            .into_iter()
            .filter(|(_, line)| line.contains(" sql-server ") && line.contains("/instances/"))
            .map(|(pid, _)| pid)
            .collect()
    }

    /// The store's own Dolt server: the one that runs in its folder.
    pub fn store_server(&self) -> Option<u32> {
        let home = self.state().join("store");
        let here = |pid: &u32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == home);
        self.running(" sql-server ").into_iter().find(here)
    }

    /// A client of the API over the sandbox's socket.
    pub fn client(&self) -> Client {
        client::on(self.channel())
    }

    /// A channel over the sandbox's socket.
    pub fn channel(&self) -> Channel {
        let socket = self.state().join("api.sock");
        let connect = service_fn(move |_| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        Endpoint::from_static("http://api.sock").connect_with_connector_lazy(connect)
    }

    fn running(&self, words: &str) -> Vec<u32> {
        self.processes().into_iter().filter(|(_, line)| line.contains(words)).map(|(pid, _)| pid).collect()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for child in &mut self.children {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
        // An agent that ends may just have started its Dolt: again until nothing is left.
        for _ in 0..50 {
            let left = self.processes();
            if left.is_empty() {
                break;
            }
            for (pid, _) in left {
                send(pid, "KILL");
            }
        }
    }
}

fn processes_of(folder: &Path) -> Vec<(u32, String)> {
    let folder = folder.to_string_lossy().into_owned();
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    let mut found: Vec<(u32, String)> = all
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            // The store's own server runs in its folder, and names nothing outside it.
            let home = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
            let ours = line.contains(&folder) || home.to_string_lossy().starts_with(&folder);
            ours.then_some((pid, line))
        })
        .collect();
    found.sort_unstable();
    found
}

/// Sends a signal by its name; a process that has ended is no failure.
pub fn send(pid: u32, signal: &str) {
    let _ = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Asks again and again until there is an answer.
#[track_caller]
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = clock::instant() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(clock::instant() < until, "waited {PATIENCE:?} for {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
