//! Takeovers: the leader is killed or frozen at each effect of each operation, and another process goes on. What the frozen
//! one does when it thaws changes nothing. The end must be that of the undisturbed run.

use super::{Case, Tally, attempt, operations, some};
use crate::simulation::{schedule::Fault, site::Kind};
use std::time::Duration;

/// Much longer than the lease's time.
const FROZEN: Duration = Duration::from_secs(5 * 60);

fn ways() -> [Fault; 4] {
    [Fault::DiesBefore, Fault::DiesAfter, Fault::FreezesBefore(FROZEN), Fault::FreezesAfter(FROZEN)]
}

/// Runs one in so many of the matrix.
pub fn matrix(kind: Kind, one_in: usize) -> Tally {
    let mut all = Tally::default();
    for operation in operations(kind) {
        let free = attempt(kind, &operation, &Case { heirs: 1, ..Case::default() });
        let free = free.unwrap_or_else(|why| panic!("{}: {why}", operation.name));
        let each = |at| ways().map(|fault| Case { faults: vec![(at, fault)], heirs: 1, ..Case::default() });
        let cases = some((0..free.effects).flat_map(each).collect(), one_in);
        let mut tally = Tally { cases: cases.len(), ..Tally::default() };
        for case in cases {
            match attempt(kind, &operation, &case) {
                Ok(went) if went.end == free.end => tally.converged += 1,
                Ok(went) => {
                    let told =
                        format!("{} {:?}:\n  {}\n  instead of\n  {}", operation.name, case.faults, went.end, free.end);
                    tally.wrong.push(told);
                }
                Err(why) => tally.wrong.push(format!("{} {:?}: {why}", operation.name, case.faults)),
            }
        }
        tally.print(&format!("takeovers, {kind:?}: {}", operation.name));
        all.add(tally);
    }
    all
}
