//! How long the reconciler leaves alone what is under way. Pure.
//!
//! What takes seconds is looked at so often that nobody notices a delay; what takes minutes costs little: a frozen
//! agent may stay away for days.

use std::time::Duration;

/// Below what a person notices as a delay.
const SHORTEST: Duration = Duration::from_millis(250);

/// Well below the resync, which looks at everything anyhow; news from an agent do not wait for it.
const LONGEST: Duration = Duration::from_secs(10);

/// The next look comes after this share of the time that was waited so far, so that no wait grows by more than that.
const SHARE: u32 = 8;

/// A step that was done shows within moments: an agent restarts Dolt in about a tenth of a second.
const EFFECT: Duration = Duration::from_secs(2);

/// Doing it again restarts a database at worst: seldom enough to let it be used in between.
const LONGEST_EFFECT: Duration = Duration::from_secs(60);

/// When to look again at what was waited for this long.
pub fn look_again(waited: Duration) -> Duration {
    (waited / SHARE).clamp(SHORTEST, LONGEST)
}

/// How long a step that was done has time to show before it is done again; `times`: how often it was done in a row.
pub fn effect(times: u32) -> Duration {
    EFFECT.saturating_mul(2u32.saturating_pow(times.saturating_sub(1))).min(LONGEST_EFFECT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour of waiting is some 400 looks, not 14,400; and a wait of two seconds is not a moment longer for it.
    #[test]
    fn what_waits_long_is_looked_at_less_often() {
        let (mut waited, mut looks) = (Duration::ZERO, 0);
        while waited < Duration::from_secs(2) {
            assert_eq!(look_again(waited), SHORTEST);
            waited += SHORTEST;
        }
        while waited < Duration::from_secs(3600) {
            waited += look_again(waited);
            looks += 1;
        }
        assert!(looks < 420, "{looks}");
    }

    #[test]
    fn a_step_without_effect_is_done_ever_less_often() {
        let waits: Vec<u64> = (1..8).map(|times| effect(times).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
    }
}
