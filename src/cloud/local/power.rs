//! Starts an instance's agent, and ends everything that runs on an instance.
//!
//! Guarantees
//! - An agent is started in a session of its own, with no terminal, none of our files and a small environment: it
//!   outlives this program, and holds none of its secrets.
//! - Ending is in order: the agent first, so that it starts nothing again; then Dolt, which is asked to end, and ended
//!   by force when it does not. Both are looked for anew, so ending can be done twice.
//!
//! Not here: when (see `duty`).

use super::{
    instances::USER_DATA,
    inventory::Inventory,
    layout, logs, ports,
    records::{InstanceRecord, Record, VolumeRecord},
    table::Table,
    volumes::DATA,
};
use crate::{
    cloud::CloudError,
    model::{InstanceId, machine},
};
use doltops_agent::{
    machine::Machine,
    process::{Process, detached},
};
use futures::future::join_all;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{process::Child, task};

/// What the machine gives its agent.
pub const MACHINE: &str = "machine.toml";
/// The agent's own folder, in the instance's.
pub const AGENT: &str = "agent";

/// How long an agent may take to end: it only has open calls to break off.
const AGENT_GRACE: Duration = Duration::from_secs(5);
/// How long Dolt may take to end. It needs 11 ms when idle; the rest is for a large commit on a slow disk.
const DOLT_GRACE: Duration = Duration::from_secs(20);

/// What an agent needs of our environment: to find its folders and programs, and to log as we were asked to.
const ENVIRONMENT: [&str; 10] =
    ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "RUST_LOG", "RUST_BACKTRACE"];

/// The programs that instances are made of.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Has the commands `agent` and `detach`.
    pub launcher: PathBuf,
    /// The Dolt binary.
    pub dolt: PathBuf,
}

/// Starts the agent of an instance that has none. Runs on the blocking pool, in the runtime's context.
pub fn start(
    inventory: &mut Inventory,
    id: &InstanceId,
    programs: &Programs,
    table: &Table,
) -> Result<Child, CloudError> {
    inventory.still_ours()?;
    let folder = inventory.layout.folder::<InstanceRecord>(id.as_str());
    let instance = free_ports(inventory, id, !dolts(&folder, table).is_empty())?;
    let machine = machine(inventory, &instance, &folder, programs)?;
    let failed =
        |error: &dyn std::fmt::Display| CloudError::Later(format!("the agent of {id} cannot be started: {error}"));
    layout::private_folder(&machine.folder).map_err(|error| failed(&error))?;
    let text = toml::to_string(&machine).map_err(|error| failed(&error))?;
    layout::write(&folder.join(MACHINE), text.as_bytes()).map_err(|error| failed(&error))?;
    spawn(&folder, programs).map_err(|error| failed(&error))
}

fn spawn(folder: &Path, programs: &Programs) -> io::Result<Child> {
    let log = logs::open(folder)?;
    let mut command = detached(&programs.launcher, &programs.launcher);
    command
        .arg("agent")
        .arg("--machine")
        .arg(folder.join(MACHINE))
        .arg("--user-data")
        .arg(folder.join(USER_DATA))
        .env_clear()
        .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    command.spawn()
}

/// The instance with ports that nobody else has taken while it had no agent. The volume's stays as it is: it is in
/// connection lines. A Dolt that still runs keeps its own.
fn free_ports(inventory: &mut Inventory, id: &InstanceId, dolt_runs: bool) -> Result<InstanceRecord, CloudError> {
    let instance = inventory.instance(id)?.clone();
    let mut fresh = instance.clone();
    let mut taken = inventory.ports();
    if !ports::is_free(fresh.agent_port) {
        fresh.agent_port = ports::find(&*inventory.env, &taken)?;
        taken.insert(fresh.agent_port);
    }
    if !dolt_runs && !ports::is_free(fresh.metrics_port) {
        fresh.metrics_port = ports::find(&*inventory.env, &taken)?;
    }
    if fresh != instance {
        inventory.keep_instance(fresh.clone())?;
    }
    Ok(fresh)
}

fn machine(
    inventory: &Inventory,
    instance: &InstanceRecord,
    folder: &Path,
    programs: &Programs,
) -> Result<Machine, CloudError> {
    let offered = machine::find(&inventory.types, &instance.instance_type)
        .map_err(|refusal| CloudError::Refused(refusal.to_string()))?;
    let volume = inventory.volume(&instance.volume)?;
    Ok(Machine {
        agent: ports::loopback(instance.agent_port),
        database: ports::loopback(instance.database_port),
        metrics: ports::loopback(instance.metrics_port),
        memory_bytes: u64::from(offered.memory_mib) << 20,
        max_connections: offered.max_connections,
        folder: folder.join(AGENT),
        data: inventory.layout.folder::<VolumeRecord>(volume.id()).join(DATA),
        dolt: programs.dolt.clone(),
        aws: None,
    })
}

/// Ends everything that runs on the instance with this folder; says whether anything did.
pub async fn off(folder: &Path) -> bool {
    let agents = look(folder, |folder, table| table.agents(&folder.join(MACHINE))).await;
    join_all(agents.iter().map(|agent| agent.end(AGENT_GRACE))).await;
    let dolts = look(folder, dolts).await;
    join_all(dolts.iter().map(|dolt| dolt.end(DOLT_GRACE))).await;
    !agents.is_empty() || !dolts.is_empty()
}

async fn look(folder: &Path, find: fn(&Path, &Table) -> Vec<Process>) -> Vec<Process> {
    let folder = folder.to_owned();
    task::spawn_blocking(move || find(&folder, &Table::read())).await.unwrap_or_default()
}

/// The Dolts of an instance: the one that its agent knows of, and any that it had no time to write down.
fn dolts(folder: &Path, table: &Table) -> Vec<Process> {
    let mut found = table.dolts(folder);
    match known(folder) {
        Ok(dolt) => found.extend(dolt.filter(|dolt| !found.contains(dolt))),
        Err(error) => tracing::warn!(folder = %folder.display(), %error, "what its agent wrote of Dolt cannot be read"),
    }
    found
}

/// The Dolt that the agent of this folder has written down, if it runs.
fn known(folder: &Path) -> io::Result<Option<Process>> {
    let text = match fs::read_to_string(folder.join(MACHINE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let machine = toml::from_str(&text).map_err(io::Error::other)?;
    doltops_agent::dolt::run::of(&machine)
}

/// Removes what a terminated instance leaves that may hold secrets.
pub fn forget(folder: &Path) -> io::Result<()> {
    let absent = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    absent(fs::remove_file(folder.join(USER_DATA)))?;
    absent(fs::remove_dir_all(folder.join(AGENT)))
}
