//! The Instance Manager: runs one Dolt server on one instance, for the control plane alone.
//!
//! ```text
//!  control plane ──mTLS──▶ server ─▶ service ─▶ state (fence, deploy, keys)
//!                                       │          │ followed by
//!                                       │          ▼
//!                                       │       dolt::supervisor ─▶ Dolt ◀─ sql, metrics, logs, tunnel
//!                                       ├──── reads health, disk, history; never waits for Dolt
//!                                       └─▶ cloudwatch: metrics and logs of an instance on AWS
//! ```

pub mod agent;
pub mod clock;
pub mod cloudwatch;
pub mod command;
pub mod disk;
pub mod dolt;
pub mod growth;
pub mod health;
pub mod logs;
pub mod machine;
pub mod metrics;
pub mod process;
pub mod server;
pub mod service;
pub mod sql;
pub mod state;
pub mod tunnel;
pub mod user_data;
