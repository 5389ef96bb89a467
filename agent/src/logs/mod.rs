//! Dolt's log, read and followed.

pub mod follow;
pub mod line;
pub mod own;
