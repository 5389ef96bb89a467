//! Heartbeat: what is known now, in the protocol's words. Asks nobody.

use crate::{
    agent::Agent,
    disk,
    dolt::condition::State,
    health::Report,
    metrics::{Sample, history::thin},
    state::deployed::Deployed,
};
use doltops_proto::instance_manager as proto;
use std::sync::PoisonError;

/// The protocol's bound.
const MOST_SAMPLES: usize = 200;
/// What a caller without a time gets: a console's sparkline.
const RECENT_MS: i64 = 15 * 60 * 1000;

/// Which calls this agent knows: RenewIdentity and RenewLogins came with the first number.
const PROTOCOL: u32 = 1;

pub(super) async fn heartbeat(agent: &Agent, samples_after_ms: i64) -> proto::HeartbeatResponse {
    let deployed = agent.deployments.newest();
    let report = agent.health.borrow().clone();
    let volume_bytes = deployed.as_ref().map_or(0, |deployed| deployed.volume_bytes);
    let after = if samples_after_ms > 0 {
        samples_after_ms
    } else {
        crate::clock::now().as_millisecond().saturating_sub(RECENT_MS)
    };
    let samples = agent.history.lock().unwrap_or_else(PoisonError::into_inner).since(after);
    proto::HeartbeatResponse {
        deployment_id: agent.deployment_id.clone(),
        incarnation: agent.incarnation,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        epoch: agent.fence.seen().await.epoch,
        generation: deployed.as_ref().map_or(0, |deployed| deployed.generation),
        applied: deployed.as_deref().and_then(|deployed| applied(deployed, &report)),
        dolt: Some(dolt(report, &agent.growth.borrow())),
        disk: Some(proto::Disk {
            used_bytes: *agent.disk.borrow(),
            total_bytes: disk::total(&agent.machine, volume_bytes),
            lost: disk::lost(&agent.machine),
        }),
        samples: thin(samples, MOST_SAMPLES).into_iter().map(sample).collect(),
        machine: Some(proto::Machine {
            memory_bytes: agent.machine.memory_bytes,
            max_connections: agent.machine.max_connections,
        }),
        protocol: PROTOCOL,
        credentials_until_ms: agent.credentials.newest().map_or(0, |given| given.until.as_millisecond()),
    }
}

fn dolt(report: Report, growth: &str) -> proto::Dolt {
    let state = match report.state {
        State::NotDeployed => proto::dolt::State::NotDeployed,
        State::Starting => proto::dolt::State::Starting,
        State::Up => proto::dolt::State::Up,
        State::Down => proto::dolt::State::Down,
    };
    proto::Dolt {
        state: state.into(),
        since_ms: report.since.as_millisecond(),
        version: report.version,
        pid: report.running.map_or(0, |running| running.process.pid),
        memory_bytes: report.memory,
        restarts: report.restarts,
        // Dolt's own trouble first: it may be for want of that very room, and says more.
        last_error: if report.last_error.is_empty() { growth.to_owned() } else { report.last_error },
    }
}

/// What the running Dolt was started with, and what of the rest is done.
fn applied(deployed: &Deployed, report: &Report) -> Option<proto::Applied> {
    let launch = &report.running.as_ref()?.record.launch;
    Some(proto::Applied {
        settings: launch.settings.clone(),
        restart_id: launch.restart_id.clone(),
        // Only told to the agent; nothing has to be restarted for it.
        volume_bytes: deployed.volume_bytes,
        certificate_not_before_ms: launch.certificate.not_before_ms,
        certificate_not_after_ms: launch.certificate.not_after_ms,
        certificate_serial: launch.certificate.serial.clone(),
        admin_user: deployed.proven.as_ref().map(|proven| proven.user.clone()).unwrap_or_default(),
        certificate_names: launch.certificate.names.clone(),
    })
}

pub(super) fn sample(sample: Sample) -> proto::Sample {
    proto::Sample {
        time_ms: sample.time_ms,
        cpu_percent: sample.cpu_percent,
        memory_bytes: sample.memory_bytes,
        disk_bytes: sample.disk_bytes,
        connections: sample.connections,
        queries_per_second: sample.queries_per_second,
        latency_p50_ms: sample.latency_p50_ms,
        latency_p99_ms: sample.latency_p99_ms,
    }
}
