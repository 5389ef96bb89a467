//! The store in a real Dolt.

mod branches;
mod clone;
mod history;
mod incidents;
mod landing;
mod leasing;
mod pages;
mod server;
mod support;
mod telling;
mod then;
mod whatever;
