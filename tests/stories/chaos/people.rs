//! People who change the fleet all the time, by the commands that people have.
//!
//! They wait for nothing but a command's own end. A command may be refused (what it is about is not there, or was changed
//! meanwhile) or find nobody (exit code 5): what it may not do is hang, or end in any other way.

use super::place::Place;
use crate::{simulation::random::Random, support::sandbox::Said};
use doltops_agent::clock;
use std::{
    collections::BTreeMap,
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Between two requests, milliseconds at most: so that many are under way when something is killed.
const PAUSE: u64 = 1_500;

/// No command that waits for nothing takes longer, also while it looks for who hosts.
const LIMIT: Duration = Duration::from_secs(90);

/// A deletion ends, and its deployment comes back, within this.
const BACK: Duration = Duration::from_secs(180);

/// Deployments that come and go, at most at a time.
const FLEETING: u64 = 2;

/// What was asked for, and how it was answered.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// By the command's word: how often it was done.
    pub done: BTreeMap<&'static str, u64>,
    /// Refused, as what it was about stood.
    pub refused: u64,
    /// Nobody answered, or it ended without knowing.
    pub unclear: u64,
    /// Commands that did not end, or ended in a way that none should.
    pub wrong: Vec<String>,
}

/// Who asks for changes.
pub struct People<'a> {
    pub place: &'a Place,
    pub random: Random,
    /// Those with clients: never deleted for good.
    pub steady: Vec<String>,
    /// Of those, the deleted ones, each with a commit at which it was there: it comes back from its final copy.
    gone: BTreeMap<String, String>,
    pub asked: Asked,
    made: u64,
    gib: u64,
}

impl<'a> People<'a> {
    pub fn new(place: &'a Place, random: Random, steady: Vec<String>) -> Self {
        Self { place, random, steady, gone: BTreeMap::new(), asked: Asked::default(), made: 0, gib: 10 }
    }

    /// Asks until it is told to stop.
    pub fn run(mut self, stop: &AtomicBool) -> Asked {
        while !stop.load(Ordering::Relaxed) {
            let (word, words) = self.draw();
            let said = self.command(&words);
            self.take(word, &words, said);
            let pause = self.random.below(PAUSE);
            std::thread::park_timeout(Duration::from_millis(pause));
        }
        self.bring_all_back();
        self.asked
    }

    /// Until all of them are there; one whose deletion is not over yet is refused, and asked for again.
    fn bring_all_back(&mut self) {
        let until = clock::instant() + BACK;
        while let Some(name) = self.gone.keys().next().cloned() {
            if clock::instant() > until {
                self.asked.wrong.push(format!("{name} was deleted and does not come back"));
                return;
            }
            self.bring_back(&name);
            std::thread::park_timeout(Duration::from_millis(PAUSE));
        }
    }

    /// From its final copy.
    fn bring_back(&mut self, name: &str) {
        let there = self.place.folder().ask(&format!("get {name}"));
        if there.code == 0 && there.json()["desired"]["deleting"] == false {
            // Its deletion was refused, or never came to be.
            self.gone.remove(name);
            return;
        }
        let words = format!("rollback {name} --to {}", self.gone[name]);
        let said = self.command(&words);
        if said.as_ref().is_some_and(|said| said.code == 0) {
            self.gone.remove(name);
        }
        self.take("bring back", &words, said);
    }

    /// Deletes one that has a client, which goes on when it is back.
    fn delete(&mut self, name: &str) -> Option<(&'static str, String)> {
        let said = self.place.folder().ask("status");
        let commit = if said.code == 0 { said.json()["commit"].as_str().map(str::to_owned) } else { None };
        // A host that has just begun has read none yet.
        let commit = commit.filter(|commit| !commit.is_empty())?;
        // Before it is asked for: also where nobody answers it may have been done.
        self.gone.insert(name.to_owned(), commit);
        Some(("delete with rows", format!("delete {name} --confirm {name}")))
    }

    /// The next request.
    fn draw(&mut self) -> (&'static str, String) {
        let at = usize::try_from(self.random.below(self.steady.len() as u64)).unwrap_or_default();
        let name = self.steady[at].clone();
        let kind = self.place.types()[usize::from(self.random.once_in(2))];
        if let Some(gone) = self.gone.keys().next().cloned().filter(|_| self.random.once_in(2)) {
            self.bring_back(&gone);
        }
        let restart = || ("restart", format!("restart {name}"));
        match self.random.below(12) {
            0 => ("resize", format!("resize {name} --type {kind}")),
            1 => {
                self.gib += 1;
                ("resize", format!("resize {name} --volume {}", self.gib))
            }
            2 => ("stop", format!("stop {name}")),
            3 | 4 => ("start", format!("start {name}")),
            5 => restart(),
            11 if self.gone.is_empty() => self.delete(&name).unwrap_or_else(restart),
            6 | 7 => ("set", format!("set {name} max_connections={}", 50 + self.random.below(50))),
            8 => self.roll_back(name),
            9 => {
                self.made += 1;
                ("create", format!("create fleeting-{}", self.made))
            }
            _ => {
                let oldest = self.made.saturating_sub(self.random.below(FLEETING));
                ("delete", format!("delete fleeting-{oldest} --confirm fleeting-{oldest}"))
            }
        }
    }

    /// To one of the last states that were asked for.
    fn roll_back(&mut self, name: String) -> (&'static str, String) {
        let said = self.place.folder().ask(&format!("history {name}"));
        let history = if said.code == 0 { said.json() } else { serde_json::Value::Null };
        let commits: Vec<&str> =
            history.as_array().into_iter().flatten().filter_map(|it| it["commit"].as_str()).collect();
        let recent = commits.len().min(6) as u64;
        if recent == 0 {
            return ("restart", format!("restart {name}"));
        }
        let at = usize::try_from(self.random.below(recent)).unwrap_or_default();
        ("rollback", format!("rollback {name} --to {}", commits[at]))
    }

    /// Runs a command; none where it did not end in time.
    fn command(&self, words: &str) -> Option<Said> {
        let mut command = self.place.folder().program();
        command.args(words.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let until = clock::instant() + LIMIT;
        while child.try_wait().expect("asked").is_none() {
            if clock::instant() > until {
                child.kill().expect("killed");
                child.wait().expect("ended");
                return None;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Some(Said::from(child.wait_with_output().expect("it ended")))
    }

    fn take(&mut self, word: &'static str, words: &str, said: Option<Said>) {
        match said {
            None => self.asked.wrong.push(format!("`{words}` did not end within {LIMIT:?}")),
            Some(said) => match said.code {
                0 => *self.asked.done.entry(word).or_default() += 1,
                // Invalid: a volume that would shrink, a deployment that is stopped already. Not there. Refused.
                2..=4 => self.asked.refused += 1,
                5 => self.asked.unclear += 1,
                _ => self.asked.wrong.push(format!("`{words}`: {said:?}")),
            },
        }
    }
}
