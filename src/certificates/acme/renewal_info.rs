//! When the authority wants a certificate renewed (ARI, RFC 9773), remembered for as long as it asks to.
//!
//! An authority that has to revoke certificates says so here first: its window is then in the past.

use super::{
    order::{Failed, Kind},
    words,
};
use crate::{certificates::Chain, model::Suggested};
use instant_acme::{Account, CertificateIdentifier, Error};
use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time;

/// One small answer without a signature.
const ANSWER: Duration = Duration::from_secs(10);

/// The authority's word is asked for again no sooner and no later than this, whatever it says (RFC 9773, 4.3.2).
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// One that has no word on renewals may have it one day.
const HAS_NONE: SignedDuration = LONGEST;

/// What was said of each certificate.
#[derive(Default)]
pub struct Windows(Mutex<BTreeMap<String, Known>>);

struct Known {
    suggested: Option<Suggested>,
    fresh_until: Timestamp,
}

impl Windows {
    /// What was said of `chain`, while that is fresh.
    pub fn fresh(&self, chain: &Chain, now: Timestamp) -> Option<Option<Suggested>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&chain.serial).filter(|known| now < known.fresh_until).map(|known| known.suggested)
    }

    /// Asks the authority.
    ///
    /// # Errors
    /// When it does not answer, or not sensibly.
    pub async fn ask(&self, account: &Account, chain: &Chain, now: Timestamp) -> Result<Option<Suggested>, Failed> {
        let leaf = CertificateDer::from(chain.leaf());
        let Ok(id) = CertificateIdentifier::try_from(&leaf) else {
            return Ok(self.remember(chain, None, now, HAS_NONE));
        };
        let answer = time::timeout(ANSWER, account.renewal_info(&id)).await.map_err(|_| words::silent(ANSWER))?;
        let (info, again) = match answer {
            Ok(answer) => answer,
            Err(Error::Unsupported(_)) => return Ok(self.remember(chain, None, now, HAS_NONE)),
            Err(error) => return Err(words::of(&error)),
        };
        let time = |time: ::time::OffsetDateTime| Timestamp::from_second(time.unix_timestamp());
        let (Ok(from), Ok(until)) = (time(info.suggested_window.start), time(info.suggested_window.end)) else {
            let what = "the authority's renewal window is out of time".to_owned();
            return Err(Failed { kind: Kind::Refused, what, until: None });
        };
        let again = SignedDuration::try_from(again).unwrap_or(LONGEST);
        let suggested = Suggested { at: within(&chain.serial, from, until), until };
        Ok(self.remember(chain, Some(suggested), now, again))
    }

    fn remember(
        &self,
        chain: &Chain,
        suggested: Option<Suggested>,
        now: Timestamp,
        again: SignedDuration,
    ) -> Option<Suggested> {
        let fresh_until = now.saturating_add(again.clamp(SHORTEST, LONGEST)).unwrap_or(Timestamp::MAX);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Of certificates that were replaced nobody asks any more.
        known.retain(|_, known| now < known.fresh_until);
        known.insert(chain.serial.clone(), Known { suggested, fresh_until });
        suggested
    }
}

/// A moment in the window: by chance, so that the fleet is spread over it, and the same for a certificate each time.
fn within(serial: &str, from: Timestamp, until: Timestamp) -> Timestamp {
    let length = i128::from(until.as_second() - from.as_second()).max(0);
    let hash = Sha256::digest(serial);
    let chance = hash.iter().take(4).fold(0i128, |number, byte| (number << 8) | i128::from(*byte));
    let seconds = i64::try_from((length * chance) >> 32).unwrap_or(0);
    from.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_moment_is_in_the_window_and_stays(serial in "[0-9a-f]{32}", from in 0i64..2_000_000_000, length in 0i64..10_000_000) {
            let (from, until) = (Timestamp::constant(from, 0), Timestamp::constant(from + length, 0));
            let at = within(&serial, from, until);
            prop_assert!(from <= at && at <= until);
            prop_assert_eq!(at, within(&serial, from, until));
        }
    }
}
