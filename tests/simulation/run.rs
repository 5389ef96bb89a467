//! One run: the events of a schedule, then quiet, until all has settled or the bound has passed.

use super::{
    env::{Clock, panics, simulate},
    people::{self, Landed},
    process::Process,
    random::Random,
    schedule::{Event, TROUBLE, name_of},
    site::Kind,
    store::{SimSecrets, hash},
    world::{Broken, Shared, World, lock},
};
use doltops::{
    model::{DeploymentId, InstanceState},
    store::Snapshot,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// Once nothing happens any more, all settles within this: an agent that never answers is given up after 5 min, and a
/// failing step waits for at most 30 s.
const BOUND: Duration = Duration::from_secs(30 * 60);

/// A settled fleet is watched for this long: it must ask for nothing.
const QUIET: Duration = Duration::from_secs(120);

/// A killed process is started again after this.
const RESTART: Duration = Duration::from_secs(2);

/// A process that ends meanwhile answers no more.
const ASKED: Duration = Duration::from_secs(5);

/// All is done that was shown once so long nothing more is done.
const DONE: Duration = Duration::from_secs(5);

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub seed: u64,
    pub broken: Broken,
    pub kind: Kind,
    /// How many processes want to lead.
    pub processes: usize,
    pub traced: bool,
}

/// How a run went.
pub struct Outcome {
    pub violation: Option<String>,
    pub trace: Vec<String>,
    pub events: u64,
    pub simulated: Duration,
    /// How long it took to settle once nothing happened any more.
    pub settling: Duration,
    /// How many plans were compared with what was done.
    pub compared: u64,
}

/// What was shown to a person, to be compared with what is done.
struct Shown {
    name: String,
    plan: Vec<&'static str>,
    done: Vec<String>,
    /// When the last of it was done.
    last: Duration,
}

pub struct Sim {
    pub setup: Setup,
    pub world: Shared,
    pub clock: Clock,
    secrets: Arc<SimSecrets>,
    processes: Vec<Option<Process>>,
    restarts: Vec<(Duration, usize)>,
    restores: Vec<(Duration, DeploymentId)>,
    shown: BTreeMap<DeploymentId, Shown>,
    compared: u64,
    started: u64,
    panics: u64,
    nudge: Arc<Notify>,
}

pub fn world(setup: Setup, clock: Clock) -> World {
    let snapshot =
        Snapshot { commit: hash(0), desired: BTreeMap::new(), records: BTreeMap::new(), last_change: BTreeMap::new() };
    let mut world = World {
        clock,
        random: Random::new(setup.seed ^ 0xc10d),
        broken: setup.broken,
        snapshot: Arc::new(snapshot.clone()),
        past: BTreeMap::new(),
        commits: Vec::new(),
        intents: BTreeMap::new(),
        incidents: BTreeMap::new(),
        lease: None,
        lease_since: Duration::ZERO,
        missing: BTreeMap::new(),
        site: setup.kind.site(),
        names: BTreeMap::new(),
        addresses: BTreeMap::new(),
        ips: 0,
        full: BTreeMap::new(),
        refused: BTreeMap::new(),
        unclear: BTreeMap::new(),
        closed: Default::default(),
        machines: BTreeMap::new(),
        volumes: BTreeMap::new(),
        copies: BTreeMap::new(),
        tokens: BTreeMap::new(),
        incarnations: BTreeMap::new(),
        views: Default::default(),
        made: 0,
        stale: Default::default(),
        blind: Duration::ZERO,
        lost: Default::default(),
        mute: Duration::ZERO,
        signed: Default::default(),
        effects: 0,
        touches: 0,
        faults: BTreeMap::new(),
        refusing: Vec::new(),
        skews: (0..setup.processes).map(|_| Arc::default()).collect(),
        words: BTreeMap::new(),
        old_words: Default::default(),
        wavers: Default::default(),
        looks: 0,
        emptied: Duration::ZERO,
        hidden: Duration::ZERO,
        late: Vec::new(),
        dead: vec![false; setup.processes],
        dies_next: vec![false; setup.processes],
        asked: vec![Duration::ZERO; setup.processes],
        calls: Default::default(),
        frozen: vec![Duration::ZERO; setup.processes],
        thaw: Arc::default(),
        nudge: Arc::default(),
        paused: BTreeMap::new(),
        applies_late: false,
        called_by_holder: true,
        strays: Default::default(),
        trace: setup.traced.then(Vec::new),
        violation: None,
        events: 0,
    };
    world.take(snapshot);
    world.remember_view();
    world
}

