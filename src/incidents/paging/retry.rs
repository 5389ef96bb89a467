//! What follows from one try: sent, again later, or given up.
//!
//! Pure: the jitter is a hash of the page and the try, so that the same data give the same time, and a hundred pages that
//! failed together do not come back together.

use crate::model::{Delivery, PageAction, PageState};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// The first wait. A receiver that was restarted is back by then.
const FIRST: SignedDuration = SignedDuration::from_secs(5);

/// No wait is longer: an incident does not.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);

/// Longer than this no `Retry-After` is believed: it is a slip, or meant for a machine that nobody waits for.
const MOST_PATIENT: SignedDuration = SignedDuration::from_hours(1);

/// Tries of a trigger and of an acknowledge: about ten minutes. By then the next level has been asked.
const TRIES: u32 = 8;

/// Tries of a resolve: about four hours, longer than most outages of a receiver. One that is lost leaves an incident open
/// elsewhere, and somebody awake.
const TRIES_TO_RESOLVE: u32 = 56;

/// What a receiver has answered to one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has it.
    Taken,
    /// Not now: busy, away, or nobody knows whether it arrived.
    Later {
        /// What was said, in words.
        why: String,
        /// It asked for so long.
        after: Option<SignedDuration>,
    },
    /// It never will.
    Refused {
        /// What was said, in words.
        why: String,
    },
}

/// About to be sent: this is written down before it is. Should no answer ever be written down, it is sent again when the
/// time of a failed try has passed.
#[must_use]
pub fn begun(delivery: &Delivery, now: Timestamp) -> Delivery {
    let tries = delivery.tries.saturating_add(1);
    let begun = Delivery { tries, tried: Some(now), ..delivery.clone() };
    Delivery { due: later(now, wait(&begun)), ..begun }
}

/// Answered: this is written down afterwards.
#[must_use]
pub fn answered(delivery: &Delivery, outcome: Outcome, now: Timestamp) -> Delivery {
    let (state, due, error) = match outcome {
        Outcome::Taken => (PageState::Sent, delivery.due, String::new()),
        Outcome::Refused { why } => (PageState::Refused, delivery.due, why),
        Outcome::Later { why, after } => {
            let asked = after.unwrap_or(SignedDuration::ZERO).min(MOST_PATIENT);
            let state =
                if delivery.tries >= tries(delivery.key.action) { PageState::Failed } else { PageState::Waiting };
            (state, later(now, wait(delivery).max(asked)), why)
        }
    };
    Delivery { state, due, error, ..delivery.clone() }
}

/// How often a page is tried before it counts as failed.
fn tries(action: PageAction) -> u32 {
    match action {
        PageAction::Trigger | PageAction::Acknowledge => TRIES,
        PageAction::Resolve => TRIES_TO_RESOLVE,
    }
}

/// After the first try [`FIRST`], doubling to [`LONGEST`]; the last quarter of it by the hash.
fn wait(delivery: &Delivery) -> SignedDuration {
    let doublings = delivery.tries.saturating_sub(1).min(30);
    let full = FIRST.saturating_mul(2i32.saturating_pow(doublings)).min(LONGEST);
    let hash = Sha256::digest(format!("{}#{}", delivery.key, delivery.tries));
    full - full / 4 * i32::from(hash[0]) / 256
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use proptest::prelude::*;

    fn busy(after: Option<i64>) -> Outcome {
        Outcome::Later { why: "503".to_owned(), after: after.map(SignedDuration::from_secs) }
    }

    fn now() -> Timestamp {
        sample::time(0)
    }

    #[test]
    fn a_receiver_that_says_when_is_asked_then() {
        let begun = begun(&sample::trigger("duty", 0), now());
        assert_eq!(answered(&begun, busy(Some(90)), now()).due, sample::time(90));
        assert_eq!(answered(&begun, busy(Some(1_000_000)), now()).due, sample::time(3_600));
        assert!(answered(&begun, busy(Some(0)), now()).due > now(), "nobody is asked in a loop");
    }

    #[test]
    fn what_is_refused_is_not_tried_again_and_what_is_taken_is_sent() {
        let begun = begun(&sample::trigger("duty", 0), now());
        assert_eq!(answered(&begun, Outcome::Taken, now()).state, PageState::Sent);
        let refused = answered(&begun, Outcome::Refused { why: "400".to_owned() }, now());
        assert_eq!((refused.state, refused.error.as_str()), (PageState::Refused, "400"));
    }

    #[test]
    fn trying_ends_after_minutes_for_a_trigger_and_hours_for_a_resolve() {
        for (action, least, most) in [(PageAction::Trigger, 4, 11), (PageAction::Resolve, 180, 300)] {
            let mut it = sample::trigger("duty", 0);
            it.key.action = action;
            let mut at = now();
            while it.state == PageState::Waiting {
                it = answered(&begun(&it, at), busy(None), at);
                at = if it.state == PageState::Waiting { it.due } else { at };
            }
            assert_eq!(it.state, PageState::Failed);
            let took = at.duration_since(now()).as_mins();
            assert!((least..=most).contains(&took), "{action}: {took} minutes");
        }
    }

    proptest! {
        #[test]
        fn a_wait_stays_in_its_bounds_and_is_the_same_again(tries in 1u32..100, target in "[a-z]{1,8}") {
            let it = Delivery { tries, ..sample::trigger(&target, 0) };
            prop_assert!(wait(&it) >= FIRST * 3 / 4 && wait(&it) <= LONGEST);
            prop_assert_eq!(wait(&it), wait(&it));
        }
    }
}
