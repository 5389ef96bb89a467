//! One run: the events of a schedule, then quiet, until all has settled or the bound has passed.

use super::{
    env::Clock,
    people::{self, Landed},
    process::{Did, Process},
    random::Random,
    schedule::{Event, NAMES, TROUBLE},
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
    sync::{Arc, Mutex},
    time::Duration,
};

/// Once nothing happens any more, all settles within this: an agent that never answers is given up after 5 min, and a
/// failing step waits for at most 30 s.
const BOUND: Duration = Duration::from_secs(30 * 60);

/// A settled fleet is watched for this long: it must ask for nothing.
const QUIET: Duration = Duration::from_secs(120);

/// A killed process is started again after this.
const RESTART: Duration = Duration::from_secs(2);

/// No run has so many turns; one that does goes round in a circle without time passing.
const TURNS: u64 = 3_000_000;

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
    plan: Vec<&'static str>,
    done: Vec<&'static str>,
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
}

pub fn world(setup: Setup, clock: &Clock) -> World {
    let snapshot =
        Snapshot { commit: hash(0), desired: BTreeMap::new(), records: BTreeMap::new(), last_change: BTreeMap::new() };
    let mut world = World {
        clock: clock.clone(),
        random: Random::new(setup.seed ^ 0xc10d),
        broken: setup.broken,
        snapshot: Arc::new(snapshot.clone()),
        past: BTreeMap::new(),
        commits: Vec::new(),
        intents: BTreeMap::new(),
        lease: None,
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
        effects: 0,
        touches: 0,
        faults: BTreeMap::new(),
        late: Vec::new(),
        dead: vec![false; setup.processes],
        dies_next: vec![false; setup.processes],
        decided: vec![Duration::ZERO; setup.processes],
        paused: BTreeMap::new(),
        applies_late: false,
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
    let mut sim = Sim::new(setup);
    for (at, event) in schedule {
        sim.until(*at);
        if sim.violated() {
            break;
        }
        sim.happens(event);
    }
    let end = schedule.last().map_or(TROUBLE, |(at, _)| *at);
    sim.until(end);
    sim.calm();
    let settling = sim.settle();
    sim.outcome(settling)
}

impl Sim {
    pub fn new(setup: Setup) -> Self {
        let clock = Clock::default();
        let world: Shared = Arc::new(Mutex::new(world(setup, &clock)));
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
        Process::new(
            number,
            self.setup.kind,
            &self.world,
            &self.secrets,
            self.setup.seed.wrapping_add(self.started << 32),
        )
    }

    pub fn violated(&self) -> bool {
        lock(&self.world).violation.is_some()
    }

    /// Lets time pass until `end`.
    pub fn until(&mut self, end: Duration) {
        for _ in 0..TURNS {
            let processes = self.processes.iter().flatten().map(Process::next);
            let timers = self.restarts.iter().map(|(at, _)| *at).chain(self.restores.iter().map(|(at, _)| *at));
            let next = processes.chain(timers).chain(lock(&self.world).next()).min().unwrap_or(end);
            if next > end || self.violated() {
                let now = self.clock.now();
                self.clock.set(end.max(now));
                lock(&self.world).advance();
                return;
            }
            let now = self.clock.now();
            self.clock.set(next.max(now));
            lock(&self.world).advance();
            self.timers();
            self.turn();
        }
        lock(&self.world).broke("it goes round in a circle without time passing".to_owned());
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

    fn turn(&mut self) {
        let now = self.clock.now();
        let Some(number) = self.processes.iter().position(|p| p.as_ref().is_some_and(|p| p.next() <= now)) else {
            return;
        };
        let Some(process) = &mut self.processes[number] else { return };
        let did = process.act();
        self.compare(did);
        if lock(&self.world).is_dead(number) {
            self.ends(number);
        }
    }

    fn ends(&mut self, number: usize) {
        lock(&self.world).tell(|| format!("p{number} ends"));
        lock(&self.world).dead[number] = true;
        self.processes[number] = None;
        self.shown.clear();
        self.restarts.retain(|(_, other)| *other != number);
        self.restarts.push((self.clock.now() + RESTART, number));
    }

    /// What was shown is what is done, as long as nothing else happens.
    fn compare(&mut self, did: Did) {
        match did {
            Did::Nothing => {}
            Did::Failed(id) => drop(self.shown.remove(&id)),
            Did::Step(id, action) => {
                // The address that a start brings is not known to a plan, nor that it is another one.
                let moved = self.setup.kind == Kind::Aws && action == "publish-name";
                if let Some(shown) = self.shown.get_mut(&id)
                    && (!moved || shown.plan.contains(&action))
                {
                    shown.done.push(action);
                    if !shown.plan.starts_with(&shown.done) {
                        lock(&self.world).broke(format!("{id}: shown {:?}, done {:?}", shown.plan, shown.done));
                    }
                }
            }
            Did::Settled(id) => {
                if let Some(shown) = self.shown.remove(&id) {
                    self.compared += 1;
                    if shown.plan != shown.done {
                        lock(&self.world).broke(format!("{id}: shown {:?}, done {:?}", shown.plan, shown.done));
                    }
                }
            }
        }
    }

    /// The process that leads, or any that runs.
    fn leader(&mut self) -> Option<usize> {
        let leads = |p: &Option<Process>| p.as_ref().is_some_and(Process::leads);
        self.processes.iter().position(leads).or_else(|| self.processes.iter().position(Option::is_some))
    }

    /// Someone asks for a change.
    pub fn ask(&mut self, name: u64, ask: &super::schedule::Ask) -> Option<Vec<DeploymentId>> {
        if !lock(&self.world).missing.is_empty() {
            // Nobody is let in before a store is whole again.
            return None;
        }
        let leader = self.leader()?;
        let was_settled = lock(&self.world).unsettled().is_none();
        let process = self.processes[leader].as_mut()?;
        let frozen = process.frozen > self.clock.now();
        let landed = people::ask(&self.world, process, name, ask)?;
        lock(&self.world).events += 1;
        let Landed { ids, plan, notes } = landed;
        self.shown.clear();
        let mut world = lock(&self.world);
        let undisturbed =
            world.faults.is_empty() && world.late.is_empty() && world.now() >= world.mute && world.now() >= world.blind;
        let fresh = world.stale.iter().all(|(_, until)| world.now() >= *until);
        world.tell(|| format!("  shown: {plan:?} {notes:?}"));
        // What was refused is remembered for three minutes: the plan does not know of it.
        let roomy = world.full.values().all(|until| world.now() > *until + Duration::from_secs(200));
        let fair = roomy && was_settled && undisturbed && fresh && !frozen;
        drop(world);
        if let ([id], true) = (ids.as_slice(), fair)
            && process.has_heard(id)
        {
            self.shown.insert(id.clone(), Shown { plan, done: Vec::new() });
        }
        process.wanted_changed(&ids);
        Some(ids)
    }

    fn named(&self, name: u64) -> Option<DeploymentId> {
        let world = lock(&self.world);
        let name = NAMES[usize::try_from(name).unwrap_or(0)];
        let mut all = world.snapshot.records.values().filter(|record| record.name.as_str() == name && !record.deleted);
        all.next().map(|record| record.id.clone())
    }

    /// Something happens from outside.
    pub fn happens(&mut self, event: &Event) {
        let now = self.clock.now();
        if let Event::Ask { name, ask } = event {
            self.ask(*name, ask);
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
                if let Some(Some(process)) = self.processes.get_mut(*process) {
                    process.frozen = now + *lasting;
                }
            }
            Event::Sleep { lasting } => {
                for process in self.processes.iter_mut().flatten() {
                    process.frozen = now + *lasting;
                }
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
        drop(world);
        for process in self.processes.iter_mut().flatten() {
            process.frozen = Duration::ZERO;
        }
    }

    /// Waits until all is as it should be; gives how long that took.
    pub fn settle(&mut self) -> Duration {
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
            self.until(now + Duration::from_secs(5));
        }
        let took = self.clock.now() - began;
        let touches = lock(&self.world).touches;
        self.until(began + took + QUIET);
        let mut world = lock(&self.world);
        let what = world.unsettled();
        if world.touches != touches || what.is_some() {
            world.broke(format!("a settled fleet was touched: {what:?}"));
        }
        took
    }
}
