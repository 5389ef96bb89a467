//! A deterministic simulation of the reconciler: a fleet, a cloud, agents and one or two processes of the control
//! plane, under faults, in simulated time.
//!
//! Real: `decide`, `planned`, `plan`, `preview`, `health`'s silence, `observer`, `executor`, `retention`, `lease`,
//! `queue`. Simulated: the store and the cloud behind their traits, agents, time, randomness, people. Mirrored, because
//! it lives on tokio's time: the manager's loop (see `process`).
//!
//! Promises, checked at each effect and at each landing (`world`, `cloud`, `store`): no second instance beside one that
//! lives and none under an incarnation that was used; no volume destroyed but for a deletion that someone asked for and
//! after a completed copy that stands in the record; what is made or destroyed was written down before; nothing of a
//! paused deployment, or of one that is only missing, is touched; protection holds; generations and incarnations never
//! go back; what a person was shown is what is done where nothing else happens. And once nothing happens any more
//! (`settled`): all is as decided within a bound, nothing is left over, and nothing is asked for.
//!
//! A run is drawn from its seed as plain data before it begins, so that a failing one is made smaller by leaving events
//! out. `tests/simulate --seed S` runs one seed again.

mod agent;
mod cloud;
mod env;
mod people;
mod process;
mod random;
mod run;
mod schedule;
mod settled;
mod store;
mod world;

use run::{Outcome, Setup, run};
use schedule::{Event, draw};
use std::time::Duration;
use world::Broken;

fn setup(seed: u64, broken: Broken) -> Setup {
    // Every other seed has a second process that wants to lead.
    Setup { seed, broken, processes: 1 + usize::try_from(seed % 2).unwrap_or(0), traced: false }
}

/// The smallest part of the schedule that still fails, as far as leaving out goes.
fn smaller(setup: Setup, mut schedule: Vec<(Duration, Event)>) -> Vec<(Duration, Event)> {
    // The same promise, whatever ids and times are in its words.
    let kind = |schedule: &[(Duration, Event)]| {
        run(setup, schedule).violation.map(|what| what.replace(|c: char| c.is_ascii_digit(), ""))
    };
    let first = kind(&schedule);
    let fails = |schedule: &[(Duration, Event)]| kind(schedule) == first;
    let mut chunk = schedule.len() / 2;
    while chunk > 0 {
        let mut at = 0;
        while at < schedule.len() {
            let mut fewer = schedule.clone();
            fewer.drain(at..(at + chunk).min(schedule.len()));
            if fails(&fewer) {
                schedule = fewer;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
    schedule
}

fn one(seed: u64) -> Outcome {
    run(setup(seed, Broken::Nothing), &draw(seed))
}

/// Tells of a failing seed: the smallest run that fails, and how to run it again.
fn report(seed: u64, broken: Broken) -> String {
    let setup = setup(seed, broken);
    let all = draw(seed);
    let few = smaller(setup, all.clone());
    let outcome = run(Setup { traced: true, ..setup }, &few);
    let trace = outcome.trace.join("\n");
    let events: Vec<String> = few.iter().map(|(at, event)| format!("{:>9.3} s  {event:?}", at.as_secs_f64())).collect();
    let events = events.join("\n");
    let what = outcome.violation.unwrap_or_default();
    format!(
        "seed {seed} violates: {what}\n{trace}\n{} of {} events are enough:\n{events}\nrun it again: tests/simulate --seed {seed}",
        few.len(),
        all.len()
    )
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Seeds from 0 on; or as the environment says, which `tests/simulate` sets.
#[test]
fn whatever_happens_the_promises_hold() {
    let (first, mut last) = match number("DOLTOPS_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, number("DOLTOPS_SEEDS").unwrap_or(60)),
    };
    let first = number("DOLTOPS_FIRST").unwrap_or(first);
    last += if number("DOLTOPS_FIRST").is_some() { first } else { 0 };
    let (mut simulated, mut events, mut compared, mut settling) = (Duration::ZERO, 0, 0, Duration::ZERO);
    for seed in first..last {
        let outcome = one(seed);
        if number("SURVEY").is_some() {
            if let Some(v) = &outcome.violation { println!("SURVEY {seed} {v}"); }
        } else {
        assert!(outcome.violation.is_none(), "{}", report(seed, Broken::Nothing));
        }
        simulated += outcome.simulated;
        events += outcome.events;
        compared += outcome.compared;
        settling = settling.max(outcome.settling);
    }
    println!(
        "seeds {first}..{last}: {:.0} simulated hours, {events} events, {compared} plans compared, settled within {:.0} s at most",
        simulated.as_secs_f64() / 3600.0,
        settling.as_secs_f64()
    );
}
