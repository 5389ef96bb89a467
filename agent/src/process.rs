//! Processes that outlive the one that started them.
//!
//! A process is known by its id *and* its start time, so that an id that the kernel has given to another is never
//! taken for it. What differs between operating systems stands in a file named for each.

use serde::{Deserialize, Serialize};
use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{process::Command, time};

#[cfg(target_os = "linux")]
#[path = "process/linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "process/macos.rs"]
mod system;

/// One process of this machine, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// When it started, in the operating system's own unit.
    pub started: u64,
}

impl Process {
    /// The process that has this id now; none where it has ended.
    pub fn of(pid: u32) -> Option<Self> {
        system::start_time(pid).map(|started| Self { pid, started })
    }

    /// Whether it still runs. A zombie does not.
    pub fn is_alive(self) -> bool {
        system::start_time(self.pid) == Some(self.started)
    }

    /// What it was started with, its program first; empty where it has ended.
    pub fn arguments(self) -> Vec<OsString> {
        if self.is_alive() { system::arguments(self.pid) } else { Vec::new() }
    }

    /// What it has used; none where it has ended.
    pub fn usage(self) -> Option<Usage> {
        if self.is_alive() { system::usage(self.pid) } else { None }
    }

    /// Asks it to end, and ends it by force after `grace`. Returns when it is gone.
    pub async fn end(self, grace: Duration) {
        self.signal(rustix::process::Signal::TERM);
        if time::timeout(grace, self.gone()).await.is_err() {
            self.signal(rustix::process::Signal::KILL);
            self.gone().await;
        }
    }

    /// Returns when it is gone. It may be nobody's child of ours, so it is looked at, not waited for.
    pub async fn gone(self) {
        while self.is_alive() {
            // Far below what a person notices, and a look is one read of a few hundred bytes.
            time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn signal(self, signal: rustix::process::Signal) {
        // Between this look and the signal the id could pass on; the kernel hands ids out in turn, so not at once.
        if self.is_alive()
            && let Some(pid) = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw)
        {
            // It can only fail when the process has just ended.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

/// Keeps this process's memory, which holds keys and passwords, from ending up in a file: no core dump, by the limit and,
/// where the system hands dumps to a program that looks at no limit, by the process's own mark. What it starts with another
/// program (Dolt) inherits the limit and not the mark.
///
/// A system that refuses is left as it is: a database without this is better than none.
pub fn keep_memory_private() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    system::no_dumps();
}

/// What a process has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Time on a processor, of all its threads, since it started.
    pub cpu: Duration,
    /// Resident memory, bytes.
    pub memory: u64,
}

/// This program, to be the launcher of a [`detached`] one; also when its file was replaced by a newer one meanwhile.
///
/// # Errors
/// When the operating system does not tell it.
pub fn launcher() -> io::Result<PathBuf> {
    system::launcher()
}

/// A command that runs `program` in a session of its own, with no terminal, so that it outlives us.
///
/// `launcher` is this program or `doltops-agent`: its hidden command `detach` begins the session and then becomes
/// `program`, keeping the process id.
pub fn detached(launcher: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(launcher);
    command.arg("detach").arg("--").arg(program).kill_on_drop(false);
    command
}

/// What the hidden command `detach` does: a session of its own, then `program`. Returns only on failure.
pub fn detach(program: &OsStr, arguments: &[impl AsRef<OsStr>]) -> io::Error {
    use std::os::unix::process::CommandExt;
    if let Err(error) = rustix::process::setsid() {
        return error.into();
    }
    std::process::Command::new(program).args(arguments).exec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_tells_its_arguments_and_what_it_uses() {
        let own = Process::of(std::process::id()).expect("it runs");
        assert!(!own.arguments().is_empty());
        assert!(own.usage().expect("it runs").memory > 1024 * 1024);
    }

    #[tokio::test]
    async fn an_ended_process_is_not_alive() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep starts");
        let process = Process::of(child.id().expect("it runs")).expect("it runs");
        assert!(process.is_alive());
        assert!(!Process { started: process.started + 1, ..process }.is_alive());
        process.end(Duration::from_secs(5)).await;
        assert!(!process.is_alive());
        child.wait().await.expect("reaped");
    }
}
