//! Simulated time and randomness: tokio's paused clock, and the product's own `Env` over it.
//!
//! Time passes only when nobody has anything to do, and then at once to the next moment at which somebody has.

use super::random::Random;
use doltops::env::Env;
use jiff::{SignedDuration, Timestamp};
use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// The simulated clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
}

/// When the simulated world begins.
const BEGIN: Timestamp = Timestamp::constant(1_800_000_000, 0);

impl Clock {
    /// Begins now. Only within [`simulate`].
    pub fn new() -> Self {
        Self { began: Instant::now() }
    }

    pub fn now(self) -> Duration {
        self.began.elapsed()
    }

    pub fn stamp(self) -> Timestamp {
        BEGIN + SignedDuration::try_from(self.now()).expect("centuries are not simulated")
    }

    pub async fn until(self, then: Duration) {
        tokio::time::sleep_until(self.began + then).await;
    }
}

/// What the product sees of it.
pub struct SimEnv {
    /// None: time stands still, before any world has begun.
    pub clock: Option<Clock>,
    pub random: Mutex<Random>,
    /// How far off its wall clock is, in seconds.
    pub skew: Arc<AtomicI64>,
    /// It never sees time pass: a process that is broken on purpose, and holds its lease for ever.
    pub timeless: bool,
}

impl Env for SimEnv {
    fn now(&self) -> Timestamp {
        let skew = SignedDuration::from_secs(self.skew.load(Ordering::Relaxed));
        self.clock.map_or(BEGIN, Clock::stamp) + skew
    }

    fn elapsed(&self) -> Duration {
        self.clock.filter(|_| !self.timeless).map_or(Duration::ZERO, Clock::now)
    }

    fn random(&self) -> u64 {
        self.random.lock().expect("no panic").next()
    }
}

thread_local! {
    static PANICS: Cell<u64> = const { Cell::new(0) };
}

/// How often something has panicked in this thread: a task's panic ends the task and nothing else.
pub fn panics() -> u64 {
    PANICS.get()
}

/// Runs a simulated world: one thread, so that the same seed is the same run.
pub fn simulate<T>(world: impl Future<Output = T>) -> T {
    static COUNTED: Once = Once::new();
    COUNTED.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            told(panic);
        }));
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(world)
}

/// What waits for nothing is ready when it is first asked.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("something waits for the real world"),
    }
}
