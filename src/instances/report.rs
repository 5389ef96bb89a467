//! Reads an agent's answer into the model's own types.

use super::Answer;
use crate::model::{AgentReport, Applied, DoltState, Epoch, Generation, Incarnation, Sample, Trust};
use doltops_proto::instance_manager::{self as wire, HeartbeatResponse, dolt::State};
use jiff::Timestamp;

/// From this protocol on an agent can be given another identity, and its database other logins, on demand.
const RENEWS: u32 = 1;

/// The answer as it was heard at `now`, from an agent that has shown its own certificate or not.
pub fn read(answer: HeartbeatResponse, enrolled: bool, now: Timestamp) -> Answer {
    let dolt = answer.dolt.unwrap_or_default();
    let disk = answer.disk.unwrap_or_default();
    let report = AgentReport {
        heard: now,
        incarnation: Incarnation(answer.incarnation),
        enrolled,
        agent_version: answer.agent_version,
        epoch: Epoch(answer.epoch),
        generation: Generation(answer.generation),
        dolt: match dolt.state() {
            State::Unspecified | State::NotDeployed => DoltState::NotDeployed,
            State::Starting => DoltState::Starting,
            State::Up => DoltState::Up,
            State::Down => DoltState::Down,
        },
        dolt_since: time(dolt.since_ms),
        dolt_version: dolt.version,
        dolt_pid: dolt.pid,
        dolt_restarts: dolt.restarts,
        last_error: dolt.last_error,
        disk_used: disk.used_bytes,
        disk_total: disk.total_bytes,
        disk_lost: disk.lost,
        applied: answer.applied.map(|applied| Applied {
            settings: applied.settings,
            restart_id: applied.restart_id,
            volume_bytes: applied.volume_bytes,
            certificate_serial: applied.certificate_serial,
            certificate_not_before: time(applied.certificate_not_before_ms),
            certificate_not_after: time(applied.certificate_not_after_ms),
            certificate_names: applied.certificate_names,
        }),
        // What its handshake has shown is known to whoever has the connection.
        trust: enrolled.then_some(Trust {
            number: 0,
            in_step: true,
            database: true,
            renews: answer.protocol >= RENEWS,
        }),
        credentials_until: (answer.credentials_until_ms > 0).then(|| time(answer.credentials_until_ms)),
    };
    Answer { report, samples: answer.samples.iter().map(sample).collect() }
}

/// A sample as the agent sends it.
fn sample(sample: &wire::Sample) -> Sample {
    Sample {
        time: time(sample.time_ms),
        cpu_percent: sample.cpu_percent,
        memory_bytes: sample.memory_bytes,
        disk_bytes: sample.disk_bytes,
        connections: sample.connections,
        queries_per_second: sample.queries_per_second,
        latency_p50_ms: sample.latency_p50_ms,
        latency_p99_ms: sample.latency_p99_ms,
    }
}

/// A time that someone else says; one that cannot be is the beginning of time.
fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