/// Runs a schedule to its end.
pub fn run(setup: Setup, schedule: &[(Duration, Event)]) -> Outcome {
    simulate(async {
        let mut sim = Sim::new(setup);
        for (at, event) in schedule {
            sim.until(*at).await;
            if sim.violated() {
                break;
            }
            sim.happens(event).await;
        }
        let end = schedule.last().map_or(TROUBLE, |(at, _)| *at);
        sim.until(end).await;
        sim.calm();
        let settling = sim.settle().await;
        sim.outcome(settling)
    })
}

impl Sim {
    /// Only within [`simulate`].
    pub fn new(setup: Setup) -> Self {
        let clock = Clock::new();
        let world: Shared = Arc::new(Mutex::new(world(setup, clock)));
        let nudge = lock(&world).nudge.clone();
        let mut sim = Self {
            setup,
            world,
            clock,
            secrets: Arc::default(),
            processes: Vec::new(),
            restarts: Vec::new(),
            restores: Vec::new(),
            shown: BTreeMap::new(),
            compared: 0,
            started: 0,
            panics: panics(),
            nudge,
        };
        for number in 0..setup.processes {
            let process = sim.start(number);
            sim.processes.push(Some(process));
        }
        sim
    }

    pub fn outcome(self, settling: Duration) -> Outcome {
        let (violation, trace, events) = {
            let mut world = lock(&self.world);
            (world.violation.clone(), world.trace.take().unwrap_or_default(), world.events)
        };
        let simulated = self.clock.now();
        Outcome { violation, trace, events, simulated, settling, compared: self.compared }
    }

    fn start(&mut self, number: usize) -> Process {
        self.started += 1;
        let seed = self.setup.seed.wrapping_add(self.started << 32);
        Process::start(number, self.setup.kind, &self.world, &self.secrets, seed)
    }

    pub fn violated(&self) -> bool {
        lock(&self.world).violation.is_some()
    }

    /// Lets time pass until `end`.
    pub async fn until(&mut self, end: Duration) {
        loop {
            self.look();
            let now = self.clock.now();
            if now >= end || self.violated() {
                return;
            }
            let timers = self.restarts.iter().map(|(at, _)| *at).chain(self.restores.iter().map(|(at, _)| *at));
            let shown = self.shown.values().map(|shown| shown.last + DONE);
            let next = timers.chain(shown).chain(lock(&self.world).next()).min().unwrap_or(end);
            let nudge = self.nudge.clone();
            tokio::select! {
                biased;
                () = nudge.notified() => {}
                // A tick of tokio's clock at least, whatever is overdue.
                () = self.clock.until(next.max(now + Duration::from_millis(1)).min(end)) => {}
            }
        }
    }

    /// What has come about by now.
    fn look(&mut self) {
        lock(&self.world).advance();
        if panics() != self.panics {
            lock(&self.world).broke("a task panicked".to_owned());
        }
        self.timers();
        for number in 0..self.processes.len() {
            if self.processes[number].is_some() && lock(&self.world).is_dead(number) {
                self.ends(number);
            }
        }
        self.compare();
    }

    fn timers(&mut self) {
        let now = self.clock.now();
        while let Some(index) = self.restarts.iter().position(|(at, _)| *at <= now) {
            let (_, number) = self.restarts.remove(index);
            lock(&self.world).dead[number] = false;
            self.processes[number] = Some(self.start(number));
            lock(&self.world).tell(|| format!("p{number} starts"));
        }
        while let Some(index) = self.restores.iter().position(|(at, _)| *at <= now) {
            let (_, id) = self.restores.remove(index);
            self.restore(&id);
        }
    }

    fn ends(&mut self, number: usize) {
        lock(&self.world).tell(|| format!("p{number} ends"));
        lock(&self.world).dead[number] = true;
        self.processes[number] = None;
        // A new one has nothing of the old one's.
        lock(&self.world).frozen[number] = Duration::ZERO;
        self.shown.clear();
        self.restarts.retain(|(_, other)| *other != number);
        self.restarts.push((self.clock.now() + RESTART, number));
    }

