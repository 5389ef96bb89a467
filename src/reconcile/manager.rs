//! The Deployment Manager: looks, decides, acts, and looks again.
//!
//! Flow: a change, a heartbeat that tells news, or the resync timer makes a deployment due in the queue; its run takes
//! a fresh look, asks `plan::next`, carries out at most one step at a time and looks again, until the deployment is
//! settled, must wait, or failed. An event and the timer run the same code.
//!
//! Guarantees
//! - One run a deployment; a failing one waits by its own backoff.
//! - Nothing is done without the lease.
//! - Readers get the fleet from a channel and never wait for the store or the cloud.
//!
//! Caveats: what stands in memory only (tries, events, curves) is lost with the process; all else is looked up again.

mod certificates;
mod crashes;
mod heartbeat;
mod incidents;
mod leading;
mod orphans;
mod publish;
mod run;
mod store_trouble;
mod work;

use super::{
    events::Events,
    executor::{self, Executor},
    fleet::FleetView,
    health::{Health, Tries},
    observer::Observer,
    plan::Waiting,
    queue::Queue,
};
use crate::{
    incidents::settings::Settings,
    model::{CommitHash, DeploymentId, Desired, Generation, Incarnation, Incident, Observed, PlannedStep, Record},
    store::{Intent, Snapshot, StoreError},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store_trouble::{Calls, StoreTrouble};
use tokio::{
    sync::{Mutex as AsyncMutex, Notify, watch},
    task::{self, JoinError, JoinSet},
    time,
};

/// The whole fleet is looked at this often, whatever happens: the middle of what others found bearable (30–60 s).
const RESYNC: Duration = Duration::from_secs(30);

/// Main's head is asked for this often, for what others land on the same store; 0.3 ms each.
const HEAD: Duration = Duration::from_secs(2);

/// A store that does not say so little in so long hangs: people are told before their own calls give up.
const HEAD_LIMIT: Duration = Duration::from_secs(3);

/// The view is made anew at most this often: a person reads no faster.
const PUBLISH: Duration = Duration::from_millis(100);

/// Everything that reconciling keeps in memory of one deployment.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// What trying has come to.
    tries: Tries,
    /// The step in hand, while it runs.
    doing: Option<PlannedStep>,
    /// What is waited for.
    waiting: Option<&'static str>,
    /// The same, and since when.
    waits: Option<(Waiting, Duration)>,
    /// The last step that was done.
    done: Option<Done>,
    /// Its instance was stopped by a step, and all is not as it should be yet.
    stopped: bool,
    /// Why nothing may be done.
    blocked: Option<String>,
    /// What was last told to be otherwise than it was written down.
    drift: BTreeMap<&'static str, String>,
    /// Since when anything was.
    drift_since: Option<Timestamp>,
    /// What is worked on, and since when.
    work: work::Memory,
    /// How often it ended unasked.
    crashes: crashes::Memory,
    /// The health that was last shown, and since when.
    health: Option<(Health, Timestamp)>,
}

/// A step that was done and may not show yet.
#[derive(Clone, Debug)]
struct Done {
    step: PlannedStep,
    /// For which generation: what was asked for since is done at once.
    generation: Generation,
    at: Duration,
    /// How often in a row.
    times: u32,
}

/// What belongs to nothing.
#[derive(Debug, Default)]
struct Orphans {
    since: super::orphans::Since,
    /// At the last look, with the grace passed.
    ripe: Vec<super::orphans::Orphan>,
}

