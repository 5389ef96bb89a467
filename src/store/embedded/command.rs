//! How the store's server is run: its folder, its configuration, its environment.
//!
//! It runs inside its own folder, and every path in its configuration is relative to that: nothing needs escaping, and
//! a socket's path stays short in any state folder (the system's limit is about 104 bytes).

use super::{EmbeddedError, logfile, orphan};
use crate::secrets::Secret;
use doltops_agent::process::{self, Process};
use std::{
    fs, io,
    path::{Path, PathBuf, absolute},
    process::Stdio,
};
use tokio::process::Child;

/// The server's one user.
pub const USER: &str = "root";

const DATA: &str = "data";
const USERS: &str = "privileges.db";
const SOCKET: &str = "dolt.sock";
const CONFIG: &str = "config.yaml";

/// What the garbage collector of Go aims to stay under. Without it a server under commits grows past 800 MiB before
/// Dolt's own garbage is collected; with 512 it held 533, at no cost that could be seen.
const MEMORY: &str = "512MiB";

/// How the server is started.
#[derive(Debug)]
pub struct Server {
    dolt: PathBuf,
    folder: PathBuf,
    launcher: PathBuf,
    password: Secret,
}

impl Server {
    /// Of this Dolt, in this folder.
    pub fn new(dolt: &Path, folder: &Path, launcher: &Path, password: Secret) -> io::Result<Self> {
        // It will run in another folder than we do.
        Ok(Self { dolt: absolute(dolt)?, folder: absolute(folder)?, launcher: absolute(launcher)?, password })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its user's password.
    pub fn password(&self) -> &Secret {
        &self.password
    }

    /// Where it writes what it has to say.
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        logfile::last_lines(&self.log())
    }

    /// Starts it on this port; it is not yet known whether it answers.
    pub fn spawn(&self, port: u16) -> Result<(Child, Option<Process>), EmbeddedError> {
        let unusable = |source| EmbeddedError::Folder { folder: self.folder.clone(), source };
        fs::create_dir_all(self.folder.join(DATA)).map_err(unusable)?;
        fs::write(self.folder.join(CONFIG), config(port)).map_err(unusable)?;
        // A killed server leaves its socket file, and the next one would go without.
        let _ = fs::remove_file(self.folder.join(SOCKET));
        let log = logfile::open(&self.log()).map_err(unusable)?;
        let errors = log.try_clone().map_err(unusable)?;

        let mut command = process::detached(&self.launcher, &self.dolt);
        command.args(["sql-server", "--config", CONFIG]).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        // What the user's own Dolt is told must not change this one.
        command.env_clear();
        for kept in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command.env("TZ", "UTC").env("DOLT_ROOT_PATH", ".").env("GOMEMLIMIT", MEMORY);
        command.env("DOLT_ROOT_PASSWORD", self.password.reveal());
        // See `store::dolt`'s garbage.
        command.env("DOLT_GC_SCHEDULER", "NONE");
        // So that an older Dolt can open what this one writes.
        command.env("DOLT_USE_ADAPTIVE_ENCODING", "false");
        // No usage figures to Dolt's makers from a program that the user did not start as Dolt.
        command.env("DOLT_DISABLE_EVENT_FLUSH", "true");

        let mut child = command.spawn().map_err(|source| EmbeddedError::Spawn { dolt: self.dolt.clone(), source })?;
        let process = child.id().and_then(Process::of);
        if let Some(process) = process
            && let Err(source) = orphan::remember(&self.folder, process, port)
        {
            // It can only fail when it has ended.
            let _ = child.start_kill();
            return Err(unusable(source));
        }
        Ok((child, process))
    }

    /// Lets the next start make the users anew, with our password.
    pub fn forget_users(&self) -> io::Result<()> {
        match fs::remove_file(self.folder.join(USERS)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// 127.0.0.1 and not `localhost`: a name could mean another address. A hundred connections are far more than one
/// control plane and a few curious people open.
fn config(port: u16) -> String {
    format!(
        "# Written anew at each start.
log_level: warning
behavior:
  autocommit: true
  auto_gc_behavior:
    enable: false
listener:
  host: 127.0.0.1
  port: {port}
  max_connections: 100
  socket: {SOCKET}
data_dir: {DATA}
cfg_dir: config
privilege_file: {USERS}
branch_control_file: branch_control.db
system_variables:
  secure_file_priv: /nonexistent
"
    )
}