    /// What was shown is what is done, as long as nothing else happens.
    fn compare(&mut self) {
        let now = self.clock.now();
        let mut told = Vec::new();
        for process in self.processes.iter_mut().flatten() {
            while let Ok(event) = process.events.try_recv() {
                told.push(event);
            }
        }
        for event in told {
            let Some(id) =
                self.shown.iter().find(|(_, shown)| shown.name == event.deployment).map(|(id, _)| id.clone())
            else {
                continue;
            };
            match event.kind {
                "error" => drop(self.shown.remove(&id)),
                "step" if event.text.contains(": done in ") => {
                    let action = event.text.split(' ').next().unwrap_or_default().to_owned();
                    self.step_done(&id, action, now);
                }
                _ => {}
            }
        }
        let done = |(id, shown): (&DeploymentId, &Shown)| {
            (now >= shown.last + DONE && lock(&self.world).unsettled_one(id).is_none()).then(|| id.clone())
        };
        let all: Vec<DeploymentId> = self.shown.iter().filter_map(done).collect();
        for id in all {
            let Some(shown) = self.shown.remove(&id) else { continue };
            self.compared += 1;
            if shown.plan != shown.done {
                lock(&self.world).broke(format!("{id}: shown {:?}, done {:?}", shown.plan, shown.done));
            }
        }
        // What takes long is looked at again later.
        self.shown.values_mut().filter(|shown| now >= shown.last + DONE).for_each(|shown| shown.last = now);
    }

    fn step_done(&mut self, id: &DeploymentId, action: String, now: Duration) {
        let Some(shown) = self.shown.get_mut(id) else { return };
        shown.last = now;
        // The address that a start brings is not known to a plan, nor that it is another one.
        let moved = self.setup.kind == Kind::Aws && action == "publish-name";
        if moved && !shown.plan.contains(&action.as_str()) {
            return;
        }
        shown.done.push(action);
        if !shown.plan.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>().starts_with(&shown.done) {
            lock(&self.world).broke(format!("{id}: shown {:?}, done {:?}", shown.plan, shown.done));
        }
    }

    /// Whether people who look are told why something does not go on, and whether an incident is open.
    pub fn told(&self) -> (bool, bool) {
        let Some(process) = self.processes.iter().flatten().next() else { return (false, false) };
        let fleet = process.manager.fleet().borrow().clone();
        let named = !fleet.store.is_empty()
            || fleet
                .rows
                .values()
                .any(|row| row.tries.failures > 0 || !row.why.is_empty() || row.phase.contains("blocked"));
        let open = process.manager.incidents().borrow().iter().any(|incident| !incident.is_resolved());
        // An incident is a row of the store: what that does not take is shown, and written when it does again.
        (named, open || !fleet.store.is_empty())
    }

    /// The process that leads, or any that runs.
    fn leader(&mut self) -> Option<usize> {
        let leads = |p: &Option<Process>| p.as_ref().is_some_and(Process::leads);
        self.processes.iter().position(leads).or_else(|| self.processes.iter().position(Option::is_some))
    }

    /// Someone asks for a change.
    pub async fn ask(&mut self, name: u64, ask: &super::schedule::Ask) -> Option<Vec<DeploymentId>> {
        if !lock(&self.world).is_whole() {
            // Nobody is let in before a store is whole again.
            return None;
        }
        if matches!(ask, super::schedule::Ask::Wish) {
            return self.wished(name);
        }
        let leader = self.leader()?;
        let was_settled = lock(&self.world).unsettled().is_none();
        let process = self.processes[leader].as_ref()?;
        let frozen = lock(&self.world).frozen[leader] > self.clock.now();
        if !frozen {
            timeout(ASKED, process.glance()).await.ok()?;
        }
        let landed = people::ask(&self.world, process, name, ask)?;
        lock(&self.world).events += 1;
        let Landed { ids, plan, notes } = landed;
        self.shown.clear();
        let fair = {
            let mut world = lock(&self.world);
            let undisturbed = world.faults.is_empty()
                && world.refusing.is_empty()
                && world.late.is_empty()
                && world.now() >= world.mute
                && world.now() >= world.blind;
            let lags = world.stale.iter().chain([&world.wavers, &world.old_words]);
            let fresh = lags.into_iter().all(|(_, until)| world.now() >= *until);
            let fresh = fresh && world.skews.iter().all(|skew| skew.load(Ordering::Relaxed) == 0);
            world.tell(|| format!("  shown: {plan:?} {notes:?}"));
            // What was refused is remembered for three minutes: the plan does not know of it.
            let roomy = world.full.values().all(|until| world.now() > *until + Duration::from_secs(200));
            roomy && was_settled && undisturbed && fresh && !frozen
        };
        if let ([id], true) = (ids.as_slice(), fair)
            && process.has_heard(id)
        {
            // Not the one that was asked about: a roll-back of everything may change another one alone.
            let name = lock(&self.world).record(id).map(|record| record.name.to_string()).unwrap_or_default();
            let last = self.clock.now();
            self.shown.insert(id.clone(), Shown { name, plan, done: Vec::new(), last });
        }
        if !frozen {
            // It has landed, whatever becomes of whom it was asked.
            let _ = timeout(ASKED, process.manager.wanted_changed(ids.iter().cloned())).await;
        }
        Some(ids)
    }

