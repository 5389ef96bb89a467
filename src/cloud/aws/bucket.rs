//! A token bucket that learns how much AWS lets through.
//!
//! Pure: it is told the time. Guarantees: never more calls than `burst` at once and `rate` a second; after AWS has
//! throttled, half of that, and again half for each later second in which it still does; then slowly more.
//!
//! Why not the SDK's adaptive retries: they slow down each client by itself, tell nobody, and repeat calls that must not
//! be repeated (see `calls`).

use std::time::Duration;

/// What one of AWS's own buckets holds, and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Calls at once.
    pub burst: f64,
    /// Calls a second.
    pub rate: f64,
}

/// Throttled calls that were sent together tell one thing together.
const ONE_TELLING: Duration = Duration::from_secs(1);

/// An account that others use up wholly must still be asked now and then: once in 3 s at 20 a second.
const SLOWEST: f64 = 1.0 / 64.0;

/// The share of the full rate that comes back each second: from the slowest to full in half a minute. Quicker would be
/// throttled again while others still press; AWS's own buckets take seconds to fill.
const RECOVERY: f64 = 1.0 / 30.0;

/// Calls that are allowed now.
#[derive(Clone, Debug)]
pub struct Bucket {
    limits: Limits,
    /// Of `limits.rate`, at `at`.
    share: f64,
    /// Below zero: as many calls wait.
    level: f64,
    at: Duration,
    throttled: Option<Duration>,
}

impl Bucket {
    /// A full one.
    pub fn new(limits: Limits, now: Duration) -> Self {
        Self { limits, share: 1.0, level: limits.burst, at: now, throttled: None }
    }

    /// Takes a place; gives how long to wait until it comes up. An error, and no place, when that is longer than
    /// `longest`.
    pub fn take(&mut self, now: Duration, longest: Duration) -> Result<Duration, Duration> {
        self.fill(now);
        let wait = Duration::from_secs_f64((1.0 - self.level).max(0.0) / self.rate());
        if wait > longest {
            return Err(wait);
        }
        self.level -= 1.0;
        Ok(wait)
    }

    /// AWS has throttled a call.
    pub fn throttled(&mut self, now: Duration) {
        self.fill(now);
        if self.throttled.is_none_or(|last| now.saturating_sub(last) >= ONE_TELLING) {
            self.share = (self.share / 2.0).max(SLOWEST);
            self.throttled = Some(now);
        }
        // AWS's own bucket is empty.
        self.level = self.level.min(0.0);
    }

    fn rate(&self) -> f64 {
        self.limits.rate * self.share
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.level = (self.level + passed * self.rate()).min(self.limits.burst);
        self.share = (self.share + passed * RECOVERY).min(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { burst: 5.0, rate: 2.0 };
    const PATIENT: Duration = Duration::from_secs(1000);

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut bucket = Bucket::new(LIMITS, at(0.0));
        let waits: Vec<f64> = (0..8).map(|_| bucket.take(at(0.0), PATIENT).expect("patient").as_secs_f64()).collect();
        assert_eq!(waits, [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.5]);
    }

    #[test]
    fn who_would_wait_too_long_takes_no_place() {
        let mut bucket = Bucket::new(Limits { burst: 1.0, rate: 1.0 }, at(0.0));
        assert_eq!(bucket.take(at(0.0), at(0.5)), Ok(at(0.0)));
        assert_eq!(bucket.take(at(0.0), at(0.5)), Err(at(1.0)));
        assert_eq!(bucket.take(at(0.0), at(0.5)), Err(at(1.0)), "the one before took none");
    }

    #[test]
    fn throttling_halves_the_rate_once_a_second_and_it_comes_back() {
        let mut bucket = Bucket::new(LIMITS, at(0.0));
        bucket.throttled(at(0.0));
        bucket.throttled(at(0.1));
        assert!((0.9..1.1).contains(&bucket.rate()), "one telling: {}", bucket.rate());
        for second in 1..60 {
            bucket.throttled(at(f64::from(second)));
        }
        assert!(bucket.rate() >= LIMITS.rate * SLOWEST, "it never stops: {}", bucket.rate());
        assert!(bucket.take(at(60.0), PATIENT).expect("patient") > at(1.0), "it is slow");
        bucket.fill(at(100.0));
        assert!((bucket.rate() - LIMITS.rate).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn no_more_than_burst_and_rate_in_any_time(gaps in proptest::collection::vec(0.0..2.0, 1..200)) {
            let mut bucket = Bucket::new(LIMITS, at(0.0));
            let mut now = 0.0;
            let mut sent: Vec<f64> = Vec::new();
            for gap in gaps {
                now += gap;
                sent.push(now + bucket.take(at(now), PATIENT).expect("patient").as_secs_f64());
            }
            for (first, begin) in sent.iter().enumerate() {
                for (last, end) in sent.iter().enumerate().skip(first) {
                    let allowed = LIMITS.burst + (end - begin) * LIMITS.rate;
                    prop_assert!((last - first + 1) as f64 <= allowed + 1.0, "{} in {} s", last - first + 1, end - begin);
                }
            }
        }
    }
}
