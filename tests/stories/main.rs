//! Stories that a user would tell. One binary: linking is the dearest part of a test build.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "in a test that is how it fails")]

mod commands;
mod sql;
mod support;
