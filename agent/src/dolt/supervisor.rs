//! Makes Dolt follow what is deployed.
//!
//! Guarantees
//! - At most one Dolt of this folder runs.
//! - A Dolt that was started with what is deployed now is left alone, also when an earlier agent started it.
//! - A Dolt that ended unasked is started again, with a growing wait.
//!
//! Not here: whether Dolt answers (see `health`). A Dolt that runs and does not answer is left to run: it may be
//! reading a long journal, and ending it would begin that again.

use super::{
    backoff::Backoff,
    launch::Launch,
    log,
    run::{self, Record, Run},
};
use crate::{
    clock,
    machine::Machine,
    process::Process,
    state::{deployed::Deployed, folder::Folder},
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tracing::{info, warn};

/// How Dolt's process is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// The run, and whether it was adopted from an earlier agent; none between two runs.
    pub run: Option<Arc<Running>>,
    /// Since when Dolt is on its way because someone asked for it; none once it runs or has ended unasked.
    pub asked: Option<Timestamp>,
    /// Starts that nobody asked for, since the agent started.
    pub restarts: u32,
    /// The last thing that went wrong, and when.
    pub last_error: Option<(Timestamp, String)>,
}

/// The run that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which process.
    pub process: Process,
    /// With what it was started, and when.
    pub record: Record,
    /// An earlier agent began it.
    pub adopted: bool,
}

/// The task.
#[derive(Debug)]
pub struct Supervisor {
    folder: Arc<Folder>,
    machine: Arc<Machine>,
    deployed: watch::Receiver<Option<Arc<Deployed>>>,
    situation: watch::Sender<Situation>,
    backoff: Backoff,
}

impl Supervisor {
    /// Not yet running; what it will tell can be followed from now on.
    pub fn new(
        folder: Arc<Folder>,
        machine: Arc<Machine>,
        deployed: watch::Receiver<Option<Arc<Deployed>>>,
    ) -> (Self, watch::Receiver<Situation>) {
        let situation = watch::Sender::new(Situation::default());
        let follower = situation.subscribe();
        (Self { folder, machine, deployed, situation, backoff: Backoff::default() }, follower)
    }

    /// Goes on for as long as the agent does.
    pub async fn supervise(mut self) {
        let mut current = self.adopted();
        // None means that nothing can be deployed any more: the agent is ending.
        while let Some(deployed) = self.next_deploy().await {
            current = match current {
                Some(run) => self.keep(run, &deployed).await,
                None => self.start(&deployed).await,
            };
        }
    }

    async fn next_deploy(&mut self) -> Option<Arc<Deployed>> {
        self.deployed.wait_for(Option::is_some).await.ok()?.clone()
    }

    fn adopted(&self) -> Option<Run> {
        match run::adopt(&self.folder, &self.machine) {
            Ok(Some(run)) => {
                info!(pid = run.process.pid, "Dolt runs: adopted");
                self.publish(&run, true);
                Some(run)
            }
            Ok(None) => None,
            Err(error) => {
                self.failed(&error.to_string());
                None
            }
        }
    }

    /// Keeps `run` while it is what is deployed: until it ends, or something else is deployed.
    async fn keep(&mut self, mut run: Run, deployed: &Deployed) -> Option<Run> {
        if let Some(reason) = Launch::new(deployed, &self.machine).restart_reason(&run.record.launch) {
            info!(pid = run.process.pid, reason, "ending Dolt");
            self.situation.send_modify(|situation| {
                situation.run = None;
                situation.asked = Some(clock::now());
            });
            run.end().await;
            self.backoff.reset();
            return None;
        }
        let how = tokio::select! {
            how = run.ended() => how,
            _ = self.deployed.changed() => return Some(run),
        };
        let said = log::last_error(&self.folder.dolt_log(), run.record.log_position);
        let error = if said.is_empty() { how } else { format!("{how}: {said}") };
        warn!(pid = run.process.pid, error, "Dolt ended unasked");
        self.situation.send_modify(|situation| {
            situation.run = None;
            situation.asked = None;
            situation.restarts = situation.restarts.saturating_add(1);
        });
        self.failed(&error);
        let ran = clock::now().duration_since(run.record.started);
        let wait = self.backoff.after(ran.unsigned_abs());
        self.pause(wait).await;
        None
    }

    async fn start(&mut self, deployed: &Deployed) -> Option<Run> {
        self.situation.send_modify(|situation| {
            // Nothing has gone wrong yet: this start is the one that was asked for.
            if situation.last_error.is_none() {
                situation.asked.get_or_insert_with(clock::now);
            }
        });
        let launch = Launch::new(deployed, &self.machine);
        match run::begin(&self.folder, &self.machine, launch, deployed.root.as_ref()).await {
            Ok(run) => {
                info!(pid = run.process.pid, "Dolt started");
                self.publish(&run, false);
                Some(run)
            }
            Err(error) => {
                warn!(%error, "Dolt cannot be started");
                self.situation.send_modify(|situation| situation.asked = None);
                self.failed(&error.to_string());
                let wait = self.backoff.after(Duration::ZERO);
                self.pause(wait).await;
                None
            }
        }
    }

    /// Waits, unless something else is deployed.
    async fn pause(&mut self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = self.deployed.changed() => self.backoff.reset(),
        }
    }

    fn publish(&self, run: &Run, adopted: bool) {
        let running = Running { process: run.process, record: run.record.clone(), adopted };
        self.situation.send_modify(|situation| {
            situation.run = Some(Arc::new(running));
            situation.asked = None;
        });
    }

    fn failed(&self, error: &str) {
        let error = log::clean(error);
        self.situation.send_modify(|situation| situation.last_error = Some((clock::now(), error)));
    }
}
