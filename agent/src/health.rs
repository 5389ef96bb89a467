//! How Dolt is: asked once a second, told at any time without asking.
//!
//! Guarantees: who reads the report never waits for Dolt; the report is a few seconds old at most.

use crate::{
    clock,
    dolt::{
        condition::{self, Known, State},
        log,
        supervisor::{Running, Situation},
    },
    sql::access::Access,
    state::deployed::Deployed,
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time};

/// Between two probes of a Dolt that answers.
const EVERY: Duration = Duration::from_secs(1);
/// While Dolt starts, which takes about a tenth of a second.
const EVERY_STARTING: Duration = Duration::from_millis(50);
/// A busy Dolt answers late and is still up.
const PATIENCE: Duration = Duration::from_secs(2);

/// How Dolt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its state.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Its version; empty until it has answered.
    pub version: String,
    /// Resident memory, bytes.
    pub memory: u64,
    /// Unasked restarts since the agent started.
    pub restarts: u32,
    /// What went wrong last.
    pub last_error: String,
    /// What runs.
    pub running: Option<Arc<Running>>,
}

/// The task.
#[derive(Debug)]
pub struct Health {
    situation: watch::Receiver<Situation>,
    deployed: watch::Receiver<Option<Arc<Deployed>>>,
    access: Arc<Access>,
    report: watch::Sender<Report>,
    // Of the run that goes on.
    process: Option<crate::process::Process>,
    answered: Option<Timestamp>,
    silence: Option<String>,
}

impl Health {
    /// Not yet running; its reports can be read from now on.
    pub fn new(
        situation: watch::Receiver<Situation>,
        deployed: watch::Receiver<Option<Arc<Deployed>>>,
        access: Arc<Access>,
    ) -> (Self, watch::Receiver<Report>) {
        let report = watch::Sender::new(Report {
            state: State::NotDeployed,
            since: clock::now(),
            version: String::new(),
            memory: 0,
            restarts: 0,
            last_error: String::new(),
            running: None,
        });
        let follower = report.subscribe();
        (Self { situation, deployed, access, report, process: None, answered: None, silence: None }, follower)
    }

    /// Goes on for as long as the agent does.
    pub async fn watch(mut self) {
        loop {
            let situation = self.situation.borrow_and_update().clone();
            self.look(&situation).await;
            let pause = match (&situation.run, self.answered) {
                (Some(_), None) => EVERY_STARTING,
                _ => EVERY,
            };
            tokio::select! {
                () = time::sleep(pause) => {}
                changed = self.situation.changed() => if changed.is_err() { return },
                changed = self.deployed.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn look(&mut self, situation: &Situation) {
        let process = situation.run.as_ref().map(|run| run.process);
        if process != self.process {
            (self.process, self.answered, self.silence) = (process, None, None);
            self.access.forget().await;
            // Told at once: the probe may take its time.
            self.tell(situation, None);
        }
        let mut version = None;
        if process.is_some() && self.deployed.borrow_and_update().is_some() {
            match time::timeout(PATIENCE, self.access.probe()).await {
                Ok(Ok(answer)) => {
                    (self.answered, self.silence, version) = (Some(clock::now()), None, Some(answer));
                }
                Ok(Err(error)) => self.silence = Some(log::clean(&error.to_string())),
                Err(_) => self.silence = Some(format!("no answer in {} s", PATIENCE.as_secs())),
            }
        }
        self.tell(situation, version);
    }

    fn tell(&self, situation: &Situation, version: Option<String>) {
        let now = clock::now();
        let deployed = self.deployed.borrow().is_some();
        let run = situation.run.as_ref();
        let started = run.map(|run| run.record.started);
        // Deployed a moment ago, and the supervisor has not begun: nothing has gone wrong yet.
        let untried = run.is_none() && situation.last_error.is_none();
        let asked = situation.asked.or(untried.then_some(now));
        let state = condition::state(Known { deployed, asked, started, answered: self.answered }, now);
        let ended = situation.last_error.as_ref().map(|(_, error)| error.clone());
        let silence = self.silence.clone().filter(|_| state != State::Up);
        self.report.send_modify(|report| {
            if report.state != state {
                // A Dolt that an earlier agent started has been up since then, as far as anybody knows.
                let adopted = run.filter(|run| run.adopted && state == State::Up && report.restarts == 0);
                report.since = adopted.map_or(now, |run| run.record.started);
                report.state = state;
            }
            report.memory = run.and_then(|run| run.process.usage()).map_or(0, |usage| usage.memory);
            report.version = version.unwrap_or_else(|| report.version.clone());
            report.restarts = situation.restarts;
            report.last_error = silence.or(ended).unwrap_or_default();
            report.running = situation.run.clone();
        });
    }
}
