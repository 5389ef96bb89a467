//! The two protocols of Doltops, and the names that the certificates of their parties carry.
//!
//! Not here: what the calls do. The Instance Manager's side is the crate `doltops-agent`, the Hosted API's the crate
//! `doltops`.

pub mod identity;

/// The Instance Manager: the control plane calls, the agent answers.
#[allow(clippy::all, clippy::pedantic, missing_docs)]
pub mod instance_manager {
    tonic::include_proto!("doltops.instance_manager.v1");
}

/// The Hosted API: people and programs call, the control plane answers.
#[allow(clippy::all, clippy::pedantic, missing_docs)]
pub mod hosted_api {
    tonic::include_proto!("doltops.hosted_api.v1");
}

/// Both protocols' descriptors, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// No message is larger: a tunnel's frame is 64 KiB, a fleet of 10,000 rows with sparklines about 20 MiB.
pub const MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// The largest piece of a tunnel's bytes in one message.
pub const TUNNEL_FRAME: usize = 64 * 1024;
