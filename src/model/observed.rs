//! What is there, as far as it was seen.

use crate::model::{AddressId, CopyId, DeploymentId, Epoch, Generation, Incarnation, InstanceId, VolumeId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

/// What one look told of a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seen<T> {
    /// We may have touched it, or the look failed: look again before acting.
    #[default]
    Unknown,
    /// Certainly not there.
    Absent,
    /// There, like this.
    Present(T),
}

impl<T> Seen<T> {
    /// What is there.
    pub fn present(&self) -> Option<&T> {
        match self {
            Seen::Present(thing) => Some(thing),
            Seen::Unknown | Seen::Absent => None,
        }
    }
}

impl<T> From<Option<T>> for Seen<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Seen::Absent, Seen::Present)
    }
}

/// Everything that is known of one deployment's part of the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The instance of the highest incarnation.
    pub instance: Seen<Instance>,
    /// Instances of lower incarnations that are not yet ended.
    pub older: Vec<Instance>,
    /// Its data volume.
    pub volume: Seen<Volume>,
    /// The newest copy of its volume.
    pub copy: Seen<Copy>,
    /// What its agent said last; absent until the present incarnation has answered.
    pub agent: Seen<AgentReport>,
    /// When the instance was started last, by our own clock; none: nothing is known but what the cloud tells.
    pub started: Option<Timestamp>,
    /// The address record of its host name.
    pub name: Seen<NameRecord>,
    /// The address that it keeps.
    pub address: Seen<Address>,
    /// A certificate that a public authority has signed for its pending request, and that is not deployed yet.
    pub issued: Option<Issued>,
    /// What else is known of its dealings with that authority.
    pub ordering: Ordering,
}

impl Observed {
    /// When this instance of it was started last, by our own clock: the one that `heard` and a decision's `now` are of.
    pub fn started(&self, instance: &Instance) -> Timestamp {
        self.started.unwrap_or(instance.started)
    }

    /// What its agent said since this instance of it was started last.
    pub fn word(&self, instance: &Instance) -> Option<&AgentReport> {
        self.agent.present().filter(|report| report.heard >= self.started(instance))
    }
}

/// An instance, as the cloud tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The cloud's name for it.
    pub id: InstanceId,
    /// Whose it is, by its tag.
    pub deployment: DeploymentId,
    /// Which of that deployment's, by its tag.
    pub incarnation: Incarnation,
    /// The type that it has now.
    pub instance_type: String,
    /// That type was not the one that was wanted.
    pub stands_in: Option<StandsIn>,
    /// Where it is; empty in a cloud without zones.
    pub zone: String,
    /// Whether the cloud refuses to terminate it until that is taken off.
    pub protected: bool,
    /// Where it is in its life.
    pub state: InstanceState,
    /// The data volume that is attached.
    pub volume: Option<VolumeId>,
    /// Where its agent listens.
    pub agent: SocketAddr,
    /// Where its database listens for clients.
    pub database: SocketAddr,
    /// When it was asked for.
    pub launched: Timestamp,
    /// When it last began to run.
    pub started: Timestamp,
    /// The agent's process where that is one of this machine's.
    pub agent_pid: Option<u32>,
}

/// Why an instance has another type than was wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandsIn {
    /// What was launched.
    pub is: String,
    /// What was wanted.
    pub wanted: String,
    /// What the cloud said.
    pub why: String,
}

/// An instance's life, in EC2's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// It starts.
    Pending,
    /// It runs.
    Running,
    /// It is being stopped.
    Stopping,
    /// It is stopped and can be started.
    Stopped,
    /// It is being ended.
    ShuttingDown,
    /// It is gone for ever.
    Terminated,
}

impl InstanceState {
    /// EC2's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            InstanceState::Pending => "pending",
            InstanceState::Running => "running",
            InstanceState::Stopping => "stopping",
            InstanceState::Stopped => "stopped",
            InstanceState::ShuttingDown => "shutting-down",
            InstanceState::Terminated => "terminated",
        }
    }
}

/// A data volume, as the cloud tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The cloud's name for it.
    pub id: VolumeId,
    /// Whose it is, by its tag.
    pub deployment: DeploymentId,
    /// GiB.
    pub gib: u32,
    /// What it is attached to.
    pub attached: Option<InstanceId>,
    /// Where it is; empty in a cloud without zones.
    pub zone: String,
}

/// What stands in the DNS under a deployment's host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRecord {
    /// The host name, without a dot at its end.
    pub name: String,
    /// Where it points.
    pub addresses: Vec<IpAddr>,
    /// Seconds for which resolvers keep it.
    pub ttl: u32,
    /// Whose it is by the ownership record beside it; none: not this control plane's.
    pub owner: Option<DeploymentId>,
}

/// An address that a deployment keeps, whatever instance it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The cloud's name for it.
    pub id: AddressId,
    /// Whose it is, by its tag.
    pub deployment: DeploymentId,
    /// The address.
    pub ip: IpAddr,
    /// What it leads to.
    pub instance: Option<InstanceId>,
}

