//! Crashes: each effect of each operation, each way to be killed there; the end must be that of the fault-free run.

use super::{Case, Tally, attempt, operations};
use crate::simulation::{schedule::Fault, site::Kind};

fn ways() -> [Fault; 5] {
    [Fault::DiesBefore, Fault::DiesAfter, Fault::DiesThen, Fault::LosesAnswer, Fault::Refused]
}

/// Runs the matrix; `pairs` adds all pairs of two crashes.
pub fn matrix(kind: Kind, pairs: bool) -> Tally {
    let mut all = Tally::default();
    for operation in operations(kind) {
        let free = attempt(kind, &operation, &Case::default());
        let free = free.unwrap_or_else(|why| panic!("{}: {why}", operation.name));
        assert!(free.effects > 0, "{} does something", operation.name);
        let mut cases: Vec<Vec<(u64, Fault)>> = Vec::new();
        for at in 0..free.effects {
            for fault in ways() {
                cases.push(vec![(at, fault.clone())]);
                // The second strikes at any effect after the first, which may be one that only the repair makes.
                let others = (at + 1..free.effects + 2).filter(|_| pairs);
                cases.extend(others.flat_map(|other| ways().map(|second| vec![(at, fault.clone()), (other, second)])));
            }
        }
        let mut tally = Tally { cases: cases.len(), ..Tally::default() };
        for faults in cases {
            let told = format!("{} {faults:?}", operation.name);
            match attempt(kind, &operation, &Case { faults, ..Case::default() }) {
                Ok(went) if went.end == free.end => tally.converged += 1,
                Ok(went) => tally.wrong.push(format!("{told}:\n  {}\n  instead of\n  {}", went.end, free.end)),
                Err(what) => tally.wrong.push(format!("{told}: {what}")),
            }
        }
        tally.print(&format!("crashes, {kind:?}: {}", operation.name));
        all.add(tally);
    }
    all
}
