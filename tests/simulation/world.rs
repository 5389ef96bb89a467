//! The simulated world: plain data, and the gate through which every effect on it goes.
//!
//! The gate is where faults strike: before an effect, after it with the answer lost, or after the answer. It is also
//! where promises are checked that hold at each effect.

use super::{
    agent::Agent,
    authority::Signed,
    env::Clock,
    random::Random,
    schedule::{Fault, No},
};
use doltops::{
    cloud::View,
    instances::Answer,
    model::{
        Address, AddressId, Copy, CopyId, DeploymentId, Desired, Incident, IncidentId, Instance, InstanceId,
        InstanceState, NameRecord, Record, Site, Volume, VolumeId,
    },
    store::{Fence, Intent, Snapshot},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicI64},
    time::Duration,
};
use tokio::sync::Notify;

/// A build that is broken on purpose: the simulation must find it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Broken {
    #[default]
    Nothing,
    /// The cloud is called without client tokens.
    NoToken,
    /// What is about to be done is not written down.
    NoIntent,
    /// After a step the last look is used again.
    NoLook,
    /// A deployment that is on no branch is taken for one whose deletion was asked for.
    NoMark,
    /// A launch's token leaves out where and what is launched.
    NoZoneInToken,
    /// The name is published before the database serves.
    EarlyName,
    /// Landings and intents do not touch the lease: a process that has lost it goes on writing.
    NoTouch,
    /// The lease never ends for who holds it.
    NoDeadline,
    /// A roll-back of everything deletes whatever was made since, however much that is.
    NoBrake,
}

/// An instance with what runs on it.
#[derive(Clone, Debug)]
pub struct Machine {
    pub told: Instance,
    /// The state that it comes into by itself, and when.
    pub then: Option<(Duration, InstanceState)>,
    pub ended: Option<Duration>,
    pub agent: Agent,
    /// The addresses that it has had.
    pub ips: Vec<IpAddr>,
}

impl Machine {
    pub fn lives(&self) -> bool {
        !matches!(self.told.state, InstanceState::ShuttingDown | InstanceState::Terminated)
    }
}

/// A call that was given up by its caller and is applied later all the same.
type Late = Box<dyn FnOnce(&mut World) + Send>;

