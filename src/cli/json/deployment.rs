//! A deployment, and the fleet.

use super::{Step, counted, known};
use crate::cli::text::rfc3339;
use doltops_proto::hosted_api as api;
use serde::Serialize;
use std::collections::BTreeMap;

/// `list`, `get`, and the lines of `watch`.
#[derive(Debug, Serialize)]
pub struct Deployment {
    pub name: String,
    pub id: String,
    pub health: String,
    pub phase: String,
    pub desired: Desired,
    pub observed: Observed,
    pub generation: u64,
    pub commit: Option<String>,
    pub why: Option<String>,
    pub health_since: Option<String>,
    pub seen: Option<String>,
    pub plan: Vec<Step>,
    pub failure: Option<StepFailure>,
    pub drift: Vec<Drift>,
    pub coming: Vec<String>,
    pub connect_command: Option<String>,
    pub clone_command: Option<String>,
}

/// What should be.
#[derive(Debug, Serialize)]
pub struct Desired {
    pub instance_type: String,
    pub volume_gib: u32,
    pub power: String,
    pub protected: bool,
    pub paused: bool,
    pub certificate: String,
    pub settings: BTreeMap<String, String>,
    pub deleting: bool,
}

/// What is.
#[derive(Debug, Serialize)]
pub struct Observed {
    pub instance_id: Option<String>,
    pub instance_type: Option<String>,
    pub volume_gib: Option<u32>,
    pub address: Option<String>,
    pub port: Option<u32>,
    pub dolt_version: Option<String>,
    pub volume_id: Option<String>,
    pub instance_state: Option<String>,
    pub host_name: Option<String>,
    pub disk_used_bytes: u64,
    pub disk_total_bytes: u64,
    pub dolt_since: Option<String>,
    pub certificate_serial: Option<String>,
    pub certificate_not_before: Option<String>,
    pub certificate_not_after: Option<String>,
    pub zone: Option<String>,
    pub stands_in: Option<String>,
    pub dolt_pid: Option<u32>,
    pub agent_pid: Option<u32>,
    pub dolt_restarts: u32,
    pub last_error: Option<String>,
}

/// Something that is otherwise than it was written down, though nobody asked for it here.
#[derive(Debug, Serialize)]
pub struct Drift {
    pub what: String,
    pub expected: String,
    pub seen: String,
    pub remedy: String,
}

/// A step that did not work and is tried again.
#[derive(Debug, Serialize)]
pub struct StepFailure {
    pub step: String,
    pub error: String,
    pub times: u32,
    pub next_try: Option<String>,
}

impl From<&api::Deployment> for Deployment {
    fn from(it: &api::Deployment) -> Self {
        Self {
            name: it.name.clone(),
            id: it.id.clone(),
            health: it.health.clone(),
            phase: it.phase.clone(),
            desired: it.desired.clone().unwrap_or_default().into(),
            observed: it.observed.clone().unwrap_or_default().into(),
            generation: it.generation,
            commit: known(&it.commit),
            why: known(&it.why),
            health_since: rfc3339(it.health_since_ms),
            seen: rfc3339(it.seen_ms),
            plan: it.plan.iter().map(Step::from).collect(),
            failure: it.failure.as_ref().map(|failure| StepFailure {
                step: failure.step.clone(),
                error: failure.error.clone(),
                times: failure.times,
                next_try: rfc3339(failure.next_try_ms),
            }),
            drift: it
                .drift
                .iter()
                .map(|drift| Drift {
                    what: drift.what.clone(),
                    expected: drift.expected.clone(),
                    seen: drift.seen.clone(),
                    remedy: drift.remedy.clone(),
                })
                .collect(),
            coming: it.coming.clone(),
            connect_command: known(&it.connect_command),
            clone_command: known(&it.clone_command),
        }
    }
}

impl From<api::Desired> for Desired {
    fn from(it: api::Desired) -> Self {
        Self {
            instance_type: it.instance_type,
            volume_gib: it.volume_gib,
            power: it.power,
            protected: it.protected,
            paused: it.paused,
            certificate: it.certificate,
            settings: it.settings,
            deleting: it.deleting,
        }
    }
}

impl From<api::Observed> for Observed {
    fn from(it: api::Observed) -> Self {
        Self {
            instance_id: known(&it.instance_id),
            instance_type: known(&it.instance_type),
            volume_gib: counted(it.volume_gib),
            address: known(&it.address),
            port: counted(it.port),
            dolt_version: known(&it.dolt_version),
            volume_id: known(&it.volume_id),
            instance_state: known(&it.instance_state),
            host_name: known(&it.host_name),
            disk_used_bytes: it.disk_used_bytes,
            disk_total_bytes: it.disk_total_bytes,
            dolt_since: rfc3339(it.dolt_since_ms),
            certificate_serial: known(&it.certificate_serial),
            certificate_not_before: rfc3339(it.certificate_not_before_ms),
            certificate_not_after: rfc3339(it.certificate_not_after_ms),
            zone: known(&it.zone),
            stands_in: known(&it.stands_in),
            dolt_pid: counted(it.dolt_pid),
            agent_pid: counted(it.agent_pid),
            dolt_restarts: it.dolt_restarts,
            last_error: known(&it.last_error),
        }
    }
}

/// A line of `watch`: the whole fleet.
#[derive(Debug, Serialize)]
pub struct Fleet {
    pub deployments: Vec<Deployment>,
    pub commit: String,
    pub as_of: Option<String>,
    pub store: String,
    pub lease: String,
}

impl From<&api::WatchResponse> for Fleet {
    fn from(it: &api::WatchResponse) -> Self {
        Self {
            deployments: it.deployments.iter().map(Deployment::from).collect(),
            commit: it.commit.clone(),
            as_of: rfc3339(it.as_of_ms),
            store: it.store.clone(),
            lease: it.lease.clone(),
        }
    }
}
