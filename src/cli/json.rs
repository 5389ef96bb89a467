//! The JSON of every answer: field names that scripts rely on. A field may be added; none is renamed or taken away.
//!
//! Times are RFC 3339 in UTC, `null` for none; sizes have their unit in the name; a text that is not known is `null`.

mod blame;
mod branch;
mod clone;
mod deployment;
mod doctor;
mod incident;
mod keys;
mod manifest;
mod orphan;
mod paging;
mod rotate;

pub use blame::BlamedCell;
pub use branch::{Branch, Branches, Conflicts};
pub use clone::Cloned;
pub use deployment::{Deployment, Desired, Fleet, Observed, StepFailure};
pub use doctor::Examination;
pub use incident::{Exported, Incident, Timeline};
pub use keys::{BoundKeys, Keys};
pub use manifest::{Applied, KeptFile, Manifest, Manifests};
pub use orphan::{Orphan, Removed};
pub use paging::{OnCall, TestPage};
pub use rotate::Rotations;

use super::text::rfc3339;
use crate::{hosted_api::problem::Problem, sql::ResultSet};
use doltops_proto::hosted_api as api;
use serde::Serialize;

fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn counted<T: Default + PartialEq>(number: T) -> Option<T> {
    (number != T::default()).then_some(number)
}

/// `plan`, `rollback --dry-run`, and the plan of every change.
#[derive(Debug, Serialize)]
pub struct Plan {
    pub base_commit: String,
    pub plan_hash: String,
    pub steps: Vec<Step>,
    pub changes: Vec<CellChange>,
    pub notes: Vec<String>,
    pub away_seconds: u32,
    pub away_least_seconds: u32,
    pub away_count: u32,
    pub stays_away: bool,
    pub summary: Option<String>,
    pub undoes: Option<String>,
    pub cost: Option<Cost>,
}

/// What the deployments that a plan changes cost a month, about.
#[derive(Debug, Serialize)]
pub struct Cost {
    pub before: f64,
    pub after: f64,
    pub currency: String,
    pub parts: Vec<String>,
}

impl From<&api::Cost> for Cost {
    fn from(it: &api::Cost) -> Self {
        Self { before: it.before, after: it.after, currency: it.currency.clone(), parts: it.parts.clone() }
    }
}

/// One step of a plan.
#[derive(Debug, Serialize)]
pub struct Step {
    pub action: String,
    pub target: String,
    pub reason: String,
    pub destroys_data: bool,
    pub deployment: Option<String>,
}

impl From<&api::PlannedStep> for Step {
    fn from(it: &api::PlannedStep) -> Self {
        Self {
            action: it.action.clone(),
            target: it.target.clone(),
            reason: it.reason.clone(),
            destroys_data: it.destroys_data,
            deployment: known(&it.deployment),
        }
    }
}

impl From<&api::PlanResponse> for Plan {
    fn from(it: &api::PlanResponse) -> Self {
        Self {
            base_commit: it.base_commit.clone(),
            plan_hash: it.plan_hash.clone(),
            steps: it.steps.iter().map(Step::from).collect(),
            changes: it.changes.iter().map(CellChange::from).collect(),
            notes: it.notes.clone(),
            away_seconds: it.away_seconds,
            away_least_seconds: it.away_least_seconds,
            away_count: it.away_count,
            stays_away: it.stays_away,
            summary: known(&it.summary),
            undoes: known(&it.undoes),
            cost: it.cost.as_ref().map(Cost::from),
        }
    }
}

/// One cell that differs.
#[derive(Debug, Serialize)]
pub struct CellChange {
    pub table: String,
    pub key: String,
    pub column: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub deployment: Option<String>,
}

impl From<&api::CellChange> for CellChange {
    fn from(it: &api::CellChange) -> Self {
        Self {
            table: it.table.clone(),
            key: it.key.clone(),
            column: it.column.clone(),
            from: it.from.clone(),
            to: it.to.clone(),
            deployment: known(&it.deployment),
        }
    }
}

/// One entry of `history`.
#[derive(Debug, Serialize)]
pub struct Commit {
    pub commit: String,
    pub parent: Option<String>,
    pub author: String,
    pub time: Option<String>,
    pub message: String,
    pub changes: Vec<CellChange>,
}

impl From<&api::Commit> for Commit {
    fn from(it: &api::Commit) -> Self {
        Self {
            commit: it.hash.clone(),
            parent: known(&it.parent),
            author: it.author.clone(),
            time: rfc3339(it.time_ms),
            message: it.message.clone(),
            changes: it.changes.iter().map(CellChange::from).collect(),
        }
    }
}

