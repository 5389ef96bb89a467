//! The control plane's side of the agent's gRPC: enrolment, heartbeats, tunnel, logs.
