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

/// How often a moment that passes in milliseconds is looked for.
const BLINK: Duration = Duration::from_millis(1);

/// A state folder and what runs on it.
pub struct Sandbox {
    folder: tempfile::TempDir,
    state: PathBuf,
    children: Vec<(Child, PathBuf)>,
    daemons: usize,
    variables: Vec<(&'static str, String)>,
}

/// How a moment is seen from outside.
pub type Moment = fn(&Sandbox) -> bool;

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
        Self::at("state")
    }

    /// The same, with the state folder under another name or a path in the sandbox.
    pub fn at(state: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("doltops-").tempdir().expect("a folder");
        let state = folder.path().join(state);
        Self { folder, state, children: Vec::new(), daemons: 0, variables: Vec::new() }
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
        self.state.clone()
    }

    /// The program with this sandbox's environment and no other configuration.
    pub fn program(&self) -> Command {
        self.program_at(Path::new(DOLTOPS))
    }

    /// The same with another copy of the program.
    pub fn program_at(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("DOLTOPS_DOLT", dolt::binary())
            .env("DOLTOPS_STATE_DIR", self.state())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("USER", "tester")
            .env_remove("DOLTOPS_CONFIG")
            .env_remove("DOLTOPS_CONNECT")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Every program that is started from now on has this in its environment.
    pub fn set(&mut self, name: &'static str, value: impl ToString) {
        self.variables.push((name, value.to_string()));
    }

    /// What programs are started with, besides what every sandbox has.
    pub fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }

    /// Starts a daemon and returns its process id once the control plane is hosted, by it or by another.
    pub fn daemon(&mut self, arguments: &[&str]) -> u32 {
        let mut command = self.program();
        command.args(arguments);
        let pid = self.start_daemon(command);
        let listens = || std::os::unix::net::UnixStream::connect(self.state().join("api.sock")).is_ok();
        wait_for("the control plane to listen", || listens().then_some(()));
        pid
    }

    /// Starts this program as a daemon, and waits for nothing.
    pub fn start_daemon(&mut self, mut command: Command) -> u32 {
        self.daemons += 1;
        let log = self.path().join(format!("daemon-{}.log", self.daemons));
        let file = fs::File::create(&log).expect("a log");
        let child = command.arg("--daemon").stderr(file).spawn().expect("it starts");
        let pid = child.id();
        self.children.push((child, log));
        pid
    }

    /// A daemon that hosts the control plane.
    pub fn host(&mut self) -> u32 {
        let pid = self.start_daemon(self.program());
        self.wait_until_hosts(pid);
        pid
    }

    /// What a daemon says of itself.
    fn log_of(&self, pid: u32) -> &Path {
        &self.children.iter().find(|(child, _)| child.id() == pid).expect("one of ours").1
    }

    /// Waits until this daemon says that it hosts.
    pub fn wait_until_hosts(&self, pid: u32) {
        let log = self.log_of(pid);
        let said = || fs::read_to_string(log).unwrap_or_default();
        wait_for(&format!("daemon {pid} to host"), || said().contains("hosting the control plane").then_some(()));
    }

    /// Starts a daemon that also listens on a free port of this machine, and returns its URL.
    pub fn listening_daemon(&mut self) -> String {
        self.listening_daemon_and_pid().0
    }

    /// The same, with its process id.
    pub fn listening_daemon_and_pid(&mut self) -> (String, u32) {
        let pid = self.daemon(&["--listen", "127.0.0.1:0"]);
        let log = self.log_of(pid).to_owned();
        let address = wait_for("the daemon to say where it listens", || {
            let said = fs::read_to_string(&log).ok()?;
            Some(said.split_once(", and on ")?.1.split_once('\n')?.0.to_owned())
        });
        (format!("https://{address}"), pid)
    }

    /// Starts a program of the sandbox that goes on, and returns its output where that is piped.
    pub fn start(&mut self, mut program: Command) -> Option<ChildStdout> {
        let mut child = program.spawn().expect("it starts");
        let out = child.stdout.take();
        self.children.push((child, PathBuf::new()));
        out
    }

    /// The process id of the daemon that was started last.
    pub fn newest_daemon(&self) -> u32 {
        self.children.last().expect("one was started").0.id()
    }

    /// Sends a signal to a daemon and waits for its end.
    pub fn end_daemon(&mut self, pid: u32, signal: &str) {
        send(pid, signal);
        let at = self.children.iter().position(|(child, _)| child.id() == pid).expect("one of ours");
        self.children.remove(at).0.wait().expect("it ends");
    }

    /// The machine's power goes: everything on the folder ends at once, the daemons first.
    pub fn cut_power(&mut self) {
        let daemons: Vec<u32> = self.children.iter().map(|(child, _)| child.id()).collect();
        wait_for("everything to end", || {
            let all = daemons.iter().copied().chain(self.processes().into_iter().map(|(pid, _)| pid));
            let _ =
                Command::new("kill").arg("-KILL").args(all.map(|pid| pid.to_string())).stderr(Stdio::null()).status();
            self.processes().is_empty().then_some(())
        });
        for (mut child, _) in self.children.drain(..) {
            child.wait().expect("it ended");
        }
    }

    /// Runs a command to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Said {
        self.program().args(arguments).output().expect("it runs").into()
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

    /// The records of one kind that stand on disk: `instances/instance.json`, `volumes/volume.json`, `copies/copy.json`.
    /// One that is being written is there with the next look.
    pub fn records(&self, room: &str) -> Vec<Value> {
        let Ok(entries) = fs::read_dir(self.state().join("cloud").join(room)) else { return Vec::new() };
        let file = format!("{}.json", if room == "copies" { "copy" } else { room.trim_end_matches('s') });
        let shown = entries.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
        shown.filter_map(|entry| serde_json::from_slice(&fs::read(entry.path().join(&file)).ok()?).ok()).collect()
    }

    /// Instances that are not terminated.
    pub fn instances(&self) -> Vec<Value> {
        self.records("instances").into_iter().filter(|instance| instance["state"] != "terminated").collect()
    }

    /// The only deployment's instance has this file in its agent's folder.
    pub fn agent_has(&self, file: &str) -> bool {
        let Ok(entries) = fs::read_dir(self.state().join("cloud/instances")) else { return false };
        entries.flatten().any(|entry| entry.path().join("agent").join(file).exists())
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
        for (child, _) in &mut self.children {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
        // An agent that ends may just have started its Dolt: again until nothing is left.
        for _ in 0..50 {
            let left = self.processes();
            if left.is_empty() {
                return;
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
            // The store's server is started in its folder and names nothing of it; daemons and commands have it in
            // their environment.
            let runs_in = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
            let told = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let told = String::from_utf8_lossy(&told).contains(&folder);
            let ours = !line.is_empty() && (line.contains(&folder) || runs_in.starts_with(&folder) || told);
            ours.then_some((pid, line))
        })
        .collect();
    found.sort_unstable();
    found
}

/// Waits for a moment that soon passes.
#[track_caller]
pub fn as_soon_as(what: &str, holds: impl Fn() -> bool) {
    let until = clock::instant() + PATIENCE;
    while !holds() {
        assert!(clock::instant() < until, "waited {PATIENCE:?} for {what}");
        std::thread::park_timeout(BLINK);
    }
}

/// Sends a signal by its name; a process that has ended is no failure.
pub fn send(pid: u32, signal: &str) {
    let _ = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Asks again and again until there is an answer.
#[track_caller]
pub fn wait_for<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    wait_for_within(PATIENCE, what, ask)
}

/// The same, for what takes longer by its nature.
#[track_caller]
pub fn wait_for_within<T>(patience: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = clock::instant() + patience;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(clock::instant() < until, "waited {patience:?} for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
