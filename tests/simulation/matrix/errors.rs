//! Errors: each effect of each operation, each way to be refused: once, for a while, and for good.
//!
//! What passes converges. What does not is told by its name and by an incident, and converges when people have put it
//! right.

use super::{Case, Tally, attempt, operations, some};
use crate::simulation::{
    schedule::{Fault, No},
    site::Kind,
};
use std::time::Duration;

const NOS: [No; 6] = [No::Throttled, No::ServerError, No::Missing, No::Mismatch, No::Full, No::Denied];

/// Longer than any call is tried again by itself within a run.
const A_WHILE: Duration = Duration::from_secs(40);

fn cases(effects: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for at in 0..effects {
        cases.push(Case { faults: vec![(at, Fault::Ends)], ..Case::default() });
        cases.push(Case { faults: vec![(at, Fault::Late(A_WHILE))], ..Case::default() });
        for no in NOS {
            for lasting in [Duration::ZERO, A_WHILE, Duration::MAX] {
                let fault = Fault::Says { no, lasting };
                let for_good = lasting == Duration::MAX;
                cases.push(Case { faults: vec![(at, fault)], for_good, ..Case::default() });
            }
        }
    }
    cases
}

fn is_missing(case: &Case) -> bool {
    case.faults.iter().any(|(_, fault)| matches!(fault, Fault::Says { no: No::Missing, .. }))
}

/// Runs one in so many of the matrix.
pub fn matrix(kind: Kind, one_in: usize) -> Tally {
    let mut all = Tally::default();
    for operation in operations(kind) {
        let free = attempt(kind, &operation, &Case::default());
        let free = free.unwrap_or_else(|why| panic!("{}: {why}", operation.name));
        let cases = some(cases(free.effects), one_in);
        let mut tally = Tally { cases: cases.len(), ..Tally::default() };
        for case in cases {
            match attempt(kind, &operation, &case) {
                Ok(went) => {
                    tally.converged += usize::from(!went.named);
                    tally.named += usize::from(went.named);
                    tally.paged += usize::from(went.paged);
                    // A transaction that always comes second is no store that there is.
                    if went.named != went.paged && !is_missing(&case) {
                        tally.wrong.push(format!("{} {:?}: named, and no incident", operation.name, case.faults));
                    }
                }
                Err(what) => tally.wrong.push(format!("{} {:?}: {what}", operation.name, case.faults)),
            }
        }
        tally.print(&format!("errors, {kind:?}: {}", operation.name));
        all.add(tally);
    }
    all
}