/// The Deployment Manager.
pub struct Manager {
    /// Carries steps out; also holds what everyone here uses.
    pub executor: Executor,
    /// What is there.
    pub observer: Arc<Observer>,
    /// What happened.
    pub events: Arc<Events>,
    queue: Mutex<Queue<DeploymentId>>,
    progress: Mutex<BTreeMap<DeploymentId, Progress>>,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    intents: Mutex<BTreeMap<DeploymentId, Intent>>,
    store_trouble: Mutex<StoreTrouble>,
    standby_since: Mutex<Option<Timestamp>>,
    orphans: Mutex<Orphans>,
    due: Notify,
    dirty: Notify,
    fleet: watch::Sender<Arc<FleetView>>,
    incidents: watch::Sender<Arc<Vec<Incident>>>,
    incident_settings: Settings,
    /// Main's head when `incidents` was read; also whose turn it is to read or write them.
    incidents_read: AsyncMutex<Option<CommitHash>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves plain data behind, which the next look puts right.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Manager {
    /// Ready, with nothing seen yet. `run` begins.
    pub fn new(executor: Executor, events: Arc<Events>, incident_settings: Settings) -> Arc<Self> {
        let (cloud, env) = (executor.cloud.clone(), executor.env.clone());
        let observer = Arc::new(Observer::new(cloud, env, executor.certificates.clone()));
        Arc::new(Self {
            executor,
            observer,
            events,
            queue: Mutex::default(),
            progress: Mutex::default(),
            snapshot: Mutex::default(),
            intents: Mutex::default(),
            store_trouble: Mutex::default(),
            standby_since: Mutex::default(),
            orphans: Mutex::default(),
            due: Notify::new(),
            dirty: Notify::new(),
            fleet: watch::channel(Arc::default()).0,
            incidents: watch::channel(Arc::default()).0,
            incident_settings,
            incidents_read: AsyncMutex::default(),
        })
    }

    /// The fleet, now and as it changes.
    pub fn fleet(&self) -> watch::Receiver<Arc<FleetView>> {
        self.fleet.subscribe()
    }

    /// What is wanted of a deployment has changed. Returns when readers of the fleet see it: who has asked for a change
    /// and looks sees what they asked for. When the store cannot be read just now, they see it later.
    pub async fn wanted_changed(&self, ids: impl IntoIterator<Item = DeploymentId>) {
        let now = self.executor.env.elapsed();
        {
            let mut queue = lock(&self.queue);
            ids.into_iter().for_each(|id| queue.ask_anew(id, now));
        }
        self.due.notify_one();
        let _ = self.read().await;
        self.show_fleet();
    }

    /// Reconciles until it is dropped.
    pub async fn run(self: Arc<Self>) {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().keep_lease());
        tasks.spawn(self.clone().resync());
        tasks.spawn(self.clone().watch_head());
        tasks.spawn(self.clone().hear_agents());
        tasks.spawn(self.clone().publish());
        tasks.spawn(self.clone().ask_wishes());
        tasks.spawn(self.clone().watch_incidents());
        tasks.spawn(self.work());
        while tasks.join_next().await.is_some() {}
    }

    /// The newest snapshot; what is wrong with the store is shown until it answers again.
    async fn read(&self) -> Result<Arc<Snapshot>, StoreError> {
        let result = self.executor.store.snapshot().await;
        self.tell_of_store(Calls::Reads, result.as_ref().err());
        let snapshot = result?;
        let last = lock(&self.snapshot).replace(snapshot.clone());
        if last.as_ref().is_none_or(|last| last.commit != snapshot.commit) {
            self.dirty.notify_one();
        }
        if let Some(last) = last {
            self.ask_changed(&last, &snapshot);
        }
        Ok(snapshot)
    }

    /// How such a call to the store went.
    fn tell_of_store(&self, calls: Calls, error: Option<&StoreError>) {
        let trouble = error.map(ToString::to_string).unwrap_or_default();
        let (was, is, news) = {
            let mut all = lock(&self.store_trouble);
            let was = all.shown().to_owned();
            let news = all.take(calls, trouble, self.executor.env.now());
            (was, all.shown().to_owned(), news)
        };
        if news {
            let text = if is.is_empty() { "the store answers again" } else { is.as_str() };
            self.events.add("", "control-plane", text, "");
        }
        if was != is {
            self.dirty.notify_one();
        }
    }

    /// Whoever reads a change first has it carried out: the caller who asked for it may have gone before it could.
    fn ask_changed(&self, last: &Snapshot, now: &Snapshot) {
        if last.commit == now.commit {
            return;
        }
        let known = |record: &Record| last.records.get(&record.id).is_some_and(|r| r.generation == record.generation);
        let moment = self.executor.env.elapsed();
        let mut queue = lock(&self.queue);
        for record in now.records.values().filter(|record| !known(record)) {
            queue.ask(record.id.clone(), moment);
        }
        drop(queue);
        self.due.notify_one();
    }

    async fn resync(self: Arc<Self>) {
        loop {
            time::sleep(RESYNC).await;
            self.read_authorities().await;
            // One look at everything; the runs that follow need none of their own where all is settled.
            let began = self.executor.env.elapsed();
            self.observer.look(began).await;
            self.ask_all().await;
            self.see_to_orphans(began).await;
            self.observer.sweep();
            let live: std::collections::HashSet<_> = self.observer.running().into_iter().map(|i| i.id).collect();
            self.executor.agents.keep_only(&live);
            let snapshot = lock(&self.snapshot).clone();
            if let Some(snapshot) = snapshot {
                let there = |id: &DeploymentId| snapshot.records.get(id).is_some_and(|record| !record.deleted);
                lock(&self.progress).retain(|id, _| there(id));
                self.executor.certificates.retain(there);
            }
        }
    }

