//! The way of every call out of a process: to its store, its cloud, its agents.
//!
//! A call takes time, in which anything may happen. A frozen process goes on here when it thaws, as one that was stopped
//! between deciding and acting; one that has ended never comes back. Its timers run on meanwhile, which changes nothing
//! outside.

use super::{
    schedule::No,
    world::{Shared, World, lock},
};
use std::{future::pending, time::Duration};

/// How long calls take: from, and up to so much more.
#[derive(Clone, Copy)]
pub struct Latency(pub u64, pub u64);

/// A query on the same machine.
pub const STORE: Latency = Latency(1, 4);
/// An API on the internet.
pub const CLOUD: Latency = Latency(20, 180);
/// A call within a network.
pub const AGENT: Latency = Latency(2, 20);

/// No process makes so many calls in one moment; one that does goes round in a circle.
const AT_ONE_MOMENT: u64 = 50_000;

enum Goes {
    On,
    Frozen(Duration),
    Nowhere,
}

/// Waits while the process is frozen, and for ever once it has ended.
async fn passes(shared: &Shared, process: usize) {
    loop {
        let (goes, clock, thaw) = {
            let mut world = lock(shared);
            let goes = world.passes(process);
            (goes, world.clock, world.thaw.clone())
        };
        match goes {
            Goes::On => return,
            Goes::Nowhere => pending().await,
            Goes::Frozen(until) => tokio::select! {
                biased;
                () = thaw.notified() => {}
                () = clock.until(until) => {}
            },
        }
    }
}

async fn travels(shared: &Shared, process: usize, latency: Latency) {
    passes(shared, process).await;
    let takes = {
        let mut world = lock(shared);
        latency.0 + world.random.below(latency.1)
    };
    tokio::time::sleep(Duration::from_millis(takes)).await;
    passes(shared, process).await;
}

/// A call that changes nothing that a fault could strike.
pub async fn read<T>(
    shared: &Shared,
    process: usize,
    latency: Latency,
    read: impl FnOnce(&mut World) -> T + Send,
) -> T {
    travels(shared, process, latency).await;
    let mut world = lock(shared);
    world.advance();
    read(&mut world)
}

/// A call with an effect: faults strike here.
pub async fn effect<T, E>(
    shared: &Shared,
    process: usize,
    latency: Latency,
    what: &str,
    fail: impl FnOnce(No, String) -> E + Send,
    apply: impl FnOnce(&mut World) -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let asked = lock(shared).now();
    travels(shared, process, latency).await;
    let frozen = lock(shared).freezes(process);
    if frozen {
        passes(shared, process).await;
    }
    let (result, dead) = {
        let mut world = lock(shared);
        world.advance();
        world.asked[process] = asked;
        let result = world.effect(process, what, fail, apply);
        world.nudge.notify_one();
        (result, world.dead[process])
    };
    if dead {
        pending::<()>().await;
    }
    let frozen = {
        let world = lock(shared);
        world.frozen[process] > world.now()
    };
    if frozen {
        passes(shared, process).await;
    }
    result
}

impl World {
    fn passes(&mut self, process: usize) -> Goes {
        if self.is_dead(process) {
            self.nudge.notify_one();
            return Goes::Nowhere;
        }
        let now = self.now();
        self.calls = if self.calls.0 == now { (now, self.calls.1 + 1) } else { (now, 0) };
        if self.calls.1 > AT_ONE_MOMENT {
            self.broke("it goes round in a circle without time passing".to_owned());
            self.nudge.notify_one();
            return Goes::Nowhere;
        }
        match self.frozen[process] {
            until if until > now => Goes::Frozen(until),
            _ => Goes::On,
        }
    }
}
