//! One run of Dolt: begun, written down, found again after the agent's restart.
//!
//! Guarantees
//! - Dolt is in a session of its own and outlives the agent.
//! - Before Dolt is begun it is written down with what; afterwards, as which process. An agent that died between the
//!   two finds the process by the file that Dolt itself writes into its data folder, and adopts it.
//! - A process is adopted only when it runs with this folder's configuration, so an id that was given to another
//!   process is never taken for it.

use super::{config::Config, config::Metrics, environment, launch::Launch};
use crate::{
    clock,
    machine::Machine,
    process::{self, Process},
    state::{
        deployed::Login,
        files,
        folder::{self, Folder},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{ffi::OsStr, fs::File, io, path::Path, process::Stdio, time::Duration};
use tokio::process::Child;

/// Dolt ends in some 10 ms; with a large journal to be written, seconds. Then it is killed, and loses nothing that it
/// has acknowledged.
const GRACE: Duration = Duration::from_secs(20);

/// Looking whether an adopted Dolt still runs: one small read.
const LOOK: Duration = Duration::from_millis(200);

/// What is written down of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// With what it was started.
    pub launch: Launch,
    /// When.
    pub started: Timestamp,
    /// How long its log was then.
    pub log_position: u64,
    /// Which process; none while it is being begun.
    pub process: Option<Process>,
}

/// A Dolt that runs.
#[derive(Debug)]
pub struct Run {
    /// What is written down of it.
    pub record: Record,
    /// Which process.
    pub process: Process,
    // Ours to reap; none for one that an earlier agent began.
    child: Option<Child>,
}

/// Begins a run.
///
/// # Errors
/// When a file cannot be written, or the program cannot be started.
pub async fn begin(folder: &Folder, machine: &Machine, launch: Launch, root: Option<&Login>) -> io::Result<Run> {
    let config = config(folder, &launch);
    // The file's being there is how Dolt itself tells its first boot.
    let first_boot = !config.privilege_file.exists();
    let readers = folder.dolt_readers();
    files::write_for(readers, &folder.dolt_config(), config.to_yaml()?.as_bytes())?;
    environment::write_global_config(&folder.dolt_home(), readers)?;
    let log = File::options().create(true).append(true).open(folder.dolt_log())?;
    let log_position = log.metadata()?.len();
    let mut record = Record { launch, started: clock::now(), log_position, process: None };
    files::write_json(&folder.dolt_run(), &record)?;

    let mut variables = environment::unattended(&folder.dolt_home(), machine.memory_bytes);
    if let Some(root) = root.filter(|_| first_boot) {
        variables = environment::with_root(variables, root);
    }
    let begin = machine.dolt_user().map_or(&[] as &[String], |user| &user.begin);
    let mut words = begin.iter().map(OsStr::new).chain([machine.dolt.as_os_str()]);
    let program = words.next().unwrap_or(machine.dolt.as_os_str());
    let mut child = process::detached(&process::launcher()?, program)
        .args(words)
        .args(["sql-server".as_ref(), "--config".as_ref(), folder.dolt_config().as_os_str()])
        .env_clear()
        .envs(variables)
        .current_dir(folder.dolt_root())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .map_err(|error| {
            io::Error::new(error.kind(), format!("{} cannot be started: {error}", machine.dolt.display()))
        })?;
    let Some(process) = child.id().and_then(Process::of) else {
        let status = child.wait().await?;
        return Err(io::Error::other(format!("{} ended at once: {status}", machine.dolt.display())));
    };
    record.process = Some(process);
    files::write_json(&folder.dolt_run(), &record)?;
    Ok(Run { record, process, child: Some(child) })
}

/// The run that an earlier agent of this folder began, if it goes on.
///
/// # Errors
/// When what was written down cannot be read.
pub fn adopt(folder: &Folder, machine: &Machine) -> io::Result<Option<Run>> {
    let Some(mut record) = files::read_json::<Record>(&folder.dolt_run())? else { return Ok(None) };
    let Some(process) = find(&record, machine, &folder.dolt_config()) else { return Ok(None) };
    record.process = Some(process);
    files::write_json(&folder.dolt_run(), &record)?;
    Ok(Some(Run { record, process, child: None }))
}

/// The Dolt of a machine, whether or not its agent runs: for whoever switches the machine off.
///
/// # Errors
/// When what was written down cannot be read.
pub fn of(machine: &Machine) -> io::Result<Option<Process>> {
    let root = std::path::absolute(&machine.folder)?;
    let record = files::read_json::<Record>(&root.join(folder::DOLT_RUN))?;
    let config = folder::dolt_root(machine)?.join(folder::DOLT_CONFIG);
    Ok(record.and_then(|record| find(&record, machine, &config)))
}

fn find(record: &Record, machine: &Machine, config: &Path) -> Option<Process> {
    let recorded = record.process.filter(|process| process.is_alive());
    recorded.or_else(|| server_of(&machine.data, config))
}

/// The server that says in the data folder that it is there, if it runs with `config`.
fn server_of(data: &Path, config: &Path) -> Option<Process> {
    // "pid:port:secret"
    let text = files::read(&data.join(".dolt/sql-server.info")).ok()??;
    let process = Process::of(text.split(':').next()?.trim().parse().ok()?)?;
    process.arguments().iter().any(|argument| Path::new(argument) == config).then_some(process)
}

fn config(folder: &Folder, launch: &Launch) -> Config {
    let mut config = Config::new(
        launch.database,
        folder.dolt_socket().to_owned(),
        launch.max_connections,
        // Dolt runs in another folder than the agent.
        std::path::absolute(&launch.data).unwrap_or_else(|_| launch.data.clone()),
    );
    config.listener.tls_cert = Some(folder.database_identity());
    config.listener.tls_key = Some(folder.database_identity());
    config.listener.require_secure_transport = true;
    config.metrics = Some(Metrics::at(launch.metrics));
    config.settings = launch.settings.clone();
    config
}

impl Run {
    /// Returns when it has ended, with how.
    pub async fn ended(&mut self) -> String {
        if let Some(child) = &mut self.child {
            return match child.wait().await {
                Ok(status) => format!("it ended ({status})"),
                Err(error) => format!("it ended ({error})"),
            };
        }
        while self.process.is_alive() {
            tokio::time::sleep(LOOK).await;
        }
        "it ended".to_owned()
    }

    /// Ends it in order.
    pub async fn end(mut self) {
        self.process.end(GRACE).await;
        if let Some(child) = &mut self.child {
            // It has ended; this only takes its zombie away.
            let _ = child.wait().await;
        }
    }
}
