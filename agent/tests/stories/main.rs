//! Stories of an agent that the control plane would tell, against a real Dolt: `DOLTOPS_DOLT`, or `dolt` on PATH.
//!
//! Agents are real processes of the program `doltops-agent`; the test is their control plane.

#![allow(clippy::expect_used, reason = "what fails here fails a test; clippy takes helpers for other code")]

mod access;
mod aws;
mod crashes;
mod deploys;
mod life;
mod people;
mod support;