/// `diff`.
#[derive(Debug, Serialize)]
pub struct Diff {
    pub from: String,
    pub to: String,
    pub changes: Vec<CellChange>,
}

impl From<&api::DiffResponse> for Diff {
    fn from(it: &api::DiffResponse) -> Self {
        let changes = it.changes.iter().map(CellChange::from).collect();
        Self { from: it.from.clone(), to: it.to.clone(), changes }
    }
}

/// Every change that was accepted; with `--wait` the deployment as it settled, `null` when it is gone.
#[derive(Debug, Serialize)]
pub struct Accepted {
    pub operation_id: String,
    pub commit: String,
    pub generation: u64,
    pub plan: Plan,
    pub deployment: Option<Deployment>,
}

/// What a daemon says once it hosts the control plane.
#[derive(Debug, Serialize)]
pub struct Hosting {
    /// Where commands of this machine reach it.
    pub socket: String,
    /// Where it listens over TCP, if it does.
    pub listen: Option<String>,
}

/// `status`.
#[derive(Debug, Serialize)]
pub struct Status {
    pub control_plane_id: String,
    pub version: String,
    pub provider: String,
    pub commit: String,
    pub user: String,
    pub role: String,
    pub host: String,
    pub host_pid: u32,
    pub store: String,
    pub lease: String,
    pub epoch: u64,
    pub attached: u32,
    pub started: Option<String>,
    /// What is looked at: main, branch:NAME, at:COMMIT.
    pub view: String,
    /// When that commit was made, of a moment of the past.
    pub view_time: Option<String>,
    pub instance_types: Vec<InstanceType>,
    /// Who acts while this daemon stands by; empty: this one.
    pub acts: String,
    /// Of a store that several may share.
    pub daemons: Vec<Daemon>,
}

/// One daemon of the store.
#[derive(Debug, Serialize)]
pub struct Daemon {
    pub name: String,
    pub host: String,
    pub process: u32,
    pub address: String,
    /// acting, standing by, away
    pub state: String,
    pub seen: Option<String>,
    /// It is the one that answers.
    pub here: bool,
}

/// What the cloud offers.
#[derive(Debug, Serialize)]
pub struct InstanceType {
    pub name: String,
    pub memory_mib: u32,
    pub vcpus: u32,
    pub max_connections: u32,
    pub default: bool,
}

impl From<&api::StatusResponse> for Status {
    fn from(it: &api::StatusResponse) -> Self {
        Self {
            control_plane_id: it.control_plane_id.clone(),
            version: it.version.clone(),
            provider: it.provider.clone(),
            commit: it.commit.clone(),
            user: it.user.clone(),
            role: it.role.clone(),
            host: it.host.clone(),
            host_pid: it.host_pid,
            store: it.store.clone(),
            lease: it.lease.clone(),
            epoch: it.epoch,
            attached: it.attached,
            started: rfc3339(it.started_ms),
            view: it.view.clone(),
            view_time: rfc3339(it.view_time_ms),
            instance_types: it.instance_types.iter().map(InstanceType::from).collect(),
            acts: it.acts.clone(),
            daemons: it.daemons.iter().map(Daemon::from).collect(),
        }
    }
}

impl From<&api::Daemon> for Daemon {
    fn from(it: &api::Daemon) -> Self {
        Self {
            name: it.name.clone(),
            host: it.host.clone(),
            process: it.process,
            address: it.address.clone(),
            state: it.state.clone(),
            seen: rfc3339(it.seen_ms),
            here: it.here,
        }
    }
}

impl From<&api::InstanceType> for InstanceType {
    fn from(it: &api::InstanceType) -> Self {
        Self {
            name: it.name.clone(),
            memory_mib: it.memory_mib,
            vcpus: it.vcpus,
            max_connections: it.max_connections,
            default: it.default,
        }
    }
}

/// A line of `events`.
#[derive(Debug, Serialize)]
pub struct Event {
    pub time: Option<String>,
    pub deployment: Option<String>,
    pub kind: String,
    pub text: String,
    pub author: Option<String>,
    pub sequence: u64,
}

impl From<&api::Event> for Event {
    fn from(it: &api::Event) -> Self {
        Self {
            time: rfc3339(it.time_ms),
            deployment: known(&it.deployment),
            kind: it.kind.clone(),
            text: it.text.clone(),
            author: known(&it.author),
            sequence: it.sequence,
        }
    }
}

