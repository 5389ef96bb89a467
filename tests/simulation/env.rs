//! Simulated time and randomness, through the product's own `Env`.

use super::random::Random;
use doltops::env::Env;
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The simulated clock; only the loop in `run` moves it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicU64>);

/// When the simulated world begins.
const BEGIN: Timestamp = Timestamp::constant(1_800_000_000, 0);

impl Clock {
    pub fn now(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }

    pub fn stamp(&self) -> Timestamp {
        BEGIN + SignedDuration::try_from(self.now()).expect("centuries are not simulated")
    }

    pub fn set(&self, to: Duration) {
        assert!(to >= self.now(), "time goes forward");
        self.0.store(u64::try_from(to.as_micros()).expect("centuries are not simulated"), Ordering::Relaxed);
    }
}

/// What the product sees of it.
pub struct SimEnv {
    pub clock: Clock,
    pub random: Mutex<Random>,
}

impl Env for SimEnv {
    fn now(&self) -> Timestamp {
        self.clock.stamp()
    }

    fn elapsed(&self) -> Duration {
        self.clock.now()
    }

    fn random(&self) -> u64 {
        self.random.lock().expect("no panic").next()
    }
}

/// Nothing in the simulated world waits, so the product's futures are ready when they are first asked.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("something waits for the real world"),
    }
}
