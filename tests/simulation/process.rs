//! One process of the control plane.
//!
//! Real: `plan::next`, the executor and its retention, the observer, the queue, the lease's keeper.
//! Mirrored here, because they live on tokio's time: the loop of `manager` and `manager/run` (who is due, look, decide,
//! act, look again) and `Step::Deploy`, which ends at a simulated agent. Deciding and acting are two events, so that
//! anything can happen between them.

use super::{
    agent::Request,
    cloud::SimCloud,
    env::{SimEnv, at_once},
    random::Random,
    site::Kind,
    store::{SimSecrets, SimStore},
    world::{Broken, Shared, lock},
};
use doltops::{
    certificates::Authorities,
    env::Env,
    instances::Agents,
    model::{
        Applied, DeploymentId, Incarnation, Instance, InstanceState, Observed, OperationId, PlannedStep, Record, Seen,
        Step,
    },
    reconcile::{
        certificates::Certificates,
        differs,
        executor::{Executor, Subject, facts_differ, target},
        lease::{self, LeaseKeeper},
        observer::{Look, Observer},
        plan::{self, Next, Waiting, Wanted},
        queue::Queue,
    },
    store::Snapshot,
};
use jiff::SignedDuration;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

/// As in `manager`.
const RESYNC: Duration = Duration::from_secs(30);
/// As in `manager/heartbeat`.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// What is waited for is looked at again after this; `manager/run` does it oftener, which costs only our time.
const AGAIN: Duration = Duration::from_secs(2);
/// As in `manager/run`.
const NO_LEASE: Duration = Duration::from_secs(1);
/// As in `manager/run`.
const STEPS: u32 = 40;
/// Between deciding and acting, and between acting and looking again.
const THINKS: Duration = Duration::from_millis(5);
/// Short, so that retentions end within a run.
const KEEP_FINAL_COPY: SignedDuration = SignedDuration::from_mins(20);

/// The same for every run: making two authorities costs more than an hour of simulated time.
static AUTHORITIES: LazyLock<Arc<Authorities>> = LazyLock::new(|| {
    let env = SimEnv { clock: Default::default(), random: Mutex::new(Random::new(0)) };
    Arc::new(at_once(Authorities::open(&SimSecrets::default(), &env)).expect("authorities"))
});

/// A step that was decided and is not yet carried out.
struct Decided {
    snapshot: Arc<Snapshot>,
    observed: Observed,
    planned: PlannedStep,
    at: Duration,
}

/// A run of one deployment.
struct Run {
    rounds: u32,
    due: Duration,
    decided: Option<Box<Decided>>,
}

/// What a run did, for those who compare it with a plan.
pub enum Did {
    Nothing,
    Step(DeploymentId, &'static str),
    Failed(DeploymentId),
    Settled(DeploymentId),
}

pub struct Process {
    number: usize,
    began: Duration,
    world: Shared,
    pub executor: Executor,
    observer: Observer,
    lease: Arc<LeaseKeeper>,
    env: Arc<SimEnv>,
    queue: Queue<DeploymentId>,
    runs: BTreeMap<DeploymentId, Run>,
    /// The incarnation of each launch that is written down or was tried: `Manager::intents`.
    intended: BTreeMap<DeploymentId, (String, Incarnation)>,
    snapshot: Option<Arc<Snapshot>>,
    held: bool,
    look: Option<Arc<Look>>,
    /// What waits for something that is under way.
    waits: BTreeSet<DeploymentId>,
    renews: Duration,
    hears: Duration,
    resyncs: Duration,
    /// It does nothing until then.
    pub frozen: Duration,
}

impl Process {
    /// A process that has just been started.
    pub fn new(number: usize, kind: Kind, world: &Shared, secrets: &Arc<SimSecrets>, seed: u64) -> Self {
        let clock = lock(world).clock.clone();
        let now = clock.now();
        let env = Arc::new(SimEnv { clock, random: Mutex::new(Random::new(seed)) });
        let cloud = Arc::new(SimCloud { world: world.clone(), process: number, kind });
        let lease = Arc::new(LeaseKeeper::new(format!("host-{number}"), env.clone()));
        let certificates = Arc::new(Certificates::new(None, secrets.clone(), env.clone()));
        let executor = Executor {
            control_plane: "simulated".to_owned(),
            store: Arc::new(SimStore { world: world.clone(), process: number }),
            cloud: cloud.clone(),
            agents: Arc::new(Agents::new(AUTHORITIES.clone(), env.clone())),
            authorities: AUTHORITIES.clone(),
            certificates: certificates.clone(),
            secrets: secrets.clone(),
            env: env.clone(),
            lease: lease.clone(),
            keep_final_copy: KEEP_FINAL_COPY,
            launches: Default::default(),
            orphans: Default::default(),
        };
        Self {
            number,
            began: now,
            world: world.clone(),
            executor,
            observer: Observer::with_window(cloud, env.clone(), certificates, Duration::ZERO),
            lease,
            env,
            queue: Queue::default(),
            runs: BTreeMap::new(),
            intended: BTreeMap::new(),
            snapshot: None,
            held: false,
            look: None,
            waits: BTreeSet::new(),
            renews: now,
            hears: now + HEARTBEAT,
            resyncs: now + RESYNC,
            frozen: Duration::ZERO,
        }
    }