/// A line of `logs`.
#[derive(Debug, Serialize)]
pub struct LogLine {
    pub time: Option<String>,
    pub level: Option<String>,
    pub text: String,
}

impl From<&api::LogLine> for LogLine {
    fn from(it: &api::LogLine) -> Self {
        Self { time: rfc3339(it.time_ms), level: known(&it.level), text: it.text.clone() }
    }
}

/// One entry of `metrics`.
#[derive(Debug, Serialize)]
pub struct Sample {
    pub time: Option<String>,
    pub cpu_percent: f64,
    pub memory_bytes: u64,
    pub disk_bytes: u64,
    pub connections: u32,
    pub queries_per_second: f64,
    pub latency_p50_ms: f64,
    pub latency_p99_ms: f64,
}

/// A sample, and who has told it: agent, cloudwatch.
#[derive(Debug, Serialize)]
pub struct Measured<'a> {
    #[serde(flatten)]
    pub sample: Sample,
    pub source: &'a str,
}

impl From<&api::Sample> for Sample {
    fn from(it: &api::Sample) -> Self {
        Self {
            time: rfc3339(it.time_ms),
            cpu_percent: it.cpu_percent,
            memory_bytes: it.memory_bytes,
            disk_bytes: it.disk_bytes,
            connections: it.connections,
            queries_per_second: it.queries_per_second,
            latency_p50_ms: it.latency_p50_ms,
            latency_p99_ms: it.latency_p99_ms,
        }
    }
}

/// `credentials`.
#[derive(Debug, Serialize)]
pub struct Credentials {
    pub user: String,
    pub password: String,
    pub host: String,
    pub port: u32,
    pub host_name: String,
    /// While the password is being changed: either this one works or the other.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub next_password: String,
    pub ca_pem: String,
}

/// `forward`, when it listens.
#[derive(Debug, Serialize)]
pub struct Forwarded {
    pub name: String,
    pub host: String,
    pub port: u16,
}

/// `client-certificate`.
#[derive(Debug, Serialize)]
pub struct Certificate {
    pub name: String,
    pub role: String,
    pub serial: String,
    pub not_after: Option<String>,
    pub file: String,
}

/// One entry of `client-certificates`.
#[derive(Debug, Serialize)]
pub struct IssuedCertificate {
    pub name: String,
    pub role: String,
    pub serial: String,
    pub not_after: Option<String>,
    pub revoked: bool,
}

impl From<&api::ClientCertificate> for IssuedCertificate {
    fn from(it: &api::ClientCertificate) -> Self {
        Self {
            name: it.name.clone(),
            role: it.role.clone(),
            serial: it.serial.clone(),
            not_after: rfc3339(it.not_after_ms),
            revoked: it.revoked,
        }
    }
}

/// `revoke`.
#[derive(Debug, Serialize)]
pub struct Revoked {
    pub name: String,
    pub serials: Vec<String>,
}

/// One statement of `connect -e`.
#[derive(Debug, Serialize)]
pub struct Statement {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    pub affected: u64,
    pub more: bool,
    pub took_ms: f64,
}

impl From<ResultSet> for Statement {
    fn from(it: ResultSet) -> Self {
        let took_ms = it.took.as_secs_f64() * 1_000.0;
        Self { columns: it.columns, rows: it.rows, affected: it.affected, more: it.more, took_ms }
    }
}

/// `config`.
#[derive(Debug, Serialize)]
pub struct Configuration {
    pub file: String,
    pub file_found: bool,
    pub state_dir: String,
    pub cache_dir: String,
    pub dolt: Option<String>,
    pub store: Option<String>,
    pub connect: Option<String>,
    pub identity: Option<String>,
    pub listen: Option<String>,
    pub theme: String,
    pub keys: String,
    pub read_only: bool,
    pub mouse: bool,
    pub screen_reader: bool,
    pub final_copy_days: u32,
    pub provider: String,
}

/// Any error, on the standard error stream.
#[derive(Debug, Serialize)]
pub struct Failure {
    error: Wrong,
}

#[derive(Debug, Serialize)]
struct Wrong {
    kind: &'static str,
    field: Option<String>,
    message: String,
    next: Option<String>,
    plan: Option<Plan>,
}

impl From<&Problem> for Failure {
    fn from(problem: &Problem) -> Self {
        Self {
            error: Wrong {
                kind: problem.kind.as_str(),
                field: known(&problem.field),
                message: problem.what.clone(),
                next: known(&problem.next),
                plan: problem.plan.as_deref().map(Plan::from),
            },
        }
    }
}
