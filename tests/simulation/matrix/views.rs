//! Views: what is seen is old, goes back, or is not there; clocks are wrong. The end must be that of the undisturbed run.

use super::{Case, Tally, attempt, operations, some};
use crate::simulation::{schedule::Event, site::Kind};
use std::time::Duration;

fn disturbances() -> Vec<(String, Vec<(Duration, Event)>)> {
    const LASTING: Duration = Duration::from_secs(180);
    let seconds = Duration::from_secs;
    let mut all = Vec::new();
    let mut add = |what: String, events: Vec<(Duration, Event)>| all.push((what, events));
    for age in [2, 15, 30, 60].map(seconds) {
        for (which, what) in [(0, "instances"), (2, "copies")] {
            let stale = Event::Stale { which, age, lasting: LASTING };
            add(format!("{what} {} s old", age.as_secs()), vec![(Duration::ZERO, stale)]);
        }
        let wavers = Event::Wavers { age, lasting: LASTING };
        add(format!("every other look {} s old", age.as_secs()), vec![(Duration::ZERO, wavers)]);
        let words = Event::OldWords { age, lasting: LASTING };
        add(format!("agents' words {} s old", age.as_secs()), vec![(Duration::ZERO, words)]);
    }
    for at in [0, 1, 5, 20].map(seconds) {
        let blind = Event::Blind { lasting: seconds(45) };
        add(format!("no look for 45 s after {} s", at.as_secs()), vec![(at, blind)]);
        let mute = Event::Mute { name: 0, lasting: seconds(45) };
        add(format!("no word for 45 s after {} s", at.as_secs()), vec![(at, mute)]);
        let half = Event::HalfStore { name: 0, lasting: seconds(45) };
        let empty = Event::EmptyStore { lasting: seconds(45) };
        if !at.is_zero() {
            add(format!("half a store for 45 s after {} s", at.as_secs()), vec![(at, half)]);
            add(format!("an empty store for 45 s after {} s", at.as_secs()), vec![(at, empty)]);
        }
    }
    for off in [-600, 600] {
        let skew = Event::Skew { process: 0, seconds: off };
        add(format!("a clock {off} s off"), vec![(Duration::ZERO, skew.clone())]);
        for at in [1, 5, 20].map(seconds) {
            let back = Event::Skew { process: 0, seconds: 0 };
            let jumps = vec![(at, skew.clone()), (at + seconds(10), back)];
            add(format!("a clock that jumps {off} s after {} s, and back", at.as_secs()), jumps);
        }
    }
    all
}

/// Runs one in so many of the matrix.
pub fn matrix(kind: Kind, one_in: usize) -> Tally {
    let mut all = Tally::default();
    for operation in operations(kind) {
        let free = attempt(kind, &operation, &Case::default());
        let free = free.unwrap_or_else(|why| panic!("{}: {why}", operation.name));
        let cases = some(disturbances(), one_in);
        let mut tally = Tally { cases: cases.len(), ..Tally::default() };
        for (what, events) in cases {
            match attempt(kind, &operation, &Case { events, ..Case::default() }) {
                Ok(went) if went.end == free.end => tally.converged += 1,
                Ok(went) => {
                    let told = format!("{}, {what}:\n  {}\n  instead of\n  {}", operation.name, went.end, free.end);
                    tally.wrong.push(told);
                }
                Err(why) => tally.wrong.push(format!("{}, {what}: {why}", operation.name)),
            }
        }
        tally.print(&format!("views, {kind:?}: {}", operation.name));
        all.add(tally);
    }
    all
}
