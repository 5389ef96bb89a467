//! Between the protocol's messages and the model's types.
//!
//! What comes from outside is checked here: each wrong argument is named by its field.

use super::{
    planned::Planned,
    problem::{Kind, Problem},
    sparkline,
};
use crate::{
    model::{
        BranchName, CellChange, CertificateKind, Change, CommitHash, CommitPrefix, DeploymentId, DeploymentName,
        Desired, Drift, InstanceType, OperationId, Power, Refusal, Sample, Seen, StandsIn, spec,
    },
    reconcile::{events::Event, fleet::Row, renewal},
    store::StoreError,
};
use doltops_proto::hosted_api::{self as wire, change::Change as Asked};
use jiff::Timestamp;
use std::{net::IpAddr, path::Path};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let what = error.to_string();
        match error {
            StoreError::NoSuchCommit(_) => Problem { field: "to".to_owned(), ..Problem::new(Kind::NotFound, what) },
            StoreError::Ambiguous(_) => Problem::invalid("to", what).next("type more of it"),
            StoreError::OldSchema { .. } => Problem::invalid("to", what),
            StoreError::Conflict => Problem::new(Kind::Refused, what).next("look again and repeat"),
            StoreError::LeaseLost => Problem::new(Kind::Refused, what),
            StoreError::Unavailable(_) => {
                Problem::new(Kind::Unreachable, what).next("it is tried again; a repeat of the request is safe")
            }
            StoreError::Broken(_) => Problem::new(Kind::Failed, what),
        }
    }
}

/// Reads a change. The commit of a roll-back is a whole hash here, and an undo names its operation: see
/// `Server::read_change`.
///
/// # Errors
/// Names the argument that is wrong.
pub fn change(change: Option<wire::Change>) -> Result<Change, Refusal> {
    let asked = change.and_then(|change| change.change);
    Ok(match asked.ok_or_else(|| Refusal::invalid("change", "nothing was asked for"))? {
        Asked::Create(create) => Change::Create {
            name: create.name.parse()?,
            instance_type: Some(create.instance_type).filter(|name| !name.is_empty()),
            volume_gib: create.volume_gib.map(spec::volume_gib).transpose()?,
            certificate: match create.certificate.as_str() {
                "" => CertificateKind::SelfSigned,
                word => word.parse()?,
            },
            settings: create.settings,
            power: match create.power.as_str() {
                "" => Power::Running,
                word => word.parse()?,
            },
        },
        Asked::Resize(resize) => Change::Resize {
            name: existing(&resize.name)?,
            instance_type: resize.instance_type,
            volume_gib: resize.volume_gib.map(spec::volume_gib).transpose()?,
        },
        Asked::Set(set) => Change::Set { name: existing(&set.name)?, settings: set.settings },
        Asked::Stop(it) => Change::Stop(existing(&it.name)?),
        Asked::Start(it) => Change::Start(existing(&it.name)?),
        Asked::Restart(it) => Change::Restart(existing(&it.name)?),
        Asked::Pause(it) => Change::Pause(existing(&it.name)?),
        Asked::Resume(it) => Change::Resume(existing(&it.name)?),
        Asked::Protect(it) => Change::Protect(existing(&it.name)?),
        Asked::Unprotect(it) => Change::Unprotect(existing(&it.name)?),
        Asked::Delete(delete) => Change::Delete { name: existing(&delete.name)?, confirm: delete.confirm },
        Asked::RollBack(back) => Change::RollBack {
            name: match (back.all, back.name.as_str()) {
                (true, "") => None,
                (false, "") => return Err(Refusal::invalid("name", "a name is needed, or all")),
                (true, _) => return Err(Refusal::invalid("name", "a name and all cannot be asked for together")),
                (false, name) => Some(existing(name)?),
            },
            to: named("to", back.to.parse())?,
            confirm: back.confirm,
        },
        Asked::Undo(undo) => Change::Undo { operation: OperationId::new(undo.operation_id), confirm: undo.confirm },
        Asked::Revert(revert) => Change::Revert {
            name: (!revert.name.is_empty()).then(|| existing(&revert.name)).transpose()?,
            after: named("after", revert.after.parse())?,
            commit: named("commit", revert.commit.parse())?,
            confirm: revert.confirm,
        },
        Asked::Merge(merge) => Change::Merge { branch: branch(&merge.branch)?, confirm: merge.confirm },
        Asked::Batch(batch) => Change::Batch {
            changes: batch.changes.into_iter().map(one_of_several).collect::<Result<_, _>>()?,
            confirm: batch.confirm,
        },
    })
}

