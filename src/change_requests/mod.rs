//! Change requests: what merging one makes of main, and when it may be.
//!
//! Pure: the same states, resolutions and approvals give the same answer. Not here: where branches are kept (`store`),
//! what a merge means for what runs (`hosted_api::decide`, `reconcile::preview`), and landing it.

pub mod merge;
pub mod review;
pub mod settings;

pub use merge::{Choice, Conflict, Merged, Sides, State, merge};
pub use review::Review;
