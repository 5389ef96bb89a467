//! Starts what stories run against.

pub mod dolt;
pub mod fake_api;
pub mod film;
pub mod orders;
pub mod paged;
pub mod pair;
pub mod sandbox;
pub mod screen;
#[path = "../../../src/console/tests/svg.rs"]
mod svg;
pub mod writer;