/// A certificate that was signed and waits to be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// For which incarnation's key.
    pub incarnation: Incarnation,
    /// Hexadecimal, lower case.
    pub serial: String,
    /// What it names.
    pub names: Vec<String>,
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// What is known of a deployment's dealings with a public authority, beside what was signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordering {
    /// When the authority wants the certificate renewed that it signed last; none: it does not say.
    pub suggested: Option<Suggested>,
    /// Why nothing is ordered now; none: nothing stands in the way.
    pub failure: Option<OrderFailure>,
}

/// When an authority wants a certificate renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// Our own moment in the window that it gives: chosen once, so that the fleet's renewals are spread over it.
    pub at: Timestamp,
    /// The window's end.
    pub until: Timestamp,
}

/// Why a certificate was not ordered, or not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFailure {
    /// What the authority said, or which of its limits would be passed, and what to do.
    pub error: String,
    /// Failures in a row.
    pub times: u32,
    /// Since when there were only failures.
    pub since: Timestamp,
    /// When it is ordered again.
    pub again: Timestamp,
}

/// A finished copy of a volume, as the cloud tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// The cloud's name for it.
    pub id: CopyId,
    /// Whose volume it was, by its tag.
    pub deployment: DeploymentId,
    /// Which volume it was made from.
    pub volume: VolumeId,
    /// GiB of the volume.
    pub gib: u32,
    /// Whether all of it was written.
    pub completed: bool,
    /// When it was begun.
    pub taken: Timestamp,
}

/// What an agent last said of its instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentReport {
    /// When it was heard, by the control plane's clock.
    pub heard: Timestamp,
    /// Which incarnation it runs on.
    pub incarnation: Incarnation,
    /// Whether it answered with its own certificate and not the one it booted with.
    pub enrolled: bool,
    /// Its program's version.
    pub agent_version: String,
    /// The highest epoch that it has seen.
    pub epoch: Epoch,
    /// The highest generation that was deployed to it.
    pub generation: Generation,
    /// Dolt's state.
    pub dolt: DoltState,
    /// Since when.
    pub dolt_since: Timestamp,
    /// Dolt's version, empty while unknown.
    pub dolt_version: String,
    /// Dolt's process.
    pub dolt_pid: u32,
    /// Unasked restarts of Dolt since the agent started.
    pub dolt_restarts: u32,
    /// The last thing that went wrong, empty for none.
    pub last_error: String,
    /// Bytes used on the data volume.
    pub disk_used: u64,
    /// Bytes that the data volume has.
    pub disk_total: u64,
    /// Its device is gone or fails: only a boot mounts it anew.
    pub disk_lost: bool,
    /// What of the last deploy is in effect; absent until Dolt runs with one.
    pub applied: Option<Applied>,
    /// When the credentials that it was given end; none: it has none.
    pub credentials_until: Option<Timestamp>,
    /// What it has shown of itself; none: not its own identity yet, or nothing is known.
    pub trust: Option<Trust>,
}

/// How an agent stands to the control plane's authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The issue number of its certificate: a later one is higher.
    pub number: u64,
    /// It trusts the authorities that are trusted now, and its certificate is of the one that signs now.
    pub in_step: bool,
    /// Its database's certificate is none that goes with an authority whose place is taken.
    pub database: bool,
    /// It can be given another identity, and its database other logins, on demand.
    pub renews: bool,
}

/// Dolt, as its agent sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoltState {
    /// The agent has no deploy to start it with.
    NotDeployed,
    /// It starts.
    Starting,
    /// It answers.
    Up,
    /// It does not answer; the agent starts it again.
    Down,
}

/// What the running Dolt was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Settings by key.
    pub settings: BTreeMap<String, String>,
    /// The last restart that was carried out.
    pub restart_id: String,
    /// The volume's size as the agent was told it, bytes.
    pub volume_bytes: u64,
    /// Hexadecimal, lower case.
    pub certificate_serial: String,
    /// When the database's certificate begins.
    pub certificate_not_before: Timestamp,
    /// When the database's certificate ends.
    pub certificate_not_after: Timestamp,
    /// Names that the database's certificate carries.
    pub certificate_names: Vec<String>,
}

/// One moment of an instance's metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub time: Timestamp,
    /// Of one core.
    pub cpu_percent: f64,
    /// Dolt's resident memory, bytes.
    pub memory_bytes: u64,
    /// Used on the data volume, bytes.
    pub disk_bytes: u64,
    /// Open SQL connections.
    pub connections: u32,
    /// Queries a second since the sample before.
    pub queries_per_second: f64,
    /// The median query, milliseconds.
    pub latency_p50_ms: f64,
    /// The slowest in a hundred, milliseconds.
    pub latency_p99_ms: f64,
}
