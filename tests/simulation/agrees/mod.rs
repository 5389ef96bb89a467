//! What is simulated answers as the real thing does: one suite for both, whose answers are compared line by line.
//!
//! A simulation that is kinder than the world proves nothing, and one that is harsher finds what is not there. Where the
//! two may differ, it is said beside the suite and why.

#[cfg(feature = "aws")]
mod cloud;
mod store;
