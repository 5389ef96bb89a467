//! Doltops: a terminal operations console for a fleet of hosted Dolt databases.
//!
//! The same program is the control surface and the reconciler. `docs/architecture.md` draws the house.

pub mod certificates;
pub mod change_requests;
pub mod checks;
pub mod cli;
pub mod clone;
pub mod cloud;
pub mod config;
pub mod console;
pub mod doctor;
pub mod dolt_binary;
pub mod env;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod hosted_api;
pub mod hosting;
pub mod incidents;
pub mod instances;
pub mod manifest;
pub mod model;
pub mod reconcile;
pub mod secrets;
pub mod sql;
pub mod start;
pub mod store;
pub mod telemetry;
