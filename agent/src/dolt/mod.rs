//! One Dolt server: how it is configured, started, watched and started again.

pub mod backoff;
pub mod condition;
pub mod config;
pub mod environment;
pub mod launch;
pub mod log;
pub mod run;
pub mod supervisor;