    /// Another host with the same secrets may have rotated them.
    async fn read_authorities(&self) {
        if let Err(error) = self.executor.authorities.reload(self.executor.secrets.as_ref()).await {
            tracing::warn!(%error, "the authorities cannot be read: those that were read before go on");
        }
    }

    /// What others land on the same store is followed too.
    async fn watch_head(self: Arc<Self>) {
        loop {
            time::sleep(HEAD).await;
            let known = lock(&self.snapshot).as_ref().map(|snapshot| snapshot.commit.clone());
            match time::timeout(HEAD_LIMIT, self.executor.store.head()).await {
                Ok(Ok(head)) if Some(&head) == known.as_ref() && lock(&self.store_trouble).shown().is_empty() => {}
                Ok(Ok(_)) => self.ask_all().await,
                Ok(Err(error)) => self.tell_of_store(Calls::Reads, Some(&error)),
                Err(_) => {
                    let silent = format!("no answer within {} s", HEAD_LIMIT.as_secs());
                    self.tell_of_store(Calls::Reads, Some(&StoreError::Unavailable(silent)));
                }
            }
        }
    }

    /// Every deployment is due now; also those with nothing but a final copy left.
    async fn ask_all(&self) {
        let intents = match self.executor.store.intents().await {
            Ok(intents) => intents,
            // `watch_head` begins this again as soon as the store is back.
            Err(error) => return self.tell_of_store(Calls::Reads, Some(&error)),
        };
        *lock(&self.intents) = intents.into_iter().map(|intent| (intent.deployment.clone(), intent)).collect();
        let Ok(snapshot) = self.read().await else { return };
        let now = self.executor.env.elapsed();
        let mut queue = lock(&self.queue);
        for (id, record) in &snapshot.records {
            if !record.deleted || record.final_copy.is_some() {
                queue.ask(id.clone(), now);
            }
        }
        drop(queue);
        self.due.notify_one();
    }

    /// Runs what is due.
    async fn work(self: Arc<Self>) {
        let (mut runs, mut whose) = (JoinSet::new(), HashMap::new());
        loop {
            let now = self.executor.env.elapsed();
            let (begun, next) = {
                let mut queue = lock(&self.queue);
                (queue.begin(now), queue.next())
            };
            for id in begun {
                let run = runs.spawn(self.clone().run_one(id.clone()));
                whose.insert(run.id(), id);
            }
            let wait = next.map_or(RESYNC, |at| at.saturating_sub(now));
            tokio::select! {
                // In this order, so that the same things happening do the same: the simulation replays them.
                biased;
                Some(ended) = runs.join_next_with_id(), if !runs.is_empty() => self.run_ended(ended, &mut whose),
                () = self.due.notified() => {}
                () = time::sleep(wait) => {}
            }
        }
    }

    /// A run that panicked has told the queue nothing: its deployment would never be looked at again.
    fn run_ended(&self, ended: Result<(task::Id, ()), JoinError>, whose: &mut HashMap<task::Id, DeploymentId>) {
        let run = ended.as_ref().map_or_else(JoinError::id, |(run, ())| *run);
        let id = whose.remove(&run);
        if let (Err(error), Some(id)) = (ended, id) {
            tracing::error!(deployment = %id, %error, "a run ended in a fault of this program; it is tried again");
            let now = self.executor.env.elapsed();
            lock(&self.queue).failed(&id, now, self.executor.env.random());
        }
    }

    fn update(&self, id: &DeploymentId, change: impl FnOnce(&mut Progress)) {
        change(lock(&self.progress).entry(id.clone()).or_default());
        self.dirty.notify_one();
    }

    fn intended(&self, id: &DeploymentId) -> Option<Incarnation> {
        lock(&self.intents).get(id).filter(|i| i.action == executor::LAUNCH).map(|i| i.incarnation)
    }

    /// What is wanted and what was seen of a deployment, as of the last look: for previews.
    pub fn situation(&self, record: &Record) -> (Option<Incarnation>, Observed) {
        (self.intended(&record.id), self.observer.observed(self.observer.last().as_deref(), record))
    }
}

fn desired_of<'a>(snapshot: &'a Snapshot, id: &DeploymentId) -> Option<&'a Desired> {
    snapshot.desired.get(id)
}