/// One change of a batch. What is asked for alone is refused here already, so that nothing nests.
fn one_of_several(asked: wire::Change) -> Result<Change, Refusal> {
    let alone = |word: &str| Err(Refusal::invalid("changes", format!("a {word} is asked for alone")));
    match &asked.change {
        Some(Asked::RollBack(_)) => alone("roll-back"),
        Some(Asked::Undo(_)) => alone("undo"),
        Some(Asked::Revert(_)) => alone("revert"),
        Some(Asked::Batch(_)) => alone("batch"),
        Some(Asked::Merge(_)) => alone("merge"),
        _ => change(Some(asked)),
    }
}

/// A name that should be there: one that cannot be a name is not found, as any other that is not there.
fn existing(name: &str) -> Result<DeploymentName, Refusal> {
    if name.is_empty() {
        return Err(Refusal::invalid("name", "a name is needed"));
    }
    name.parse().map_err(|_| not_found(name))
}

/// A branch that should be there: one that cannot be a branch's name is not found, as any other that is not there.
///
/// # Errors
/// Names the branch.
pub fn branch(name: &str) -> Result<BranchName, Refusal> {
    if name.is_empty() {
        return Err(Refusal::invalid("branch", "a branch is needed"));
    }
    name.parse().map_err(|_| no_branch(name))
}

/// The refusal for a name that no branch has.
pub fn no_branch(name: &str) -> Refusal {
    let name: String = name.chars().take(80).flat_map(char::escape_default).collect();
    Refusal::NotFound(format!("there is no branch {name}"))
}

/// The refusal for a name that no deployment has.
pub fn not_found(name: &str) -> Refusal {
    let name: String = name.chars().take(80).flat_map(char::escape_default).collect();
    Refusal::NotFound(format!("there is no deployment {name}"))
}

/// The beginning of a commit's hash.
///
/// # Errors
/// Names the argument that holds it.
pub fn commit(field: &str, text: &str) -> Result<CommitPrefix, Refusal> {
    named(field, text.parse())
}

fn named<T>(field: &str, read: Result<T, Refusal>) -> Result<T, Refusal> {
    read.map_err(|refusal| match refusal {
        Refusal::Invalid { what, .. } => Refusal::invalid(field, what),
        other => other,
    })
}

/// A plan, as it is sent.
pub fn plan(planned: &Planned, base: &CommitHash) -> wire::PlanResponse {
    let name = |id: &str| planned.names.get(&DeploymentId::new(id)).map(ToString::to_string);
    wire::PlanResponse {
        base_commit: base.to_string(),
        plan_hash: planned.hash.clone(),
        steps: planned.steps.iter().map(step).collect(),
        changes: planned.changes.iter().map(|change| cell(change, &name)).collect(),
        notes: planned.notes.clone(),
        away_seconds: planned.away_seconds.iter().max().copied().unwrap_or_default(),
        away_least_seconds: planned.away_seconds.iter().min().copied().unwrap_or_default(),
        away_count: u32::try_from(planned.away_seconds.len()).unwrap_or(u32::MAX),
        stays_away: planned.stays_away,
        summary: planned.summary.clone(),
        undoes: planned.undoes.as_ref().map(ToString::to_string).unwrap_or_default(),
        cost: planned.cost.as_ref().map(|cost| wire::Cost {
            before: cost.before,
            after: cost.after,
            currency: cost.currency.clone(),
            parts: cost.parts.clone(),
        }),
    }
}

