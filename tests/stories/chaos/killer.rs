//! Kills, and starts again what nobody else does.
//!
//! The daemon is started again at once, as its service manager would, and a console is opened again, as a person would.
//! Agents, Dolts and the store's server have to come back by themselves.

use super::place::Place;
use crate::{
    simulation::random::Random,
    support::{
        sandbox::{send, wait_for},
        screen::Screen,
    },
};
use doltops_agent::clock;
use std::{collections::BTreeMap, fs, process::Child, time::Duration};

/// Between two kills that are drawn, milliseconds at most: long enough that something gets done in between, short enough
/// that the next one falls into what follows from the last.
const LONGEST: u64 = 6_000;

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The daemon, which hosts or waits to.
    Daemon,
    /// The console beside it: the same.
    Console,
    /// An instance's agent.
    Agent,
    /// A deployment's Dolt.
    Dolt,
    /// The Dolt of the embedded store.
    Store,
    /// The daemon, the console and the store's server at once.
    Host,
}

const ALL: [Target; 6] = [Target::Daemon, Target::Console, Target::Agent, Target::Dolt, Target::Store, Target::Host];

impl Target {
    pub fn word(self) -> &'static str {
        match self {
            Self::Daemon => "daemon",
            Self::Console => "console",
            Self::Agent => "agent",
            Self::Dolt => "Dolt",
            Self::Store => "store",
            Self::Host => "host at once",
        }
    }
}

/// A kill that falls into an operation.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// What is asked for; TYPE stands for the cloud's larger type.
    pub request: &'static str,
    /// So many milliseconds later it is killed.
    pub wait: u64,
    pub target: Target,
}

/// When what is killed.
#[derive(Clone, Copy, Debug)]
pub enum Moments {
    /// These, one after the other.
    Given(&'static [Moment]),
    /// At random, for so long.
    Drawn(Duration),
}

/// Who kills.
pub struct Killer<'a> {
    place: &'a Place,
    random: Random,
    daemon: Child,
    daemons: usize,
    console: Screen,
    pub kills: BTreeMap<Target, u64>,
}

impl<'a> Killer<'a> {
    /// Starts a daemon and a console.
    pub fn new(place: &'a Place, random: Random) -> Self {
        let daemon = daemon(place, 0);
        let console = Screen::open(place.folder(), 100, 30);
        Self { place, random, daemon, daemons: 0, console, kills: BTreeMap::new() }
    }

    /// Kills until all moments are over.
    pub fn run(&mut self, moments: Moments) {
        match moments {
            Moments::Given(given) => {
                for moment in given {
                    let request = moment.request.replace("TYPE", self.place.types()[1]);
                    // Where nobody answered it may have been done: then it is refused now.
                    wait_for("an answer", || (self.place.folder().ask(&request).code != 5).then_some(()));
                    wait(Duration::from_millis(moment.wait));
                    self.kill(moment.target);
                }
            }
            Moments::Drawn(length) => {
                let until = clock::instant() + length;
                while clock::instant() < until {
                    wait(Duration::from_millis(self.random.below(LONGEST)));
                    let target = ALL[usize::try_from(self.random.below(ALL.len() as u64)).unwrap_or_default()];
                    self.kill(target);
                }
            }
        }
    }

    fn kill(&mut self, target: Target) {
        let killed = match target {
            Target::Daemon => self.kill_daemon(),
            Target::Console => self.kill_console(),
            Target::Agent => self.kill_one(self.place.agents()),
            Target::Dolt => self.kill_one(self.place.dolts()),
            Target::Store => self.kill_one(self.place.folder().store_server().into_iter().collect()),
            Target::Host => {
                let servers = self.place.folder().store_server();
                send(self.daemon.id(), "KILL");
                servers.into_iter().for_each(|server| send(server, "KILL"));
                self.kill_console() && self.kill_daemon()
            }
        };
        // There may be none just now: everything is stopped, or was just killed.
        *self.kills.entry(target).or_default() += u64::from(killed);
    }

    fn kill_daemon(&mut self) -> bool {
        send(self.daemon.id(), "KILL");
        self.daemon.wait().expect("it ends");
        self.daemons += 1;
        self.daemon = daemon(self.place, self.daemons);
        true
    }

    fn kill_console(&mut self) -> bool {
        send(self.console.pid(), "KILL");
        self.console = Screen::open(self.place.folder(), 100, 30);
        true
    }

    fn kill_one(&mut self, of: Vec<u32>) -> bool {
        if of.is_empty() {
            return false;
        }
        let at = usize::try_from(self.random.below(of.len() as u64)).unwrap_or_default();
        send(of[at], "KILL");
        true
    }
}

impl Drop for Killer<'_> {
    fn drop(&mut self) {
        send(self.daemon.id(), "KILL");
        // It was ours, and it ends.
        let _ = self.daemon.wait();
    }
}

fn wait(time: Duration) {
    let until = clock::instant() + time;
    while clock::instant() < until {
        std::thread::park_timeout(until.saturating_duration_since(clock::instant()));
    }
}

fn daemon(place: &Place, number: usize) -> Child {
    let log = fs::File::create(place.folder().path().join(format!("chaos-{number}.log"))).expect("a log");
    place.folder().program().arg("--daemon").stderr(log).spawn().expect("it starts")
}
