//! How often CloudWatch is asked.
//!
//! Pure: the time (on a clock that never jumps) and the randomness are arguments.
//!
//! Guarantees: no more than [`RATE`] calls a second over time and [`BURST`] at once; after a refusal a pause that doubles
//! up to [`LONGEST`], with jitter, and ends with the first answer.

use std::time::Duration;

/// Calls a second: a fifth of what AWS allows an account for GetMetricData, and a fifth of FilterLogEvents' in most
/// regions, because others in the account read too.
const RATE: f64 = 5.0;

/// Calls at once: a look at a large fleet over a day.
const BURST: f64 = 10.0;

/// The first pause.
const FIRST: Duration = Duration::from_secs(1);

/// The longest: as often as there is something new.
const LONGEST: Duration = Duration::from_secs(60);

/// A token bucket and a pause.
#[derive(Debug)]
pub struct Pace {
    tokens: f64,
    filled: Duration,
    failures: u32,
    until: Duration,
}

impl Pace {
    /// A full bucket.
    pub fn new(now: Duration) -> Self {
        Self { tokens: BURST, filled: now, failures: 0, until: Duration::ZERO }
    }

    /// Takes a token for a call.
    ///
    /// # Errors
    /// How long to wait for one.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let since = now.saturating_sub(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * RATE).min(BURST);
        self.filled = now;
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / RATE));
        }
        self.tokens -= 1.0;
        Ok(())
    }

    /// How long the pause after a refusal lasts still; none while there is none.
    pub fn pause(&self, now: Duration) -> Option<Duration> {
        self.until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// It was throttled, or did not answer.
    pub fn refused(&mut self, now: Duration, random: u64) {
        let whole = FIRST.saturating_mul(1 << self.failures.min(6)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // Between the whole pause and half of it, so that control planes do not come back together.
        let part = u32::try_from(random % 512).unwrap_or(0);
        self.until = now + whole * (512 + part) / 1024;
    }

    /// It has answered.
    pub fn answered(&mut self) {
        self.failures = 0;
        self.until = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pauses_double_and_end_with_an_answer() {
        let mut pace = Pace::new(Duration::ZERO);
        let mut last = Duration::ZERO;
        for _ in 0..6 {
            pace.refused(Duration::ZERO, 0);
            let pause = pace.pause(Duration::ZERO).expect("a pause");
            assert!(pause > last && pause <= LONGEST, "{pause:?}");
            last = pause;
        }
        pace.answered();
        assert_eq!(pace.pause(Duration::ZERO), None);
    }

    proptest! {
        #[test]
        fn no_more_calls_than_the_rate_allows(waits in prop::collection::vec(0_u64..400, 1..300)) {
            let mut pace = Pace::new(Duration::ZERO);
            let (mut now, mut taken) = (Duration::ZERO, 0.0);
            for wait in waits {
                now += Duration::from_millis(wait);
                if pace.take(now).is_ok() {
                    taken += 1.0;
                }
                prop_assert!(taken <= BURST + now.as_secs_f64() * RATE + 1e-6);
            }
        }
    }
}