    /// The authority wants what this deployment serves renewed.
    fn wished(&mut self, name: u64) -> Option<Vec<DeploymentId>> {
        let id = self.named(name)?;
        self.shown.clear();
        let mut world = lock(&self.world);
        world.events += 1;
        let mut own = world.machines.values().filter(|machine| machine.told.deployment == id && machine.lives());
        let serial = own.find_map(|machine| Some(machine.agent.deployed.as_ref()?.certificate_serial.clone()))?;
        world.tell(|| format!("the authority wants {serial} of {id} renewed"));
        world.wants_renewed(&serial);
        Some(vec![id])
    }

    fn named(&self, name: u64) -> Option<DeploymentId> {
        let world = lock(&self.world);
        let name = name_of(name);
        let mut all =
            world.snapshot.records.values().filter(|record| record.name.as_str() == name.as_str() && !record.deleted);
        all.next().map(|record| record.id.clone())
    }

    /// Something happens from outside.
    pub async fn happens(&mut self, event: &Event) {
        let now = self.clock.now();
        if let Event::Ask { name, ask } = event {
            self.ask(*name, ask).await;
            return;
        }
        lock(&self.world).events += 1;
        lock(&self.world).tell(|| format!("event: {event:?}"));
        self.shown.clear();
        match event {
            Event::Ask { .. } => {}
            Event::Fault { after, fault } => {
                let mut world = lock(&self.world);
                let at = world.effects + after;
                world.faults.insert(at, fault.clone());
            }
            Event::Stale { which, age, lasting } => lock(&self.world).stale[*which] = (*age, now + *lasting),
            Event::Blind { lasting } => lock(&self.world).blind = now + *lasting,
            Event::Never { lasting } => lock(&self.world).mute = now + *lasting,
            Event::Kill { process } => {
                if let Some(process) = (*process < self.processes.len()).then_some(*process) {
                    self.ends(process);
                }
            }
            Event::Freeze { process, lasting } => {
                if let Some(frozen) = lock(&self.world).frozen.get_mut(*process) {
                    *frozen = now + *lasting;
                }
            }
            Event::Sleep { lasting } => {
                lock(&self.world).frozen.fill(now + *lasting);
            }
            Event::Skew { process, seconds } => {
                if let Some(skew) = lock(&self.world).skews.get(*process) {
                    skew.store(*seconds, Ordering::Relaxed);
                }
            }
            Event::OldWords { age, lasting } => lock(&self.world).old_words = (*age, now + *lasting),
            Event::Wavers { age, lasting } => lock(&self.world).wavers = (*age, now + *lasting),
            Event::EmptyStore { lasting } => {
                let mut world = lock(&self.world);
                (world.emptied, world.hidden) = (now + *lasting, now);
            }
            Event::Full { .. } | Event::Foreign { .. } => lock(&self.world).behind_our_back(event),
            Event::Detached { name } | Event::Retyped { name } | Event::Renamed { name, .. } => {
                if let Some(id) = self.named(*name) {
                    lock(&self.world).behind_our_back_of(event, &id);
                }
            }
            Event::Ended { name, .. }
            | Event::Lost { name }
            | Event::Mute { name, .. }
            | Event::DoltDown { name, .. }
            | Event::HalfStore { name, .. } => {
                if let Some(id) = self.named(*name) {
                    self.strikes(event, &id);
                }
            }
        }
    }