/// Everything there is.
pub struct World {
    pub clock: Clock,
    pub random: Random,
    pub broken: Broken,
    // The store.
    pub snapshot: Arc<Snapshot>,
    pub past: BTreeMap<doltops::model::CommitHash, BTreeMap<DeploymentId, Desired>>,
    pub commits: Vec<doltops::model::CommitHash>,
    pub intents: BTreeMap<DeploymentId, Intent>,
    pub incidents: BTreeMap<IncidentId, Incident>,
    pub lease: Option<(Fence, Duration)>,
    /// Since when its holder has it.
    pub lease_since: Duration,
    /// Desired rows that are missing because the store is half restored.
    pub missing: BTreeMap<DeploymentId, Desired>,
    // The cloud.
    pub site: &'static Site,
    pub names: BTreeMap<String, NameRecord>,
    pub addresses: BTreeMap<AddressId, Address>,
    pub ips: u32,
    /// Until when a type cannot be had in a zone.
    pub full: BTreeMap<(String, String), Duration>,
    /// What each launch's token asked for, also where there was no capacity.
    pub refused: BTreeMap<String, String>,
    /// Tokens whose last answer was that there is no capacity.
    pub closed: BTreeSet<String>,
    /// The token of the launch that has no clear answer yet.
    pub unclear: BTreeMap<DeploymentId, String>,
    pub machines: BTreeMap<InstanceId, Machine>,
    pub volumes: BTreeMap<VolumeId, Volume>,
    pub copies: BTreeMap<CopyId, (Copy, Duration)>,
    /// What each client token made, with its parameters; EC2 remembers for a day, which is longer than we simulate.
    pub tokens: BTreeMap<String, (String, String)>,
    pub incarnations: BTreeMap<DeploymentId, u32>,
    pub views: VecDeque<(Duration, View)>,
    pub made: u64,
    /// Looks show instances, volumes and copies so old, until then.
    pub stale: [(Duration, Duration); 3],
    /// Looks fail until then.
    pub blind: Duration,
    /// Volumes that were destroyed behind our back, by their deployment.
    pub lost: BTreeSet<DeploymentId>,
    /// Agents of instances that are launched until then never answer.
    pub mute: Duration,
    // The authority.
    pub signed: Signed,
    // Faults.
    pub effects: u64,
    /// How often something of a deployment was touched.
    pub touches: u64,
    /// What strikes at which effect.
    pub faults: BTreeMap<u64, Fault>,
    /// Calls that begin with this word are refused until then.
    pub refusing: Vec<(String, No, Duration)>,
    /// How far off each process's wall clock is, in seconds.
    pub skews: Vec<Arc<AtomicI64>>,
    /// What each agent said, and when.
    pub words: BTreeMap<InstanceId, VecDeque<(Duration, Answer)>>,
    /// Agents answer with words so old, until then.
    pub old_words: (Duration, Duration),
    /// Every other look is so old, until then.
    pub wavers: (Duration, Duration),
    pub looks: u64,
    /// The store shows nothing until then.
    pub emptied: Duration,
    /// When something of the store was last hidden from its readers.
    pub hidden: Duration,
    pub late: Vec<(Duration, Late)>,
    pub dead: Vec<bool>,
    pub dies_next: Vec<bool>,
    /// When the call in hand was made, by process.
    pub asked: Vec<Duration>,
    /// The calls of this moment.
    pub calls: (Duration, u64),
    /// A process does nothing until then.
    pub frozen: Vec<Duration>,
    /// All go on, whatever stood there.
    pub thaw: Arc<Notify>,
    /// Something has happened that the run must look at.
    pub nudge: Arc<Notify>,
    pub paused: BTreeMap<DeploymentId, Duration>,
    /// A late call is being applied: it was decided on what was, so promises about what is do not count.
    pub applies_late: bool,
    /// Whether the call in hand is the lease's holder's.
    pub called_by_holder: bool,
    /// What a stray call made for what is deleted: instances and volumes. Nothing holds them, and people are told.
    pub strays: BTreeSet<String>,
    // What is told.
    pub trace: Option<Vec<String>>,
    pub violation: Option<String>,
    pub events: u64,
}

pub type Shared = Arc<Mutex<World>>;

pub fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().expect("no panic while it is held")
}

/// From a decision to its last call: a few calls of a fifth of a second.
const IN_HAND: Duration = Duration::from_secs(3);

