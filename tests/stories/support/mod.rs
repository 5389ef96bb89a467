//! Starts what stories run against.

pub mod dolt;
pub mod fake_api;
pub mod film;
pub mod orders;
pub mod sandbox;
pub mod screen;
pub mod writer;
