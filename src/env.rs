//! Time, randomness and ids: everything that is not decided by data comes through here.
//!
//! A simulation can own all three. Clippy bans the clocks of the standard library and of jiff everywhere else.

use jiff::Timestamp;
use rand::Rng;
use std::time::{Duration, Instant};

/// What a program cannot decide from its data.
pub trait Env: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// Time since an unspoken beginning; never jumps. For leases and deadlines.
    fn elapsed(&self) -> Duration;
    /// 64 random bits.
    fn random(&self) -> u64;

    /// `length` random characters of a-z and 0-9: ids and passwords. 12 hold 62 bits, 32 hold 165.
    fn token(&self, length: usize) -> String {
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(ALPHABET[usize::try_from(self.random() % 36).unwrap_or(0)])).collect()
    }
}

/// The machine's own clocks and randomness.
#[derive(Debug)]
pub struct System {
    began: Instant,
}

impl System {
    /// Begins counting [`Env::elapsed`] now.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
    #[allow(clippy::new_without_default, reason = "it reads a clock")]
    pub fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Env for System {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn random(&self) -> u64 {
        rand::rng().random()
    }
}
