//! Isolation: a tenth of the fleet fails for ever, and the others are served as if it did not.

use crate::simulation::{
    env::simulate,
    run::{Setup, Sim},
    schedule::{Ask, Event},
    site::{Kind, TYPES, ZONES},
    world::{Broken, lock},
};
use doltops::model::DeploymentId;
use std::time::Duration;

/// Those that are to be served, and a tenth of all that fails: half of these have an agent that says nothing, the other
/// half a type that cannot be had anywhere.
const WELL: u64 = 36;
const ILL: u64 = 4;

/// Each of the well is restarted so often, all at once.
const ROUNDS: u64 = 12;

/// How exactly times are read.
const TICK: Duration = Duration::from_millis(5);

/// How long each restart of the well took, shortest first.
async fn restarts(seed: u64, ill: bool) -> Result<Vec<Duration>, String> {
    let setup = Setup { seed, broken: Broken::Nothing, kind: Kind::Elastic, processes: 1, traced: false };
    let mut sim = Sim::new(setup);
    sim.until(Duration::from_secs(1)).await;
    let mut ids = Vec::new();
    for name in 0..WELL {
        let create = Ask::Create { kind: 0, gib: 1, stopped: false };
        ids.extend(sim.ask(name, &create).await.ok_or("a create was refused")?);
    }
    sim.settle().await;
    if ill {
        falls_ill(&mut sim).await?;
    }
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        took.extend(round(&mut sim, &ids).await?);
        let now = lock(&sim.world).now();
        sim.until(now + Duration::from_secs(20)).await;
    }
    let violation = lock(&sim.world).violation.clone();
    took.sort();
    violation.map_or(Ok(took), Err)
}

async fn falls_ill(sim: &mut Sim) -> Result<(), String> {
    let forever = Duration::from_secs(24 * 3600);
    for name in WELL..WELL + ILL / 2 {
        let create = Ask::Create { kind: 0, gib: 1, stopped: false };
        sim.ask(name, &create).await.ok_or("a create was refused")?;
    }
    sim.settle().await;
    for name in WELL..WELL + ILL / 2 {
        sim.happens(&Event::Mute { name, lasting: forever }).await;
    }
    for kind in 1..TYPES.len() as u64 {
        sim.happens(&Event::Full { kind, zone: ZONES.len() as u64, lasting: forever }).await;
    }
    for name in WELL + ILL / 2..WELL + ILL {
        sim.ask(name, &Ask::Create { kind: 1, gib: 1, stopped: false }).await.ok_or("a create was refused")?;
    }
    let now = lock(&sim.world).now();
    sim.until(now + Duration::from_secs(120)).await;
    Ok(())
}

async fn round(sim: &mut Sim, ids: &[DeploymentId]) -> Result<Vec<Duration>, String> {
    let mut asked = Vec::new();
    for (name, id) in (0..WELL).zip(ids) {
        let at = lock(&sim.world).now();
        sim.ask(name, &Ask::Restart).await.ok_or("a restart was refused")?;
        asked.push((id, at));
    }
    let began = lock(&sim.world).now();
    let mut took = Vec::new();
    while !asked.is_empty() {
        let now = lock(&sim.world).now();
        if now > began + Duration::from_secs(300) {
            return Err(format!("{} restarts do not come", asked.len()));
        }
        asked.retain(|(id, at)| {
            let done = lock(&sim.world).unsettled_one(id).is_none();
            if done {
                took.push(now - *at);
            }
            !done
        });
        sim.until(now + TICK).await;
    }
    Ok(took)
}

/// The slowest in a hundred, with the ill and without.
pub fn slowest(seed: u64) -> Result<(Duration, Duration), String> {
    let p99 = |all: &[Duration]| all[all.len() * 99 / 100];
    let alone = simulate(restarts(seed, false))?;
    let beside = simulate(restarts(seed, true))?;
    Ok((p99(&alone), p99(&beside)))
}
