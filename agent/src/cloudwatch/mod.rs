//! What an instance on AWS tells CloudWatch: Dolt's metrics by the agent itself, the machine's metrics and the logs by
//! the CloudWatch Agent, which the agent configures.
//!
//! ```text
//!  poller ─samples─▶ buffer ─minutes─▶ sender ─PutMetricData─▶ CloudWatch
//!                                         ▲ live
//!  SetCredentials ─▶ state::credentials ──┴─▶ files ─▶ agent_config, credentials_file ─▶ CloudWatch Agent
//! ```

pub mod agent_config;
pub mod buffer;
pub mod credentials_file;
pub mod files;
pub mod https;
pub mod metric;
pub mod minute;
pub mod sender;
