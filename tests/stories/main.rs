//! Stories that a user would tell, against the real servers. One binary: linking is most of what a test binary costs.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "in a test that is how it fails")]

mod access;
mod architecture;
mod architecture_clone;
#[cfg(feature = "aws")]
mod aws;
mod bad_input;
mod change_requests;
mod chaos;
mod checks;
mod clone;
mod commands;
mod console;
mod console_keys;
mod console_marks;
mod console_moving;
mod console_requests;
mod event;
mod history;
mod hosting;
#[cfg(feature = "aws")]
mod iam;
mod incidents;
mod listeners;
mod local_cloud;
mod lost_races;
mod main_job;
mod manifest;
mod manifest_decided;
mod night;
mod packaging;
mod paging;
mod past;
mod recovery;
mod rotation;
#[path = "../simulation/mod.rs"]
mod simulation;
mod sql;
mod sql_console;
mod store;
mod store_standby;
mod support;
mod triage;
mod undo;