impl World {
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        let now = self.now().as_secs_f64();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now:>9.3} s  {}", what()));
        }
    }

    /// A promise was broken; the first one counts.
    pub fn broke(&mut self, what: String) {
        self.tell(|| format!("VIOLATED {what}"));
        let now = self.now().as_secs_f64();
        self.violation.get_or_insert(format!("{what} (at {now:.3} s)"));
    }

    /// One effect of a process: what it does to the world, and what becomes of it under the fault that strikes here.
    pub fn effect<T, E>(
        &mut self,
        process: usize,
        what: &str,
        fail: impl FnOnce(No, String) -> E,
        apply: impl FnOnce(&mut World) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let dies = |why: &str| Err((No::ServerError, why.to_owned()));
        if self.is_dead(process) {
            return Err(fail(No::ServerError, "the process has ended".to_owned()));
        }
        let fault = self.faults.remove(&self.effects);
        self.effects += 1;
        self.events += 1;
        let number = self.effects - 1;
        self.tell(|| {
            let fault = fault.as_ref().map(|fault| format!("  <- {fault:?}")).unwrap_or_default();
            format!("p{process} effect {number}: {what}{fault}")
        });
        let word = what.split(' ').next().unwrap_or_default();
        let now = self.now();
        if let Some(Fault::Says { no, lasting }) = fault {
            self.refusing.push((word.to_owned(), no, now.saturating_add(lasting)));
        }
        self.refusing.retain(|(_, _, until)| now <= *until);
        if let Some((_, no, _)) = self.refusing.iter().find(|(refused, ..)| refused == word) {
            return Err(fail(*no, format!("{no:?}")));
        }
        let failed: Result<T, (No, String)> = match fault {
            None | Some(Fault::Says { .. } | Fault::FreezesBefore(_)) => return apply(self),
            Some(Fault::FreezesAfter(lasting)) => {
                self.frozen[process] = now + lasting;
                return apply(self);
            }
            Some(Fault::Ends) => {
                let stamp = now.as_secs();
                self.machines.values_mut().filter(|machine| machine.lives()).for_each(|m| m.ends(now, stamp));
                self.remember_view();
                return apply(self);
            }
            Some(Fault::DiesBefore) => {
                self.dead[process] = true;
                dies("killed before")
            }
            Some(Fault::DiesAfter) => {
                let _ = apply(self);
                self.dead[process] = true;
                dies("killed after")
            }
            Some(Fault::DiesThen) => {
                let result = apply(self);
                self.dies_next[process] = true;
                return result;
            }
            Some(Fault::LosesAnswer) => {
                let _ = apply(self);
                dies("the answer was lost")
            }
            Some(Fault::Refused) => Err((No::Throttled, "throttled".to_owned())),
            Some(Fault::Late(after)) => {
                let at = now + after;
                self.late.push((at, Box::new(move |world| drop(apply(world)))));
                dies("no answer in time")
            }
        };
        failed.map_err(|(no, why)| fail(no, why))
    }

    /// Whether the process is frozen just before the call that it is about to make.
    pub fn freezes(&mut self, process: usize) -> bool {
        let Some(Fault::FreezesBefore(lasting)) = self.faults.get(&self.effects).cloned() else { return false };
        self.faults.remove(&self.effects);
        self.tell(|| format!("p{process} is frozen before its next call"));
        self.frozen[process] = self.now() + lasting;
        true
    }

    pub fn is_dead(&mut self, process: usize) -> bool {
        if std::mem::take(&mut self.dies_next[process]) {
            self.dead[process] = true;
        }
        self.dead[process]
    }

    /// Time has come to `now`: what comes by itself.
    pub fn advance(&mut self) {
        let now = self.now();
        let mut changed = false;
        while let Some(index) = self.late.iter().position(|(at, _)| *at <= now) {
            let (_, late) = self.late.remove(index);
            self.tell(|| "a late call is applied".to_owned());
            self.applies_late = true;
            late(self);
            self.applies_late = false;
            changed = true;
        }
        let stamp = self.clock.stamp();
        for machine in self.machines.values_mut() {
            let Some((at, state)) = machine.then.filter(|(at, _)| *at <= now) else { continue };
            machine.then = None;
            machine.told.state = state;
            changed = true;
            match state {
                InstanceState::Running => {
                    machine.told.started = stamp;
                    // The image's boot waits for the data volume.
                    if machine.told.volume.is_some() {
                        machine.agent.boots(at);
                    }
                }
                InstanceState::Terminated => {
                    machine.ended = Some(now);
                    let id = &machine.told.id;
                    self.addresses.values_mut().for_each(|address| drop(address.instance.take_if(|at| at == id)));
                }
                _ => {}
            }
        }
        // EC2 tells of an ended instance for about an hour.
        let gone = |machine: &Machine| machine.ended.is_some_and(|ended| now > ended + Duration::from_secs(3600));
        let before = self.machines.len();
        self.machines.retain(|_, machine| !gone(machine));
        changed |= self.machines.len() != before;
        for (copy, done) in self.copies.values_mut() {
            if !copy.completed && *done <= now {
                copy.completed = true;
                changed = true;
            }
        }
        if changed {
            self.remember_view();
        }
    }

    /// When something comes by itself next.
    pub fn next(&self) -> Option<Duration> {
        let machines = self.machines.values().filter_map(|machine| machine.then.map(|(at, _)| at));
        let copies = self.copies.values().filter(|(copy, _)| !copy.completed).map(|(_, done)| *done);
        machines.chain(copies).chain(self.late.iter().map(|(at, _)| *at)).min()
    }

    /// What a look would show now is kept, for looks that show what was.
    pub fn remember_view(&mut self) {
        let now = self.now();
        let mut view = View::default();
        let mut holders = BTreeMap::new();
        for machine in self.machines.values() {
            if machine.told.state != InstanceState::Terminated
                && let Some(volume) = &machine.told.volume
            {
                holders.insert(volume.clone(), machine.told.id.clone());
            }
            view.instances.push(machine.told.clone());
        }
        for volume in self.volumes.values() {
            view.volumes.push(Volume { attached: holders.get(&volume.id).cloned(), ..volume.clone() });
        }
        view.copies = self.copies.values().map(|(copy, _)| copy.clone()).collect();
        while self.views.len() > 1 && self.views[1].0 + Duration::from_secs(120) < now {
            self.views.pop_front();
        }
        self.views.push_back((now, view));
    }

    /// The view as it was `age` ago.
    pub fn view(&self, age: Duration) -> &View {
        let at = self.now().saturating_sub(age);
        let then = self.views.iter().rev().find(|(time, _)| *time <= at).or_else(|| self.views.front());
        &then.expect("a first view was remembered at the beginning").1
    }

    /// The store has all that it ever had.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.now() >= self.emptied
    }

    pub fn record(&self, id: &DeploymentId) -> Option<&Record> {
        self.snapshot.records.get(id)
    }

    /// Promises about any effect on what a deployment has.
    pub fn may_touch(&mut self, process: usize, id: &DeploymentId, what: &str) {
        if self.applies_late {
            return;
        }
        self.touches += 1;
        // What was decided before the pause may still be carried out; a frozen process does so later.
        let decided = self.asked[process].saturating_sub(IN_HAND);
        let awake = self.frozen[process] + IN_HAND < decided;
        if awake && self.paused.get(id).is_some_and(|since| *since < decided) {
            self.broke(format!("{what} for {id}, which is paused"));
        }
        let (desired, marked) =
            (self.snapshot.desired.contains_key(id), self.record(id).is_some_and(|r| r.deletion.is_some()));
        let restored = self.missing.contains_key(id) || self.now() < self.emptied;
        let read_before = !awake || decided < self.hidden;
        if !read_before && (restored || (!desired && !marked)) {
            self.broke(format!("{what} for {id}, which is not desired and whose deletion nobody asked for"));
        }
    }

    /// The cloud is called by the lease's holder: by another one only with the call that was under way when it was lost.
    pub fn was_asked_by_the_holder(&mut self, process: usize, what: &str) {
        let held = self.lease.as_ref().is_some_and(|(fence, _)| fence.holder == format!("host-{process}"));
        self.called_by_holder = held;
        if !held && !self.applies_late && self.lease_since < self.asked[process] {
            self.broke(format!("{what}: asked for by host-{process}, who had lost the lease"));
        }
    }

    /// Whether the call in hand was decided on what was, long ago: it comes late, or its caller was frozen with it and
    /// has lost the lease. What it makes or finds is for the next look.
    pub fn is_stray(&self) -> bool {
        self.applies_late || !self.called_by_holder
    }

    /// Promises about what makes or destroys something: it was written down before.
    pub fn was_written_down(&mut self, id: &DeploymentId, action: &str) {
        if !self.is_stray() && self.intents.get(id).is_none_or(|intent| intent.action != action) {
            self.broke(format!("{action} for {id} was not written down before"));
        }
    }
}