    fn now(&self) -> Duration {
        self.env.elapsed()
    }

    /// When it has something to do next.
    pub fn next(&self) -> Duration {
        let runs = self.runs.values().map(|run| run.due);
        let next = runs.chain(self.queue.next()).chain([self.renews, self.hears, self.resyncs]).min();
        next.unwrap_or(self.renews).max(self.frozen)
    }

    pub fn leads(&self) -> bool {
        self.lease.fence().is_some()
    }

    /// `Manager::wanted_changed`.
    pub fn wanted_changed(&mut self, ids: &[DeploymentId]) {
        for id in ids {
            self.queue.ask_anew(id.clone(), self.now());
        }
    }

    /// Does one thing that is due.
    pub fn act(&mut self) -> Did {
        let now = self.now();
        if self.renews <= now {
            self.renews = now + lease::RENEWAL;
            self.renew();
        } else if self.resyncs <= now {
            self.resyncs = now + RESYNC;
            self.ask_all();
            self.observer.sweep();
        } else if self.hears <= now {
            self.hears = now + HEARTBEAT;
            self.hear_all();
        } else if let Some(id) = self.runs.iter().find(|(_, run)| run.due <= now).map(|(id, _)| id.clone()) {
            return self.go_on(&id);
        } else {
            for id in self.queue.begin(now) {
                self.runs.insert(id, Run { rounds: 0, due: now, decided: None });
            }
        }
        Did::Nothing
    }

    /// `Manager::keep_lease`.
    fn renew(&mut self) {
        let held = at_once(self.lease.renew(self.executor.store.as_ref()));
        if held != self.held {
            self.held = held;
            self.ask_all();
        }
    }

    /// `Manager::ask_all`.
    fn ask_all(&mut self) {
        let intents = at_once(self.executor.store.intents()).expect("they can always be read");
        self.intended = intents
            .into_iter()
            .map(|intent| (intent.deployment.clone(), (intent.action, intent.incarnation)))
            .collect();
        let Ok(snapshot) = at_once(self.executor.store.snapshot()) else { return };
        self.snapshot = Some(snapshot.clone());
        for (id, record) in &snapshot.records {
            if !record.deleted || record.final_copy.is_some() {
                self.queue.ask(id.clone(), self.now());
            }
        }
    }

    /// `Manager::hear_agents`.
    fn hear_all(&mut self) {
        let Some(snapshot) = self.snapshot.clone().filter(|_| self.leads()) else { return };
        for instance in self.observer.running() {
            let Some(record) = snapshot.records.get(&instance.deployment) else { continue };
            if self.hear(record, &instance) {
                self.queue.ask(instance.deployment.clone(), self.now());
            }
        }
    }

    /// `Manager::hear`: whether the agent told news.
    fn hear(&self, record: &Record, instance: &Instance) -> bool {
        let mut world = lock(&self.world);
        let now = world.now();
        let stamp = world.clock.stamp();
        let epoch = self.lease.epoch();
        let Some(machine) = world.machines.get_mut(&instance.id) else { return false };
        // `Agents::connect` takes no first identity from one that is written down as enrolled.
        if target(record, instance).enrolled && !machine.agent.enrolled {
            return false;
        }
        let Some(answer) = machine.agent.heartbeat(epoch, instance.incarnation, now, stamp) else { return false };
        drop(world);
        let report = answer.report.clone();
        let before = self.observer.hear(&instance.id, answer);
        before.is_none_or(|before| {
            (before.dolt, before.enrolled, &before.applied, before.generation)
                != (report.dolt, report.enrolled, &report.applied, report.generation)
        })
    }

