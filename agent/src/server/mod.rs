//! The agent's port: mTLS, its limits, and who may call.

pub mod callers;
pub mod identity;
pub mod incoming;
pub mod serve;
pub mod trust;
