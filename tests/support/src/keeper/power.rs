//! Switches one instance on and off.
//!
//! Guarantees
//! - Ending in order is as a shutdown of the image: the agent first, so that it starts nothing again; then Dolt, which
//!   is asked to end and has [`DOLT_GRACE`].
//! - When ending returns, nothing that was started with the instance's root volume runs any more.
//! - Nothing is started any more once the keeper has begun to end (see [`Switch`]).

use super::{Agents, cloudwatch_agent, library, processes, root::Root};
use doltops_agent::machine::Machine;
use futures::future::join_all;
use std::{
    io,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::Instant,
};
use tokio_util::task::AbortOnDropHandle;

/// How long an agent may take to end: it only has open calls to break off.
const AGENT_GRACE: Duration = Duration::from_secs(5);
/// How long Dolt may take to end. It needs 11 ms when idle; the rest is for a large commit on a busy machine.
const DOLT_GRACE: Duration = Duration::from_secs(20);
/// How long the image's service manager waits before it starts an agent again.
const RESTART: Duration = Duration::from_secs(1);

/// Whether anything may still be started. It is held over each start, so that after it was turned off the watchdog
/// sees everything that was.
#[derive(Clone, Debug)]
pub struct Switch(Arc<Mutex<bool>>);

impl Switch {
    /// On.
    pub fn on() -> Self {
        Self(Arc::new(Mutex::new(true)))
    }

    /// For ever off.
    pub fn off(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }

    fn while_on<T>(&self, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let on = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *on { start() } else { Err(io::Error::other("the stand-in ends")) }
    }
}

/// What runs of an instance that was booted.
#[derive(Debug)]
pub struct Running {
    agent: Agent,
    since: Instant,
    // Ends with the instance.
    _cloudwatch_agent: Option<AbortOnDropHandle<()>>,
}

#[derive(Debug)]
enum Agent {
    Process(Child),
    Library(AbortOnDropHandle<()>),
}

impl Running {
    /// Whether the agent has ended unasked, and may be started again.
    pub fn has_ended(&mut self) -> bool {
        let ended = match &mut self.agent {
            Agent::Process(child) => !matches!(child.try_wait(), Ok(None)),
            Agent::Library(task) => task.is_finished(),
        };
        ended && self.since.elapsed() >= RESTART
    }
}

/// Boots an instance whose root volume is ready.
///
/// # Errors
/// When the agent cannot be started.
pub fn boot(id: &str, agents: &Agents, root: &Root, machine: Machine, switch: &Switch) -> Result<Running, String> {
    let words = |error: io::Error| format!("its agent cannot be started: {error}");
    let (aws, data) = (machine.aws.clone(), machine.data.clone());
    let (agent, cloudwatch_agent) = match agents {
        Agents::Processes { launcher, .. } => {
            let child = switch.while_on(|| spawn(launcher, root)).map_err(words)?;
            let id = id.to_owned();
            let beside = aws.map(|aws| tokio::spawn(cloudwatch_agent::run(id, aws, data)));
            (Agent::Process(child), beside.map(AbortOnDropHandle::new))
        }
        Agents::Library => {
            let task = library::start(machine, &root.user_data())?;
            (Agent::Library(AbortOnDropHandle::new(task)), None)
        }
    };
    Ok(Running { agent, since: Instant::now(), _cloudwatch_agent: cloudwatch_agent })
}

fn spawn(launcher: &Path, root: &Root) -> io::Result<Child> {
    let log = root.log()?;
    let mut command = Command::new(launcher);
    command
        .arg("agent")
        .arg("--machine")
        .arg(root.machine())
        .arg("--user-data")
        .arg(root.user_data())
        // An instance has no profile: nothing of the credentials here is there.
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env_remove("AWS_SESSION_TOKEN")
        .current_dir(root.folder())
        // A Ctrl+C of the terminal is for the stand-in.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    command.spawn()
}

/// Ends everything that runs of an instance, in order or at once. `running` is dropped last, which reaps the agent.
pub async fn end(root: &Root, running: Option<Running>, in_order: bool) {
    let grace = |grace| if in_order { grace } else { Duration::ZERO };
    if let Some(Running { agent: Agent::Library(task), .. }) = running {
        task.abort();
        // It was told to end: how it ends tells nothing more.
        let _ = task.await;
        return;
    }
    let agents = look(root, processes::agents).await;
    join_all(agents.iter().map(|agent| agent.end(grace(AGENT_GRACE)))).await;
    let dolts = look(root, processes::dolts).await;
    join_all(dolts.iter().map(|dolt| dolt.end(grace(DOLT_GRACE)))).await;
}

async fn look(
    root: &Root,
    find: fn(&Path) -> Vec<doltops_agent::process::Process>,
) -> Vec<doltops_agent::process::Process> {
    let folder = root.folder().to_owned();
    tokio::task::spawn_blocking(move || find(&folder)).await.unwrap_or_default()
}