fn step(planned: &crate::model::PlannedStep) -> wire::PlannedStep {
    wire::PlannedStep {
        action: planned.step.action().to_owned(),
        target: planned.step.target(),
        reason: planned.reason.clone(),
        destroys_data: planned.step.destroys_data(),
        deployment: planned.deployment.to_string(),
    }
}

/// A changed cell. `name` gives the deployment's name by its id, where it is known.
pub fn cell(change: &CellChange, name: &dyn Fn(&str) -> Option<String>) -> wire::CellChange {
    let deployment = change.deployment.as_ref().map(|id| name(id.as_str()).unwrap_or_else(|| id.to_string()));
    wire::CellChange {
        table: change.table.clone(),
        key: change.key.clone(),
        column: change.column.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
        deployment: deployment.unwrap_or_default(),
    }
}

/// A time, as it is sent.
pub fn ms(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A sample, as it is sent.
pub fn sample(sample: &Sample) -> wire::Sample {
    wire::Sample {
        time_ms: ms(sample.time),
        cpu_percent: sample.cpu_percent,
        memory_bytes: sample.memory_bytes,
        disk_bytes: sample.disk_bytes,
        connections: sample.connections,
        queries_per_second: sample.queries_per_second,
        latency_p50_ms: sample.latency_p50_ms,
        latency_p99_ms: sample.latency_p99_ms,
    }
}

/// An event, as it is sent.
pub fn event(event: &Event) -> wire::Event {
    wire::Event {
        time_ms: ms(event.time),
        deployment: event.deployment.clone(),
        kind: event.kind.to_owned(),
        text: event.text.clone(),
        author: event.author.clone(),
        sequence: event.sequence,
    }
}

/// An instance type, as it is sent; the first is the default.
pub fn instance_type(index: usize, offered: &InstanceType) -> wire::InstanceType {
    wire::InstanceType {
        name: offered.name.clone(),
        memory_mib: offered.memory_mib,
        vcpus: offered.vcpus,
        max_connections: offered.max_connections,
        default: index == 0,
    }
}

/// The line that connects MySQL's own client, and asks for the password: an argument list can be read by others. With
/// the CA's file the server is checked too.
pub fn mysql(host: &str, port: u32, user: &str, ca_file: Option<&Path>) -> String {
    let tls = match ca_file {
        // An address stands in no certificate of a public authority; a name does.
        Some(file) if host.parse::<IpAddr>().is_ok() => format!("--ssl-mode=VERIFY_CA --ssl-ca={}", file.display()),
        Some(file) => format!("--ssl-mode=VERIFY_IDENTITY --ssl-ca={}", file.display()),
        None => "--ssl-mode=REQUIRED".to_owned(),
    };
    format!("mysql -h {host} -P {port} -u {user} -p {tls}")
}

/// A deployment, as it is sent.
pub fn deployment(row: &Row) -> wire::Deployment {
    let record = &row.record;
    // What is stopped on purpose has nothing to connect to, and its name leads nowhere.
    let serves = record.port != 0 && row.desired.as_ref().is_none_or(|desired| desired.power == Power::Running);
    wire::Deployment {
        name: record.name.to_string(),
        id: record.id.to_string(),
        health: row.health.to_string(),
        phase: row.phase.clone(),
        desired: Some(row.desired.as_ref().map_or_else(deleting, desired)),
        observed: Some(observed(row)),
        generation: record.generation.0,
        commit: row.last_change.as_ref().map(ToString::to_string).unwrap_or_default(),
        why: row.why.clone(),
        plan: row.plan.iter().map(step).collect(),
        health_since_ms: ms(row.health_since),
        seen_ms: row.observed.agent.present().map_or(0, |report| ms(report.heard)),
        samples: sparkline::thinned(&row.samples),
        failure: (row.tries.failures > 0).then(|| wire::Failure {
            step: row.tries.step.clone(),
            error: row.tries.error.clone(),
            times: row.tries.failures,
            next_try_ms: row.tries.next.map_or(0, ms),
        }),
        connect_command: if serves {
            mysql(&row.clients_host, record.port.into(), "root", None)
        } else {
            String::new()
        },
        clone_command: String::new(),
        drift: row.drift.iter().map(drift).collect(),
        coming: row.coming.clone(),
        certificate: certificate(row),
        // Prices are the server's: see `server::read`.
        month_cost: None,
        currency: String::new(),
        crashed_ms: row.crashes.times.last().map_or(0, |last| ms(*last)),
        crashes: row.crashes.lately(),
    }
}

fn certificate(row: &Row) -> Option<wire::Certificate> {
    let desired = row.desired.as_ref()?;
    let applied = row.observed.agent.present().and_then(|report| report.applied.as_ref());
    let failure = row.observed.ordering.failure.as_ref();
    if applied.is_none() && failure.is_none() {
        return None;
    }
    let stands_in = applied.is_some_and(|applied| renewal::stands_in(desired, applied));
    Some(wire::Certificate {
        names: applied.map(|applied| applied.certificate_names.clone()).unwrap_or_default(),
        renewal_ms: applied.map_or(0, |applied| ms(renewal::renewal_at(desired, applied, &row.observed))),
        stands_in: if stands_in { renewal::STANDS_IN.to_owned() } else { String::new() },
        failure: failure.map(|failure| failure.error.clone()).unwrap_or_default(),
        failed_times: failure.map_or(0, |failure| failure.times),
        failed_since_ms: failure.map_or(0, |failure| ms(failure.since)),
        again_ms: failure.map_or(0, |failure| ms(failure.again)),
    })
}

fn drift(drift: &Drift) -> wire::Drift {
    wire::Drift {
        what: drift.what.to_owned(),
        expected: drift.expected.clone(),
        seen: drift.seen.clone(),
        remedy: drift.remedy.clone(),
    }
}

/// In place of what is desired of a deployment that is being deleted.
pub fn deleting() -> wire::Desired {
    wire::Desired { deleting: true, ..wire::Desired::default() }
}

/// What is desired, as it is sent.
pub fn desired(desired: &Desired) -> wire::Desired {
    wire::Desired {
        instance_type: desired.spec.instance_type.clone(),
        volume_gib: desired.spec.volume_gib,
        power: desired.power.to_string(),
        protected: desired.protected,
        paused: desired.paused,
        certificate: desired.spec.certificate.to_string(),
        settings: desired.spec.settings.as_map().clone(),
        deleting: false,
    }
}

fn stands_in(stands_in: &StandsIn) -> String {
    format!("{} in place of {}: {}", stands_in.is, stands_in.wanted, stands_in.why)
}

fn observed(row: &Row) -> wire::Observed {
    let mut seen = wire::Observed::default();
    if let Seen::Present(volume) = &row.observed.volume {
        seen.volume_gib = volume.gib;
        seen.volume_id = volume.id.to_string();
    }
    if let Seen::Present(instance) = &row.observed.instance {
        seen.instance_id = instance.id.to_string();
        seen.instance_type.clone_from(&instance.instance_type);
        seen.instance_state = instance.state.as_str().to_owned();
        seen.address = instance.database.ip().to_string();
        seen.port = instance.database.port().into();
        seen.zone.clone_from(&instance.zone);
        seen.stands_in = instance.stands_in.as_ref().map(stands_in).unwrap_or_default();
        seen.agent_pid = instance.agent_pid.unwrap_or_default();
        seen.host_name = row.host_name.clone();
    }
    if let Seen::Present(report) = &row.observed.agent {
        seen.dolt_version.clone_from(&report.dolt_version);
        seen.disk_used_bytes = report.disk_used;
        seen.disk_total_bytes = report.disk_total;
        seen.dolt_since_ms = ms(report.dolt_since);
        if let Some(applied) = &report.applied {
            seen.certificate_serial.clone_from(&applied.certificate_serial);
            seen.certificate_not_before_ms = ms(applied.certificate_not_before);
            seen.certificate_not_after_ms = ms(applied.certificate_not_after);
        }
        seen.dolt_pid = report.dolt_pid;
        seen.last_error.clone_from(&report.last_error);
        seen.dolt_restarts = report.dolt_restarts;
    }
    seen
}
