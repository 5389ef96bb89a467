//! The crash matrix: each operation, each effect of its fault-free run, each way to be struck there.
//!
//! Enumerated from the fault-free trace: an effect that is added later is in the matrix by itself. The end must be
//! that of the fault-free run.

use super::{
    env::simulate,
    run::{Setup, Sim},
    schedule::{Ask, Fault},
    settled,
    site::Kind,
    world::{Broken, lock},
};
use std::time::Duration;

/// An operation with what comes before it.
struct Operation {
    name: &'static str,
    before: Vec<Ask>,
    ask: Ask,
}

fn operations() -> Vec<Operation> {
    let create = Ask::Create { kind: 0, gib: 1, stopped: false };
    let large = Ask::Resize { kind: Some(1), gib: None };
    let delete = Ask::Delete { right: true };
    let stopped = Ask::Create { kind: 0, gib: 1, stopped: true };
    let from = |name, before: Vec<Ask>, ask: Ask| Operation { name, before, ask };
    let after = |name, more: &[Ask], ask: Ask| {
        from(name, std::iter::once(create.clone()).chain(more.iter().cloned()).collect(), ask)
    };
    vec![
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
        after("roll back", &[large], Ask::Back { all: false, commits: 2 }),
        after("delete", &[], delete.clone()),
        after("delete stopped", &[Ask::Stop], delete.clone()),
        // Nothing of them was ever made.
        from("start, created stopped", vec![stopped.clone()], Ask::Start),
        from("delete, created stopped", vec![stopped], delete.clone()),
        after("bring back", &[delete], Ask::Back { all: false, commits: 3 }),
    ]
}

/// One run of an operation under these faults, by effect; gives how many effects it had and how it ended.
async fn attempt(kind: Kind, operation: &Operation, faults: &[(u64, Fault)]) -> Result<(u64, String), String> {
    let mut sim = Sim::new(Setup { seed: 7, broken: Broken::Nothing, kind, processes: 1, traced: false });
    sim.until(Duration::from_secs(1)).await;
    for ask in &operation.before {
        sim.ask(0, ask).await.ok_or_else(|| format!("{ask:?} was refused"))?;
        sim.settle().await;
    }
    let first = {
        let mut world = lock(&sim.world);
        let first = world.effects;
        world.faults.extend(faults.iter().map(|(at, fault)| (first + at, fault.clone())));
        first
    };
    sim.ask(0, &operation.ask).await.ok_or_else(|| format!("{:?} was refused", operation.ask))?;
    sim.settle().await;
    let world = lock(&sim.world);
    match &world.violation {
        Some(what) => Err(what.clone()),
        None => Ok((world.effects - first, settled::end(&world))),
    }
}

fn ways() -> [Fault; 5] {
    [Fault::DiesBefore, Fault::DiesAfter, Fault::DiesThen, Fault::LosesAnswer, Fault::Refused]
}

/// Runs the matrix; `pairs` adds all pairs of two crashes. Prints a row an operation, and gives what went wrong.
pub fn matrix(kind: Kind, pairs: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut total = 0;
    for operation in operations() {
        let (effects, end) =
            simulate(attempt(kind, &operation, &[])).unwrap_or_else(|why| panic!("{}: {why}", operation.name));
        assert!(effects > 0, "{} does something", operation.name);
        let mut cases: Vec<Vec<(u64, Fault)>> = Vec::new();
        for at in 0..effects {
            for fault in ways() {
                cases.push(vec![(at, fault.clone())]);
                // The second strikes at any effect after the first, which may be one that only the repair makes.
                let others = (at + 1..effects + 2).filter(|_| pairs);
                cases.extend(others.flat_map(|other| ways().map(|second| vec![(at, fault.clone()), (other, second)])));
            }
        }
        let mut converged = 0;
        for case in &cases {
            match simulate(attempt(kind, &operation, case)) {
                Ok((_, other)) if other == end => converged += 1,
                Ok((_, other)) => wrong.push(format!("{} {case:?}:\n  {other}\n  instead of\n  {end}", operation.name)),
                Err(what) => wrong.push(format!("{} {case:?}: {what}", operation.name)),
            }
        }
        total += cases.len();
        println!("{:<24} {effects:>2} effects {:>5} cases {converged:>5} converged", operation.name, cases.len());
    }
    println!("crash matrix: {total} cases, {} violated", wrong.len());
    wrong
}
