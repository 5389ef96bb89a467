//! The agent's own folder: what lies where in it, and that one agent alone uses it.

use super::files::Readers;
use crate::machine::Machine;
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

/// A socket's path has 108 bytes on Linux and 104 on macOS, its closing zero included.
const SOCKET_PATH_LIMIT: usize = 103;

/// Dolt's configuration, in the folder of what Dolt reads.
pub(crate) const DOLT_CONFIG: &str = "dolt.yaml";
/// The agent's own log, in the folder of logs.
pub(crate) const AGENT_LOG: &str = "agent.log";
const HOME: &str = "home";
/// Which Dolt runs, in the agent's folder.
pub(crate) const DOLT_RUN: &str = "dolt.json";

/// Where everything of the agent's is. Holding it is holding the folder's lock.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    // What Dolt reads, and where it is at home: in the agent's own folder, unless it runs as another user.
    dolt: PathBuf,
    logs: PathBuf,
    shared: bool,
    socket: PathBuf,
    // Let go by the operating system when the agent ends, in whatever way.
    _lock: File,
}

impl Folder {
    /// Makes the machine's folders where they are missing and takes the lock.
    ///
    /// # Errors
    /// When a folder cannot be made, or another agent has the lock.
    pub fn open(machine: &Machine) -> io::Result<Self> {
        // Absolute, because Dolt has a working folder of its own.
        let root = std::path::absolute(&machine.folder)?;
        let dolt = dolt_root(machine)?;
        let logs = std::path::absolute(machine.logs())?;
        for folder in [&root, &dolt.join(HOME), &machine.data, &logs] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
                io::Error::new(error.kind(), format!("the folder {} cannot be made: {error}", folder.display()))
            })?;
        }
        let lock = lock(&root.join("agent.lock"))?;
        let shared = machine.dolt_user().is_some();
        // Another user makes its socket where it may write.
        let socket = socket(&if shared { dolt.join(HOME) } else { root.clone() })?;
        Ok(Self { root, dolt, logs, shared, socket, _lock: lock })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The highest epoch and generation seen.
    pub fn fence(&self) -> PathBuf {
        self.root.join("fence.json")
    }

    /// What was deployed.
    pub fn deploy(&self) -> PathBuf {
        self.root.join("deploy.json")
    }

    /// The agent's enrolled key and chain, in one file so that they cannot differ.
    pub fn agent_identity(&self) -> PathBuf {
        self.root.join("agent.pem")
    }

    /// The database's key and chain, in one file for the same reason: Dolt reads both from it.
    pub fn database_identity(&self) -> PathBuf {
        self.dolt.join("database.pem")
    }

    /// Who signs callers, where that is no longer what the agent booted with.
    pub fn control_ca(&self) -> PathBuf {
        self.root.join("control-ca.pem")
    }

    /// A key that was enrolled and waits for its chain.
    pub fn pending_agent_key(&self) -> PathBuf {
        self.root.join("agent.pending.pem")
    }

    /// A key that was enrolled and waits for its chain.
    pub fn pending_database_key(&self) -> PathBuf {
        self.root.join("database.pending.pem")
    }

    /// Dolt's configuration.
    pub fn dolt_config(&self) -> PathBuf {
        self.dolt.join(DOLT_CONFIG)
    }

    /// Who reads what is meant for Dolt.
    pub fn dolt_readers(&self) -> Readers {
        if self.shared { Readers::Group } else { Readers::Owner }
    }

    /// Where Dolt runs: it can look around there.
    pub fn dolt_root(&self) -> &Path {
        &self.dolt
    }

    /// Which Dolt runs, and with what it was started.
    pub fn dolt_run(&self) -> PathBuf {
        self.root.join(DOLT_RUN)
    }

    /// What Dolt writes.
    pub fn dolt_log(&self) -> PathBuf {
        self.logs.join("dolt.log")
    }

    /// What the agent itself writes, where the CloudWatch Agent reads it.
    pub fn agent_log(&self) -> PathBuf {
        self.logs.join(AGENT_LOG)
    }

    /// The credentials that the agent was given last.
    pub fn credentials(&self) -> PathBuf {
        self.root.join("credentials.json")
    }

    /// Up to when metrics were sent.
    pub fn metrics_sent(&self) -> PathBuf {
        self.root.join("metrics.sent.json")
    }

    /// Dolt's home: its global configuration.
    pub fn dolt_home(&self) -> PathBuf {
        self.dolt.join(HOME)
    }

    /// Dolt's own socket, so that two Dolts of one machine never share `/tmp/mysql.sock`.
    pub fn dolt_socket(&self) -> &Path {
        &self.socket
    }

    /// SQL users that end by themselves.
    pub fn people(&self) -> PathBuf {
        self.root.join("people.json")
    }
}

/// The folder of what Dolt reads.
pub(crate) fn dolt_root(machine: &Machine) -> io::Result<PathBuf> {
    std::path::absolute(machine.dolt_user().map_or(&machine.folder, |user| &user.folder))
}

fn lock(path: &Path) -> io::Result<File> {
    let mut file = File::options().create(true).truncate(false).write(true).open(path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        let text = format!("another agent uses this folder: it holds the lock {}", path.display());
        io::Error::new(io::ErrorKind::AddrInUse, text)
    })?;
    // For people who look: the lock is the file's, not the number's.
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

fn socket(root: &Path) -> io::Result<PathBuf> {
    let near = root.join("dolt.sock");
    if near.as_os_str().len() <= SOCKET_PATH_LIMIT {
        return Ok(near);
    }
    // Named for the folder, so that a restarted agent finds the same; ours alone, so that nobody puts a socket there.
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let folder = std::env::temp_dir().join(format!("doltops-{name}"));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let metadata = fs::symlink_metadata(&folder)?;
    if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o077 != 0 {
        let text = format!("{} is not a folder of ours alone: remove it", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(folder.join("dolt.sock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(root: &Path) -> Machine {
        Machine {
            agent: ([127, 0, 0, 1], 1).into(),
            database: ([127, 0, 0, 1], 2).into(),
            metrics: ([127, 0, 0, 1], 3).into(),
            memory_bytes: 1,
            max_connections: 1,
            folder: root.join("agent"),
            data: root.join("data"),
            dolt: "dolt".into(),
            aws: None,
        }
    }

    #[test]
    fn two_agents_never_share_a_folder() {
        let root = tempfile::tempdir().expect("a folder");
        let first = Folder::open(&machine(root.path())).expect("free");
        let error = Folder::open(&machine(root.path())).expect_err("taken");
        assert!(error.to_string().contains("another agent"), "{error}");
        drop(first);
        Folder::open(&machine(root.path())).expect("free again");
    }

    #[test]
    fn a_long_folder_still_gives_a_short_socket() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&machine(&root.path().join("x".repeat(120)))).expect("opened");
        assert!(folder.dolt_socket().as_os_str().len() <= SOCKET_PATH_LIMIT);
        fs::remove_dir_all(folder.dolt_socket().parent().expect("a folder")).expect("removed");
    }
}
