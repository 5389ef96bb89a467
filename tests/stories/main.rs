//! Stories that a user would tell, against the real servers. One binary: linking is most of what a test binary costs.

mod commands;
mod local_cloud;
mod main_job;
mod sql;
mod store;
mod support;
