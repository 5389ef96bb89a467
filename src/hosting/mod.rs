//! Hosts a control plane on a state folder, or attaches to the one that is there.
//!
//! Whoever starts first on a state folder takes its lock, hosts the control plane and listens on `api.sock` there;
//! every later program on that folder attaches to it. When a host ends, one of those that are attached takes the lock
//! and hosts, and the others find it: each simply connects again ([`link`]).

pub mod control_plane;
mod door;
pub mod link;
mod member;
mod provider;
pub mod state_folder;
mod user;

pub use crate::reconcile::peers::Acting;
pub use control_plane::{ControlPlane, HostOptions, find_dolt};
pub use link::{Hosting, Link};
#[cfg(feature = "aws")]
pub use provider::AwsProvider;
pub use provider::Provider;
pub use state_folder::StateFolder;
pub use user::user;
