//! The simulated store and a real Dolt: any sequence of what two processes ask of it gives the same answers.
//!
//! Names of commits differ, so they are told by their number. Time does not pass in it: a lease is held for long or ends
//! at once.

use crate::{
    simulation::{
        env::{Clock, simulate},
        random::Random,
        run::{Setup, world},
        site::Kind,
        store::SimStore,
        world::{Broken, Shared},
    },
    store::support::{House, desired, id, record},
};
use doltops::{
    model::{CommitHash, Epoch, Generation, Incarnation},
    store::{Edit, Fence, Intent, Landing, Lease, Store, StoreError},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Two processes of the control plane.
const HOLDERS: [&str; 2] = ["a", "b"];
const NAMES: [&str; 3] = ["orders", "users", "stock"];
/// Sequences, and how much is asked in each: each begins on a new server, which costs most of it.
const SEQUENCES: u64 = 4;
const ASKED: usize = 120;

/// Whose word a landing or an intent carries.
#[derive(Clone, Copy, Debug)]
enum Word {
    /// Nobody's: a person asks.
    Nobody,
    /// The last lease that this process was given.
    Last,
    /// The one before it.
    Earlier,
}

#[derive(Clone, Debug)]
enum Change {
    Put { name: usize, gib: u32 },
    Remove { name: usize },
    Record { name: usize, generation: u64 },
    Clear { name: usize },
}

/// What one process asks of the store.
#[derive(Clone, Debug)]
enum Ask {
    /// On the newest commit, or so many before it.
    Land {
        behind: usize,
        changes: Vec<Change>,
        word: Word,
    },
    /// With an epoch above one that some agent has seen.
    Lease {
        keeps: bool,
        long: bool,
        above: u64,
    },
    Release {
        word: Word,
    },
    Intend {
        name: usize,
        incarnation: u32,
        word: Word,
    },
    Desired {
        behind: usize,
    },
}

fn draw(seed: u64) -> Vec<(usize, Ask)> {
    let mut random = Random::new(seed ^ 0xa94e);
    let mut number = |below: u64| usize::try_from(random.below(below)).unwrap_or(0);
    let mut all = Vec::new();
    for _ in 0..ASKED {
        let who = number(2);
        let word = [Word::Last, Word::Last, Word::Nobody, Word::Earlier][number(4)];
        // Mostly the newest.
        let behind = number(3).saturating_sub(1);
        let name = number(3);
        let mut change = || match number(5) {
            0..=1 => Change::Put { name: number(3), gib: 1 + number(3) as u32 },
            2 => Change::Remove { name: number(3) },
            3 => Change::Record { name: number(3), generation: 1 + number(3) as u64 },
            _ => Change::Clear { name: number(3) },
        };
        let ask = match change() {
            // One draw more, so that what is asked does not follow from the change.
            Change::Put { .. } => {
                let changes = (0..3).map(|_| change()).collect();
                Ask::Land { behind, changes, word }
            }
            Change::Remove { .. } => {
                Ask::Lease { keeps: number(2) == 0, long: number(3) > 0, above: number(30) as u64 }
            }
            Change::Record { .. } => Ask::Intend { name, incarnation: number(4) as u32, word },
            Change::Clear { .. } if number(2) == 0 => Ask::Release { word },
            Change::Clear { .. } => Ask::Desired { behind },
        };
        all.push((who, ask));
    }
    all
}

/// A run on one of the stores: what it has to remember to ask, and what it was told.
struct Run {
    stores: [Arc<dyn Store>; 2],
    commits: Vec<CommitHash>,
    leases: [Vec<Fence>; 2],
}

fn refused(error: StoreError) -> String {
    match error {
        StoreError::Conflict => "conflict".to_owned(),
        StoreError::LeaseLost => "the lease is lost".to_owned(),
        other => format!("{other:?}"),
    }
}

fn edit(change: &Change) -> Edit {
    let with = |name: usize| NAMES[name];
    match change {
        Change::Put { name, gib } => {
            let mut put = desired(with(*name));
            put.spec.volume_gib = *gib;
            Edit::PutDesired(put)
        }
        Change::Remove { name } => Edit::RemoveDesired(id(with(*name))),
        Change::Record { name, generation } => {
            let mut put = record(with(*name));
            put.generation = Generation(*generation);
            Edit::PutRecord(put)
        }
        Change::Clear { name } => Edit::ClearIntent(id(with(*name))),
    }
}

impl Run {
    fn word(&self, who: usize, word: Word) -> Option<Fence> {
        let mut newest = self.leases[who].iter().rev();
        match word {
            Word::Nobody => None,
            Word::Last => newest.next().cloned(),
            Word::Earlier => newest.nth(1).cloned(),
        }
    }

    fn commit(&self, behind: usize) -> CommitHash {
        self.commits[self.commits.len().saturating_sub(1 + behind)].clone()
    }

    fn number(&mut self, commit: CommitHash) -> usize {
        self.commits.iter().position(|known| *known == commit).unwrap_or_else(|| {
            self.commits.push(commit);
            self.commits.len() - 1
        })
    }

    async fn ask(&mut self, who: usize, ask: &Ask) -> String {
        let store = self.stores[who].clone();
        match ask {
            Ask::Land { behind, changes, word } => {
                let landing = Landing {
                    base: self.commit(*behind),
                    edits: changes.iter().map(edit).collect(),
                    author: "ada".to_owned(),
                    message: "A change".to_owned(),
                    fence: self.word(who, *word),
                };
                match store.land(landing).await {
                    Ok(commit) => format!("landed {}", self.number(commit)),
                    Err(error) => refused(error),
                }
            }
            Ask::Lease { keeps, long, above } => {
                let held = self.leases[who].last().map(|fence| fence.epoch).filter(|_| *keeps);
                let time = if *long { Duration::from_secs(3600) } else { Duration::ZERO };
                match store.lease(HOLDERS[who], held, Epoch(*above), time).await {
                    Ok(Lease::Held(fence)) => {
                        let told = format!("holds {:?}", fence.epoch);
                        self.leases[who].retain(|before| *before != fence);
                        self.leases[who].push(fence);
                        told
                    }
                    Ok(Lease::Taken { holder, .. }) => format!("{holder} has it"),
                    Err(error) => refused(error),
                }
            }
            Ask::Release { word } => {
                let fence = self.word(who, *word).unwrap_or(Fence { holder: "nobody".to_owned(), epoch: Epoch(0) });
                store.release(&fence).await.map_or_else(refused, |()| "released".to_owned())
            }
            Ask::Intend { name, incarnation, word } => {
                let fence = self.word(who, *word).unwrap_or(Fence { holder: "nobody".to_owned(), epoch: Epoch(0) });
                let intent = Intent {
                    deployment: id(NAMES[*name]),
                    action: "launch-instance".to_owned(),
                    token: format!("t-{incarnation}"),
                    parameters: "{}".to_owned(),
                    incarnation: Incarnation(*incarnation),
                    at: "2026-01-02T03:04:05Z".parse().expect("a time"),
                };
                store.intend(&intent, &fence).await.map_or_else(refused, |()| "written down".to_owned())
            }
            Ask::Desired { behind } => match store.desired_at(&self.commit(*behind)).await {
                Ok(desired) => format!("{desired:?}"),
                Err(error) => refused(error),
            },
        }
    }

    /// What the other one sees by now.
    async fn seen(&mut self, by: usize) -> String {
        let snapshot = self.stores[by].snapshot().await.expect("a snapshot");
        let head = self.number(snapshot.commit.clone());
        let mut intents = self.stores[by].intents().await.expect("intents");
        intents.sort_by(|a, b| a.deployment.cmp(&b.deployment));
        let intents: Vec<_> = intents.iter().map(|intent| (&intent.deployment, &intent.incarnation)).collect();
        format!("{head}: {:?} {:?} {intents:?}", snapshot.desired, snapshot.records)
    }
}

/// Asks all of it; a line for each answer and what the other process sees then.
async fn play(stores: [Arc<dyn Store>; 2], asks: &[(usize, Ask)]) -> Vec<String> {
    let first = stores[0].head().await.expect("a head");
    let mut run = Run { stores, commits: vec![first], leases: Default::default() };
    let mut told = Vec::new();
    for (who, ask) in asks {
        let answer = run.ask(*who, ask).await;
        told.push(format!("{} asks {ask:?}: {answer}\n    {}", HOLDERS[*who], run.seen(1 - who).await));
    }
    told
}

fn simulated(asks: &[(usize, Ask)]) -> Vec<String> {
    simulate(async {
        let setup = Setup { seed: 1, broken: Broken::Nothing, kind: Kind::Local, processes: 2, traced: false };
        let shared: Shared = Arc::new(Mutex::new(world(setup, Clock::new())));
        let store = |process| -> Arc<dyn Store> { Arc::new(SimStore { world: shared.clone(), process }) };
        play([store(0), store(1)], asks).await
    })
}

#[tokio::test]
async fn the_simulated_store_answers_as_dolt_does() {
    for seed in 0..SEQUENCES {
        let asks = draw(seed);
        let simulated = simulated_apart(asks.clone()).await;
        let house = House::start().await;
        let stores: [Arc<dyn Store>; 2] = [Arc::new(house.store().await), Arc::new(house.store().await)];
        let real = play(stores, &asks).await;
        house.stop().await;
        for (number, (simulated, real)) in simulated.iter().zip(&real).enumerate() {
            assert_eq!(simulated, real, "sequence {seed}, answer {number}; the simulated one is the left one");
        }
    }
}

/// A runtime begins in no other.
async fn simulated_apart(asks: Vec<(usize, Ask)>) -> Vec<String> {
    tokio::task::spawn_blocking(move || simulated(&asks)).await.expect("no panic")
}
