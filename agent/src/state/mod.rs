//! What the agent keeps on disk, across its restarts.

pub mod credentials;
pub mod deployed;
pub mod fence;
pub mod files;
pub mod folder;
pub mod keys;
