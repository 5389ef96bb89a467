//! Stories that a user would tell. One binary: linking is the dearest part of a test build.

mod commands;
mod sql;
mod support;
