//! AWS and Let's Encrypt as far as they can stand on one machine.

pub mod keeper;
