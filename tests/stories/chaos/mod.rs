//! The real thing, broken for real: processes killed by `kill -9` while operations run and clients write rows.
//!
//! Real: the daemon and a console beside it, the agents, every Dolt, the store's own server, and on AWS the account of
//! the stand-in. What is drawn is drawn from a seed; when it falls is the machine's, so a seed is the same story and not
//! the same run. Where every moment is to be met, `tests/simulation` meets it; this shows that what is simulated there
//! is so.
//!
//! Promises, counted in the table that a run prints ([`tally`]):
//! - a row whose COMMIT was answered is there at the end, whatever was killed meanwhile;
//! - of a deployment there is one instance and one volume, and of one that is gone there is nothing but its copy;
//! - what was asked for is carried out: all settles within a bound once nothing is killed any more;
//! - a daemon that was frozen for longer than its lease does nothing once it is thawed ([`frozen`]).
//!
//! One idea a file: [`place`] is a cloud with what runs on it, [`clients`] write, [`people`] ask for changes, [`killer`]
//! kills, [`connections`] break, a [`volume`] is full, [`run`] brings them together.
//!
//! `tests/chaos --minutes M` runs it for long; without it each kind of process is killed once.

mod clients;
mod connections;
#[cfg(feature = "aws")]
mod frozen;
mod killer;
mod people;
mod place;
mod run;
mod tally;
mod volume;

use killer::{Killer, Moment, Moments, Target};
use place::Place;
use std::{env, time::Duration};

/// What `tests/chaos` asks for.
fn asked(name: &str) -> Option<String> {
    env::var(format!("DOLTOPS_CHAOS_{name}")).ok().filter(|value| !value.is_empty())
}

fn seed() -> u64 {
    asked("SEED").map_or(1, |seed| seed.parse().expect("a seed is a number"))
}

/// Kills of the run that everyone makes: each kind of process, in the middle of an operation.
const ONE_OF_EACH: [Moment; 5] = [
    Moment { request: "create fleeting", wait: 700, target: Target::Daemon },
    Moment { request: "set orders max_connections=60", wait: 200, target: Target::Agent },
    Moment { request: "resize orders --type TYPE --volume 12", wait: 900, target: Target::Store },
    Moment { request: "restart billing", wait: 150, target: Target::Dolt },
    Moment { request: "delete fleeting --confirm fleeting", wait: 500, target: Target::Console },
];

/// For how long, where that is asked for.
fn length() -> Option<Duration> {
    asked("MINUTES").map(|minutes| Duration::from_secs(60 * minutes.parse::<u64>().expect("minutes are a number")))
}

/// Random kills for as long as is asked for, or one of each kind.
fn kills(killer: &mut Killer<'_>) -> usize {
    killer.run(length().map_or(Moments::Given(&ONE_OF_EACH), Moments::Drawn));
    0
}

/// A long run of one cloud leaves the other out.
fn is_asked(cloud: &str) -> bool {
    asked("CLOUD").is_none_or(|only| only == "both" || only == cloud)
}

#[test]
fn whatever_is_killed_in_the_sandbox_no_row_is_lost() {
    if is_asked("sandbox") {
        run::run(&Place::sandbox(), seed(), length().is_some(), kills);
    }
}

#[cfg(feature = "aws")]
#[test]
fn whatever_is_killed_on_aws_no_row_is_lost() {
    if is_asked("aws") {
        run::run(&Place::aws(None), seed(), length().is_some(), kills);
    }
}
