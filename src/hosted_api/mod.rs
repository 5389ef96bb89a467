//! The API's server, its client, and who may do what.
//!
//! Everything that a person or a program asks for goes through here: the console and the commands never touch the
//! store or the cloud. A change is decided purely ([`decide`]), shown as a plan ([`planned`]) and landed as one commit,
//! some only with a typed word ([`confirm`]).

pub mod access;
pub mod as_of;
pub mod blame;
pub mod client;
mod confirm;
pub mod convert;
pub mod cost;
pub mod decide;
pub mod desired_diff;
pub mod heir;
pub mod listener;
pub mod on_clone;
mod places;
pub mod planned;
pub mod post_mortem;
pub mod problem;
pub mod serve;
pub mod server;
mod sparkline;
pub mod transport;
pub mod undone;
pub mod view;
