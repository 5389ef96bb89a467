//! EC2's types as the model's: pure.
//!
//! Guarantees: whatever field is missing, nothing panics; what cannot be told whose it is, is left out.

mod address;
mod copy;
mod instance;
mod view;
mod volume;

pub use address::address;
pub use copy::copy;
pub use instance::{instance, state};
pub use view::{Told, view};
pub use volume::{attachment, volume};

use aws_sdk_ec2::primitives::DateTime;
use jiff::Timestamp;

/// AWS's time; the beginning of time where it is none.
pub fn time(time: Option<&DateTime>) -> Timestamp {
    let known = time.and_then(|time| Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok());
    known.unwrap_or(Timestamp::UNIX_EPOCH)
}

/// EC2's sizes are never negative.
fn gib(size: Option<i32>) -> u32 {
    size.and_then(|size| u32::try_from(size).ok()).unwrap_or_default()
}
