//! Edits: people change their minds faster than anything follows, rightly and wrongly; going back to a good state always
//! recovers.

use super::Tally;
use crate::simulation::{
    env::simulate,
    random::Random,
    run::{Setup, Sim},
    schedule::{self, Ask},
    site::Kind,
    world::{Broken, lock},
};
use std::time::Duration;

/// So many edits before the way back.
const EDITS: u64 = 12;

fn sequence(kind: Kind, seed: u64) -> Result<(), String> {
    let setup = Setup { seed, broken: Broken::Nothing, kind, processes: 1, traced: true };
    simulate(async {
        let mut random = Random::new(seed ^ 0xed17);
        let mut sim = Sim::new(setup);
        sim.until(Duration::from_secs(1)).await;
        sim.ask(0, &Ask::Create { kind: 0, gib: 1, stopped: false }).await.ok_or("the first create was refused")?;
        sim.settle().await;
        let good = lock(&sim.world).commits.len();
        for _ in 0..EDITS {
            let ask = schedule::ask(&mut random);
            sim.ask(0, &ask).await;
            let now = lock(&sim.world).now();
            sim.until(now + Duration::from_millis(random.below(20_000))).await;
        }
        let commits = (lock(&sim.world).commits.len() - good) as u64;
        sim.ask(0, &Ask::Back { all: false, commits }).await;
        sim.settle().await;
        let violation = lock(&sim.world).violation.clone();
        let trace = lock(&sim.world).trace.take().unwrap_or_default().join("\n");
        violation.map_or(Ok(()), |what| Err(format!("{what}\n{trace}")))
    })
}

/// Runs so many sequences.
pub fn matrix(kind: Kind, sequences: u64) -> Tally {
    let mut tally = Tally { cases: usize::try_from(sequences).unwrap_or(0), ..Tally::default() };
    for seed in 0..sequences {
        match sequence(kind, seed) {
            Ok(()) => tally.converged += 1,
            Err(why) => tally.wrong.push(format!("edits of seed {seed}: {why}")),
        }
    }
    tally.print(&format!("edits, {kind:?}"));
    tally
}
