//! One process of the control plane: the product's own manager, on simulated time, store, cloud and agents.

use super::{
    agents::SimAgents,
    authority::SimAuthority,
    cloud::SimCloud,
    env::{SimEnv, at_once},
    random::Random,
    site::Kind,
    store::{SimSecrets, SimStore},
    world::{Broken, Shared, lock},
};
use doltops::{
    certificates::{Authorities, public::PublicAuthority},
    env::Env,
    incidents::settings::Settings,
    model::DeploymentId,
    reconcile::{
        certificates::Certificates,
        events::{Event, Events},
        executor::Executor,
        lease::LeaseKeeper,
        manager::Manager,
    },
};
use jiff::SignedDuration;
use std::{
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};
use tokio::{sync::broadcast, task::AbortHandle};

/// Short, so that retentions end within a run.
const KEEP_FINAL_COPY: SignedDuration = SignedDuration::from_mins(20);

/// A plan is made on a look that is no older, as in `hosted_api::server::change`.
const FRESH: Duration = Duration::from_secs(2);

/// The same for every run: making two authorities costs more than an hour of simulated time.
static AUTHORITIES: LazyLock<Arc<Authorities>> = LazyLock::new(|| {
    let env = SimEnv { clock: None, random: Mutex::new(Random::new(0)), skew: Arc::default(), timeless: false };
    Arc::new(at_once(Authorities::open(&SimSecrets::default(), &env)).expect("authorities"))
});

pub struct Process {
    world: Shared,
    pub manager: Arc<Manager>,
    /// What it tells of what it does.
    pub events: broadcast::Receiver<Event>,
    runs: AbortHandle,
}

impl Process {
    /// A process that is started now.
    pub fn start(number: usize, kind: Kind, world: &Shared, secrets: &Arc<SimSecrets>, seed: u64) -> Self {
        let (clock, broken, skew) = {
            let world = lock(world);
            (world.clock, world.broken, world.skews[number].clone())
        };
        let env = |timeless| {
            let (skew, random) = (skew.clone(), Mutex::new(Random::new(seed)));
            Arc::new(SimEnv { clock: Some(clock), random, skew, timeless })
        };
        let leases = env(broken == Broken::NoDeadline);
        let env: Arc<dyn Env> = env(false);
        let authority = kind
            .site()
            .names
            .then(|| -> Arc<dyn PublicAuthority> { Arc::new(SimAuthority { world: world.clone(), process: number }) });
        let executor = Executor {
            control_plane: "simulated".to_owned(),
            store: Arc::new(SimStore { world: world.clone(), process: number }),
            cloud: Arc::new(SimCloud::new(world, number, kind)),
            agents: Arc::new(SimAgents { world: world.clone(), process: number, env: env.clone() }),
            authorities: AUTHORITIES.clone(),
            certificates: Arc::new(Certificates::new(authority, secrets.clone(), env.clone())),
            secrets: secrets.clone(),
            env: env.clone(),
            lease: Arc::new(LeaseKeeper::new(format!("host-{number}"), leases)),
            keep_final_copy: KEEP_FINAL_COPY,
            launches: Default::default(),
            orphans: Default::default(),
        };
        let manager = Manager::new(executor, Arc::new(Events::new(env)), Settings::default());
        let (_, events) = manager.events.follow(0, "");
        let runs = tokio::spawn(manager.clone().run()).abort_handle();
        Self { world: world.clone(), manager, events, runs }
    }

    pub fn leads(&self) -> bool {
        self.manager.executor.lease.fence().is_some()
    }

    /// Whether a plan made now rests on what the agents said: a process that was just started has not heard all.
    pub fn has_heard(&self, id: &DeploymentId) -> bool {
        let world = lock(&self.world);
        let mut machines = world.machines.values().filter(|machine| machine.told.deployment == *id && machine.lives());
        // One that only waited to lead has heard nothing.
        let heard = |id| self.manager.observer.report(id).is_some();
        machines.all(|machine| machine.agent.deployed.is_none() || heard(&machine.told.id))
    }

    /// The look of a plan that someone asks for.
    pub async fn glance(&self) {
        let since = self.manager.executor.env.elapsed().saturating_sub(FRESH);
        self.manager.observer.look(since).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.runs.abort();
    }
}
