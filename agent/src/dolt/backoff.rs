//! How long to wait before Dolt is started again.

use std::time::Duration;

/// A crash by chance is over in a blink.
const FIRST: Duration = Duration::from_millis(250);
/// Dolt that cannot start costs the machine one attempt in this time, and is back this soon after the cause is gone.
const LONGEST: Duration = Duration::from_secs(30);
/// Dolt that ran this long did start: what ends it now is something new.
const STEADY: Duration = Duration::from_secs(60);

/// Doubles with each run that was short.
#[derive(Debug, Default)]
pub struct Backoff {
    short_runs: u32,
}

impl Backoff {
    /// The wait after a run that lasted `ran`.
    pub fn after(&mut self, ran: Duration) -> Duration {
        if ran >= STEADY {
            self.short_runs = 0;
        }
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(self.short_runs)).min(LONGEST);
        self.short_runs = self.short_runs.saturating_add(1);
        wait
    }

    /// Forgets what was: something else is started now.
    pub fn reset(&mut self) {
        self.short_runs = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_half_a_minute_and_starts_over_after_a_steady_run() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..9).map(|_| backoff.after(Duration::ZERO).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(backoff.after(STEADY), FIRST);
        assert_eq!(backoff.after(Duration::ZERO), FIRST * 2);
        for _ in 0..100 {
            assert!(backoff.after(Duration::ZERO) <= LONGEST);
        }
    }
}
