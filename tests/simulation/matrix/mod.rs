//! The matrices: each operation under each disturbance, enumerated from its fault-free run and not by hand, so that an
//! effect that is added later is in them by itself.
//!
//! Each ends as decided, with nothing left over (`settled`); what ends for good is told by name and by an incident.

pub mod crash;
pub mod edits;
pub mod errors;
pub mod isolation;
pub mod takeover;
pub mod views;

use super::{
    env::simulate,
    run::{Setup, Sim},
    schedule::{Ask, Event, Fault},
    settled,
    site::Kind,
    world::{Broken, lock},
};
use std::time::Duration;

/// An operation with what comes before it.
pub struct Operation {
    name: &'static str,
    before: Vec<Ask>,
    ask: Ask,
}

pub fn operations(kind: Kind) -> Vec<Operation> {
    let create = Ask::Create { kind: 0, gib: 1, stopped: false };
    let large = Ask::Resize { kind: Some(1), gib: None };
    let delete = Ask::Delete { right: true };
    let stopped = Ask::Create { kind: 0, gib: 1, stopped: true };
    let from = |name, before: Vec<Ask>, ask: Ask| Operation { name, before, ask };
    let after = |name, more: &[Ask], ask: Ask| {
        from(name, std::iter::once(create.clone()).chain(more.iter().cloned()).collect(), ask)
    };
    let mut all = vec![
        Operation { name: "create", before: Vec::new(), ask: create.clone() },
        after("resize type", &[], large.clone()),
        after("grow volume", &[], Ask::Resize { kind: None, gib: Some(3) }),
        after("both at once", &[], Ask::Resize { kind: Some(1), gib: Some(3) }),
        after("stop", &[], Ask::Stop),
        after("start", &[Ask::Stop], Ask::Start),
        after("start, resized", &[Ask::Stop, large.clone()], Ask::Start),
        after("restart", &[], Ask::Restart),
        after("set", &[], Ask::Set { which: 0 }),
        // Before the resize, and before its type was written down.
        after("roll back", std::slice::from_ref(&large), Ask::Back { all: false, commits: 2 }),
        after("delete", &[], delete.clone()),
        after("delete stopped", &[Ask::Stop], delete.clone()),
        // Nothing of them was ever made.
        from("start, created stopped", vec![stopped.clone()], Ask::Start),
        from("delete, created stopped", vec![stopped], delete.clone()),
        after("bring back", &[delete], Ask::Back { all: false, commits: 3 }),
        after("resume, resized", &[Ask::Pause, large], Ask::Resume),
        after("merge", &[], Ask::Merge { beside: 1 }),
        after("batch", &[], Ask::Batch { beside: 1 }),
    ];
    if kind.site().names {
        all.push(from("create, public", Vec::new(), Ask::CreatePublic));
        all.push(from("renew certificate", vec![Ask::CreatePublic], Ask::Wish));
    }
    all
}

/// What is done to an operation.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Strike these effects of it.
    pub faults: Vec<(u64, Fault)>,
    /// Happen so long after it was asked for; what is at no time at all happens before.
    pub events: Vec<(Duration, Event)>,
    /// It ends only when people step in, who are told.
    pub for_good: bool,
    /// So many more processes want to lead.
    pub heirs: usize,
}

/// How it went.
pub struct Went {
    pub effects: u64,
    /// The world as it ended.
    pub end: String,
    /// It did not go on by itself, and whoever looked was told why.
    pub named: bool,
    /// And an incident was open.
    pub paged: bool,
}

/// What never ends by itself is told of within this.
const TOLD: Duration = Duration::from_secs(20 * 60);

/// One run of an operation.
pub fn attempt(kind: Kind, operation: &Operation, case: &Case) -> Result<Went, String> {
    let setup = Setup {
        seed: 7,
        broken: Broken::Nothing,
        kind,
        processes: 1 + case.heirs,
        traced: super::number("TRACE").is_some(),
    };
    simulate(async {
        let mut sim = Sim::new(setup);
        sim.until(Duration::from_secs(1)).await;
        for ask in &operation.before {
            sim.ask(0, ask).await.ok_or_else(|| format!("{ask:?} was refused"))?;
            sim.settle().await;
        }
        let (before, after): (Vec<_>, Vec<_>) = case.events.iter().partition(|(at, _)| at.is_zero());
        for (_, event) in before {
            sim.happens(event).await;
        }
        let (first, began) = {
            let mut world = lock(&sim.world);
            let first = world.effects;
            world.faults.extend(case.faults.iter().map(|(at, fault)| (first + at, fault.clone())));
            (first, world.now())
        };
        sim.ask(0, &operation.ask).await.ok_or_else(|| format!("{:?} was refused", operation.ask))?;
        for (at, event) in after {
            sim.until(began + *at).await;
            sim.happens(event).await;
        }
        let (mut named, mut paged) = (false, false);
        if case.for_good {
            while !(named && paged) && lock(&sim.world).now() < began + TOLD && !sim.violated() {
                let now = lock(&sim.world).now();
                sim.until(now + Duration::from_secs(5)).await;
                if lock(&sim.world).unsettled().is_none() {
                    // It has found another way, or what is left concerns nobody but the store.
                    (named, paged) = (false, false);
                    break;
                }
                (named, paged) = sim.told();
            }
        }
        if case.for_good {
            sim.calm();
        }
        sim.settle().await;
        let world = lock(&sim.world);
        // A second fault may be for an effect that the repair of the first does not make.
        let struck = world.faults.len() < case.faults.len() || case.faults.is_empty();
        match &world.violation {
            None if !struck => Err("nothing struck".to_owned()),
            // `DOLTOPS_SIMULATE_TRACE=1` tells how.
            Some(what) if super::number("TRACE").is_some() => {
                Err(format!("{what}\n{}", world.trace.clone().unwrap_or_default().join("\n")))
            }
            Some(what) => Err(what.clone()),
            None => Ok(Went { effects: world.effects - first, end: settled::end(&world), named, paged }),
        }
    })
}

/// What a matrix comes to.
#[derive(Default)]
pub struct Tally {
    pub cases: usize,
    pub converged: usize,
    pub named: usize,
    pub paged: usize,
    pub wrong: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.cases += other.cases;
        self.converged += other.converged;
        self.named += other.named;
        self.paged += other.paged;
        self.wrong.extend(other.wrong);
    }

    pub fn print(&self, what: &str) {
        println!(
            "{what:<34} {:>6} cases {:>6} converged {:>5} named {:>5} with an incident {:>3} violated",
            self.cases,
            self.converged,
            self.named,
            self.paged,
            self.wrong.len()
        );
    }
}

/// One in so many of all cases, always the same: what there is time for where everyone waits.
pub fn some<T>(cases: Vec<T>, one_in: usize) -> Vec<T> {
    // A step without a common divisor with the sizes of the matrix, so that no row or column is left out.
    cases.into_iter().enumerate().filter(|(at, _)| (at * 7 + at / 5) % one_in == 0).map(|(_, case)| case).collect()
}
