//! The one place of this crate that reads the clocks.

use jiff::Timestamp;
use std::time::Instant;

/// The wall clock.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A clock that never jumps.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]
pub fn instant() -> Instant {
    Instant::now()
}