    fn strikes(&mut self, event: &Event, id: &DeploymentId) {
        let now = self.clock.now();
        let mut world = lock(&self.world);
        let machine = world.machines.values_mut().find(|machine| machine.told.deployment == *id && machine.lives());
        match (event, machine) {
            (Event::Ended { stopped: true, .. }, Some(machine)) if machine.told.state == InstanceState::Running => {
                machine.agent.runs = None;
                machine.told.state = InstanceState::Stopped;
                machine.then = None;
            }
            (Event::Ended { stopped: false, .. }, Some(machine)) => machine.ends(now, now.as_secs()),
            (Event::Mute { lasting, .. }, Some(machine)) => machine.agent.mute = machine.agent.mute.max(now + *lasting),
            (Event::DoltDown { lasting, .. }, Some(machine)) => machine.agent.broken = now + *lasting,
            (Event::Lost { .. }, Some(_)) => {
                // Only one that is written down: before that it is as if it had never been.
                let volume = world.record(id).and_then(|record| record.volume.clone());
                if let Some(volume) = volume.filter(|volume| world.volumes.contains_key(volume)) {
                    world.volumes.remove(&volume);
                    world.lost.insert(id.clone());
                    let machine = world.machines.values_mut().find(|m| m.told.deployment == *id && m.lives());
                    if let Some(machine) = machine {
                        machine.ends(now, now.as_secs());
                    }
                }
            }
            (Event::HalfStore { lasting, .. }, _) => {
                let mut next = Snapshot::clone(&world.snapshot);
                if let Some(desired) = next.desired.remove(id) {
                    world.hidden = now;
                    next.commit = hash(world.commits.len());
                    world.missing.insert(id.clone(), desired);
                    world.take(next);
                    drop(world);
                    self.restores.push((now + *lasting, id.clone()));
                    return;
                }
            }
            _ => {}
        }
        world.remember_view();
    }

    fn restore(&mut self, id: &DeploymentId) {
        let mut world = lock(&self.world);
        let Some(desired) = world.missing.remove(id) else { return };
        let mut next = Snapshot::clone(&world.snapshot);
        next.commit = hash(world.commits.len());
        let taken = next.desired.values().any(|other| other.name == desired.name);
        let forgotten = next.records.get(id).is_none_or(|record| record.deletion.is_some());
        if !taken && !forgotten {
            next.desired.insert(id.clone(), desired);
        }
        world.take(next);
    }

    /// From here on nothing happens any more.
    pub fn calm(&mut self) {
        for (_, id) in std::mem::take(&mut self.restores) {
            self.restore(&id);
        }
        let mut world = lock(&self.world);
        world.tell(|| "from here on nothing happens any more".to_owned());
        world.faults.clear();
        world.refusing.clear();
        (world.old_words, world.wavers, world.emptied) = Default::default();
        world.full.clear();
        // A person has removed what stood in the way.
        world.names.retain(|_, found| found.owner.is_some());
        (world.stale, world.blind, world.mute) = (Default::default(), Duration::ZERO, Duration::ZERO);
        for machine in world.machines.values_mut() {
            machine.agent.broken = Duration::ZERO;
            if machine.agent.mute != Duration::MAX {
                machine.agent.mute = Duration::ZERO;
            }
        }
        let now = world.now();
        for frozen in &mut world.frozen {
            *frozen = now.min(*frozen);
        }
        world.thaw.notify_waiters();
    }

    /// What nobody has is known to who leads, and told.
    async fn strays_are_told(&mut self) {
        let strays = lock(&self.world).strays_left();
        let Some(leader) = self.leader().filter(|_| !strays.is_empty()) else { return };
        let Some(process) = self.processes[leader].as_ref() else { return };
        let told = process.manager.orphans().await.unwrap_or_default();
        for stray in strays {
            if !told.iter().any(|orphan| orphan.id == stray) {
                lock(&self.world).broke(format!("nobody is told of {stray}, which belongs to nothing"));
            }
        }
    }

    /// Waits until all is as it should be; gives how long that took.
    pub async fn settle(&mut self) -> Duration {
        let began = self.clock.now();
        loop {
            let unsettled = lock(&self.world).unsettled();
            let now = self.clock.now();
            let Some(what) = unsettled else { break };
            if self.violated() {
                return now - began;
            }
            if now > began + BOUND {
                lock(&self.world).broke(format!("it does not settle: {what}"));
                return now - began;
            }
            self.until(now + Duration::from_secs(5)).await;
        }
        let took = self.clock.now() - began;
        let touches = lock(&self.world).touches;
        self.until(began + took + QUIET).await;
        self.strays_are_told().await;
        let mut world = lock(&self.world);
        let what = world.unsettled();
        if world.touches != touches || what.is_some() {
            world.broke(format!("a settled fleet was touched: {what:?}"));
        }
        took
    }
}
