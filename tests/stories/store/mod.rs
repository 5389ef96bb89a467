//! The store in a real Dolt.

mod branches;
mod clone;
mod history;
mod incidents;
mod landing;
mod leasing;
mod merge_steps;
mod pages;
mod server;
pub mod support;
mod telling;
mod then;
mod whatever;
mod wire;
