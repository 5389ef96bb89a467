//! A deterministic simulation of the reconciler: a fleet, a cloud, agents and one or two processes of the control
//! plane, under faults, in simulated time.
//!
//! Real: the manager and all that it uses (`plan`, `health`, `observer`, `executor`, `retention`, `lease`, `queue`, the
//! rules of incidents), `decide`, `planned`, `preview`, and who signs. Simulated: the store, the cloud and the agents
//! behind their traits, time (tokio's paused clock), randomness, people. A process is frozen at its next call (`gate`).
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
mod agents;
mod behind;
mod cloud;
mod env;
mod found;
mod gate;
mod matrix;
mod people;
mod process;
pub mod random;
mod run;
mod schedule;
mod settled;
mod site;
mod store;
mod world;

use doltops_agent::clock;
use run::{Outcome, Setup, run};
use schedule::{Event, draw};
use site::Kind;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use world::Broken;

fn setup(seed: u64, broken: Broken) -> Setup {
    // Every other seed has a second process that wants to lead.
    let kind = Kind::of(seed);
    Setup { seed, broken, kind, processes: 1 + usize::try_from(seed % 2).unwrap_or(0), traced: false }
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

/// Tells of a failing seed: the smallest run that fails, and how to run it again.
fn report(seed: u64, broken: Broken) -> String {
    let setup = setup(seed, broken);
    let all = draw(seed, setup.kind);
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

/// What `tests/simulate` asks for.
fn number(name: &str) -> Option<u64> {
    std::env::var(format!("DOLTOPS_SIMULATE_{name}")).ok()?.parse().ok()
}

/// Seeds of the run that everyone makes: some seconds in the dev profile.
const SEEDS: u64 = 24;

#[test]
fn whatever_happens_the_promises_hold() {
    let began = clock::instant();
    let one_seed = number("SEED");
    let minutes = number("MINUTES");
    let first = one_seed.unwrap_or(0);
    let seeds = match (one_seed, minutes) {
        (Some(_), _) => 1,
        (None, Some(_)) => u64::MAX,
        (None, None) => number("SEEDS").unwrap_or(SEEDS),
    };
    let limit = minutes.map_or(Duration::MAX, |minutes| Duration::from_secs(60 * minutes));
    let last = first.saturating_add(seeds);
    let next = AtomicU64::new(first);
    let work = || {
        let mut sum = Sum::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= last || began.elapsed() > limit {
                return Ok(sum);
            }
            let outcome = run(setup(seed, Broken::Nothing), &draw(seed, Kind::of(seed)));
            if outcome.violation.is_some() {
                // Nobody else goes on: the first one found is to be looked at.
                next.store(u64::MAX, Ordering::Relaxed);
                return Err(seed);
            }
            sum.add(&outcome);
        }
    };
    // Where nothing else runs, every core has a world of its own.
    let threads = if long() { std::thread::available_parallelism().map_or(1, usize::from) } else { 1 };
    let found: Vec<Result<Sum, u64>> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().map(|thread| thread.join().expect("it tells of what it finds")).collect()
    });
    let mut sum = Sum::default();
    for part in found {
        match part {
            Ok(part) => sum.take(&part),
            Err(seed) => panic!("{}", report(seed, Broken::Nothing)),
        }
    }
    let took = began.elapsed().as_secs_f64();
    let ratio = sum.simulated.as_secs_f64() / took;
    println!("simulation from seed {first}: {sum} in {took:.1} s on {threads} cores, {ratio:.0} times real time");
}

/// What several runs come to.
#[derive(Default)]
struct Sum {
    seeds: u64,
    simulated: Duration,
    events: u64,
    compared: u64,
    settling: Duration,
}

impl Sum {
    fn take(&mut self, other: &Sum) {
        self.seeds += other.seeds;
        self.simulated += other.simulated;
        self.events += other.events;
        self.compared += other.compared;
        self.settling = self.settling.max(other.settling);
    }

    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.simulated += outcome.simulated;
        self.events += outcome.events;
        self.compared += outcome.compared;
        self.settling = self.settling.max(outcome.settling);
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} seeds, {:.1} simulated hours, {} events and effects, {} plans compared with what was done, settled \
             within {:.0} s, nothing violated",
            self.seeds,
            self.simulated.as_secs_f64() / 3600.0,
            self.events,
            self.compared,
            self.settling.as_secs_f64()
        )
    }
}

/// The same seed is the same run, to the letter: otherwise a failing one could not be run again.
#[test]
fn the_same_seed_is_the_same_run() {
    let once = || run(Setup { traced: true, ..setup(3, Broken::Nothing) }, &draw(3, Kind::of(3))).trace;
    assert_eq!(once(), once());
}

/// Whether this is a run for long, in which nothing is left out.
fn long() -> bool {
    number("SEEDS").is_some() || number("MINUTES").is_some()
}

fn both(what: &str, matrix: impl Fn(Kind) -> matrix::Tally) {
    let mut all = matrix::Tally::default();
    [Kind::Local, Kind::Elastic].into_iter().for_each(|kind| all.add(matrix(kind)));
    all.print(what);
    assert!(all.wrong.is_empty(), "{}", all.wrong.join("\n"));
}

/// All pairs of two crashes are in it when it runs for long.
#[test]
fn a_crash_at_any_effect_ends_as_if_there_was_none() {
    both("crashes", |kind| matrix::crash::matrix(kind, long()));
}

#[test]
fn another_process_goes_on_where_one_was_killed_or_frozen() {
    both("takeovers", |kind| matrix::takeover::matrix(kind, if long() { 1 } else { 4 }));
}

#[test]
fn what_is_refused_converges_or_is_told() {
    both("errors", |kind| matrix::errors::matrix(kind, if long() { 1 } else { 25 }));
}

#[test]
fn what_is_seen_wrongly_ends_as_what_is_seen_rightly() {
    both("views", |kind| matrix::views::matrix(kind, if long() { 1 } else { 8 }));
}

#[test]
fn going_back_to_a_good_state_recovers_from_any_edits() {
    both("edits", |kind| matrix::edits::matrix(kind, if long() { 500 } else { 12 }));
}

/// In simulated time, so that it is the same on every machine.
#[test]
fn a_tenth_that_fails_for_ever_does_not_slow_the_others() {
    let (alone, beside) = matrix::isolation::slowest(7).unwrap_or_else(|why| panic!("{why}"));
    let more = beside.as_secs_f64() / alone.as_secs_f64() - 1.0;
    println!(
        "isolation: a restart's p99 is {alone:?}, and {beside:?} beside a tenth that fails: {:+.1} %",
        100.0 * more
    );
    assert!(more < 0.05, "{:+.1} %", 100.0 * more);
}

/// A simulation that finds nothing may be blind: what is broken on purpose is found, and soon.
#[test]
fn what_is_broken_on_purpose_is_found() {
    for broken in [
        Broken::NoToken,
        Broken::NoIntent,
        Broken::NoLook,
        Broken::NoMark,
        Broken::NoZoneInToken,
        Broken::EarlyName,
        Broken::NoTouch,
        Broken::NoDeadline,
    ] {
        let found =
            (0..200).find_map(|seed| Some((seed, run(setup(seed, broken), &draw(seed, Kind::of(seed))).violation?)));
        let (seed, what) = found.unwrap_or_else(|| panic!("{broken:?} was not found"));
        println!("{broken:?} is found by seed {seed}, after {} seeds: {what}", seed + 1);
    }
}
