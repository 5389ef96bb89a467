//! The API's server, its client, and who may do what.

pub mod client;
pub mod problem;
