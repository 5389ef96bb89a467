//! Closes the difference between what should be and what is: the Deployment Manager.
//!
//! Level-triggered. The heart is pure: [`plan::next`] decides one step for one deployment from plain data, and the
//! preview that a person confirms is the same function asked again and again ([`preview`]). Around it, [`manager`]
//! gives each deployment one run at a time and looks again after each step; [`executor`] carries a step out.
//!
//! Why one step and not a list: a list goes stale at the first surprise and then needs a second code path to repair
//! it. Looking again after each step leaves one path, and makes "crash anywhere" the normal case.

pub mod certificates;
pub mod challenges;
pub mod differs;
pub mod drift;
pub mod events;
pub mod executor;
pub mod health;
pub mod lease;
pub mod manager;
pub mod observer;
pub mod offerings;
pub mod orphans;
pub mod pager;
pub mod patience;
pub mod peers;
pub mod plan;
pub mod preview;
pub mod queue;
pub mod renewal;
pub mod retention;

pub use crate::model::fleet;
