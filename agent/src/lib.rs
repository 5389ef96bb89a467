//! The Instance Manager: runs one Dolt server on one instance, for the control plane alone.

pub mod clock;
pub mod machine;
pub mod process;
pub mod user_data;