    /// One more decision or step of a run.
    fn go_on(&mut self, id: &DeploymentId) -> Did {
        let Some(mut run) = self.runs.remove(id) else { return Did::Nothing };
        match run.decided.take() {
            Some(decided) => self.carry_out(id, run, &decided),
            None => self.decide(id, run),
        }
    }

    fn fails(&mut self, id: &DeploymentId, error: &str) -> Did {
        let now = self.now();
        lock(&self.world).tell(|| format!("p{} {id} failed: {error}", self.number));
        let jitter = self.env.random();
        self.queue.failed(id, now, jitter);
        Did::Failed(id.clone())
    }

    /// The first half of `Manager::steps`: look and decide.
    fn decide(&mut self, id: &DeploymentId, mut run: Run) -> Did {
        let now = self.now();
        if run.rounds >= STEPS || !self.leads() {
            let again = if self.leads() { Duration::ZERO } else { NO_LEASE };
            self.queue.done(id, Some(again), now);
            return Did::Nothing;
        }
        run.rounds += 1;
        let snapshot = match at_once(self.executor.store.snapshot()) {
            Ok(snapshot) => snapshot,
            Err(error) => return self.fails(id, &error.to_string()),
        };
        self.snapshot = Some(snapshot.clone());
        let broken = lock(&self.world).broken;
        let Some(record) = snapshot.records.get(id) else {
            self.queue.done(id, None, now);
            return Did::Nothing;
        };
        if broken != Broken::NoLook || run.rounds == 1 {
            // `Manager::look`: what is in flight is looked at by itself.
            let in_flight = run.rounds > 1 || self.waits.contains(id);
            self.look = at_once(async {
                if in_flight { self.observer.look_of(id, now).await } else { self.observer.look(now).await }
            });
        }
        let observed = self.observer.observed(self.look.as_deref(), record);
        let desired = snapshot.desired.get(id);
        let mut record = record.clone();
        if broken == Broken::NoMark && desired.is_none() {
            record.deletion.get_or_insert(OperationId::new("nobody's"));
        }
        let wanted = Wanted { desired, record: &record, intended: self.intended(id), site: self.executor.cloud.site() };
        let mut next = plan::next(&wanted, &observed, self.env.now());
        if broken == Broken::EarlyName {
            next = with_early_name(next, &wanted, &observed);
        }
        let subject = Subject { desired, record: &record, observed: &observed, site: self.executor.cloud.site() };
        match next {
            Next::Wait(_) => self.waits.insert(id.clone()),
            _ => self.waits.remove(id),
        };
        let result = match next {
            Next::Do(planned) => {
                run.due = now + THINKS;
                run.decided = Some(Box::new(Decided { snapshot: snapshot.clone(), observed, planned, at: now }));
                self.runs.insert(id.clone(), run);
                return Did::Nothing;
            }
            Next::Wait(waiting) => {
                self.hear_one(&record, &observed, waiting);
                self.queue.done(id, Some(AGAIN), now);
                return Did::Nothing;
            }
            Next::Blocked(_) => Ok(()),
            Next::Settled => {
                let differ = desired.is_some_and(|desired| !desired.paused) && facts_differ(&subject);
                let written = if differ { at_once(self.executor.write_down(&subject)) } else { Ok(()) };
                written.and_then(|()| at_once(self.executor.end_retention(&record)).map(drop))
            }
        };
        match result {
            Ok(()) => {
                self.queue.done(id, None, now);
                Did::Settled(id.clone())
            }
            Err(error) => self.fails(id, &error.to_string()),
        }
    }

