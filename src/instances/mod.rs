//! The control plane's side of the agent's gRPC: enrolment, heartbeats, tunnel, logs.
//!
//! Guarantees
//! - An agent is believed only under its own deployment's name, proven by its certificate.
//! - The identity that an instance boots with is accepted only until the agent has answered with its own.
//!
//! Not here: when to call (`reconcile`), who may ask for it (`hosted_api`).

mod agents;
mod calls;
mod connection;
mod report;

pub use agents::{AgentClient, Agents};
pub use calls::{AgentCalls, AgentError, Answer, Chains, Deploy, Logins, Requests, Target};
