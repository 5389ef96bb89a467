//! Stories that a user would tell, against the real servers. One binary: linking is most of what a test binary costs.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "in a test that is how it fails")]

mod commands;
mod console;
mod local_cloud;
mod main_job;
#[path = "../simulation/mod.rs"]
mod simulation;
mod sql;
mod store;
mod support;