    /// The second half: `Manager::act`.
    fn carry_out(&mut self, id: &DeploymentId, mut run: Run, decided: &Decided) -> Did {
        let now = self.now();
        let Some(record) = decided.snapshot.records.get(id) else { return Did::Nothing };
        let subject = Subject {
            desired: decided.snapshot.desired.get(id),
            record,
            observed: &decided.observed,
            site: self.executor.cloud.site(),
        };
        let planned = &decided.planned;
        lock(&self.world).decided[self.number] = decided.at;
        lock(&self.world).tell(|| {
            format!("p{} {id}: {} {}: {}", self.number, planned.step.action(), planned.step.target(), planned.reason)
        });
        let result = match &planned.step {
            Step::Deploy { enrol, .. } => self.deploy(&subject, *enrol).map(|()| None),
            _ => at_once(self.executor.execute(&subject, planned)).map_err(|error| error.to_string()),
        };
        let broken = lock(&self.world).broken;
        if let (Step::LaunchInstance { incarnation, .. }, true) = (&planned.step, broken != Broken::NoIntent) {
            self.intended.insert(id.clone(), (planned.step.action().to_owned(), *incarnation));
        }
        match result {
            Ok(_) => {
                self.hear_one(record, &decided.observed, Waiting::Agent);
                run.due = now + THINKS;
                self.runs.insert(id.clone(), run);
                Did::Step(id.clone(), planned.step.action())
            }
            Err(error) if error == "the lease is not held" => {
                self.queue.done(id, Some(NO_LEASE), now);
                Did::Failed(id.clone())
            }
            Err(error) => self.fails(id, &error),
        }
    }

    /// `Executor::deploy`, to a simulated agent.
    fn deploy(&self, subject: &Subject<'_>, enrol: bool) -> Result<(), String> {
        let fence = self.lease.fence().ok_or("the lease is not held")?;
        let (Some(desired), Some(instance)) = (subject.desired, subject.observed.instance.present()) else {
            return Err("the instance is not there any more".to_owned());
        };
        let request = Request {
            epoch: fence.epoch,
            generation: subject.record.generation,
            enrol,
            applied: Applied {
                settings: desired.spec.settings.of_dolt(),
                restart_id: subject.record.restart_id.clone(),
                volume_bytes: u64::from(desired.spec.volume_gib) * differs::GIB,
                certificate_serial: String::new(),
                certificate_not_before: self.env.now(),
                certificate_not_after: self.env.now() + SignedDuration::from_hours(90 * 24),
                certificate_names: Vec::new(),
            },
        };
        let enrolled = target(subject.record, instance).enrolled;
        let (id, deployment, process) = (instance.id.clone(), instance.deployment.clone(), self.number);
        lock(&self.world).effect(
            self.number,
            &format!("deploy to {id}"),
            |why| why,
            move |world| {
                let now = world.now();
                world.may_touch(process, &deployment, "deploy");
                let machine = world.machines.get_mut(&id).ok_or("no route to the agent")?;
                if enrolled && !machine.agent.enrolled {
                    return Err("the agent shows its first identity".to_owned());
                }
                machine.agent.deploy(request, now)
            },
        )
    }

    /// `Manager::hear_one`.
    fn hear_one(&self, record: &Record, observed: &Observed, waiting: Waiting) {
        let running = observed.instance.present().filter(|instance| instance.state == InstanceState::Running);
        if let (Waiting::Agent | Waiting::Dolt, Some(instance)) = (waiting, running) {
            self.hear(record, instance);
        }
    }

    /// `Manager::intended`.
    fn intended(&self, id: &DeploymentId) -> Option<Incarnation> {
        self.intended.get(id).filter(|(action, _)| action == "launch-instance").map(|(_, incarnation)| *incarnation)
    }

    /// Whether a plan made now rests on what the agents said: a process that was just started has not heard all.
    pub fn has_heard(&self, id: &DeploymentId) -> bool {
        let world = lock(&self.world);
        let mut machines = world.machines.values().filter(|machine| machine.told.deployment == *id && machine.lives());
        machines.all(|machine| machine.agent.made >= self.began || self.observer.report(&machine.told.id).is_some())
    }

    /// A look for a plan that someone asks for.
    pub fn glance(&mut self) {
        at_once(self.observer.look(self.now().saturating_sub(Duration::from_secs(2))));
    }

    /// `Manager::situation`.
    pub fn situation(&self, record: &Record) -> (Option<Incarnation>, Observed) {
        (self.intended(&record.id), self.observer.observed(self.observer.last().as_deref(), record))
    }
}

/// Broken on purpose: the name is there as soon as the agent is.
fn with_early_name(next: Next, wanted: &Wanted<'_>, observed: &Observed) -> Next {
    match (next, observed.instance.present(), &observed.name) {
        (Next::Do(planned), Some(instance), Seen::Absent)
            if wanted.site.names && matches!(planned.step, Step::Deploy { .. }) =>
        {
            let name = wanted.site.host_name(planned.deployment.as_str());
            let to = plan::clients_address(observed, instance);
            Next::Do(PlannedStep { step: Step::PublishName { name, to }, ..planned })
        }
        (next, ..) => next,
    }
}
