//! What stands on disk of each instance, volume and copy.
//!
//! What can be told from other records is not written a second time: a volume is attached to the instance that names
//! it, and an agent is found in the process table.

use super::ports;
use crate::model::{
    Copy, CopyId, DeploymentId, DeploymentName, Incarnation, Instance, InstanceId, InstanceState, Volume, VolumeId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Whose a thing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// The control plane that made it: nothing else is told or touched.
    pub control_plane: String,
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its name when it was made, for people.
    pub name: DeploymentName,
    /// What the request carried: the same token finds this again.
    pub token: String,
}

/// A thing with a folder of its own and a JSON file in it.
pub trait Record: Serialize + DeserializeOwned + Clone {
    /// Where all of its kind are.
    const ROOM: &'static str;
    /// Its file.
    const FILE: &'static str;
    /// How its ids begin, as EC2's do.
    const PREFIX: &'static str;
    /// Its id and its folder's name.
    fn id(&self) -> &str;
    /// Whose it is.
    fn tags(&self) -> &Tags;
}

/// `instance.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceRecord {
    /// `i-…`.
    pub id: InstanceId,
    /// Whose.
    pub tags: Tags,
    /// Which of that deployment's.
    pub incarnation: Incarnation,
    /// One of those offered.
    pub instance_type: String,
    /// Where it should be in its life; its processes follow.
    pub state: InstanceState,
    /// Its data volume, for ever.
    pub volume: VolumeId,
    /// Where its agent listens.
    pub agent_port: u16,
    /// Where Dolt's metrics are.
    pub metrics_port: u16,
    /// Where Dolt listens: the volume's, written again because the volume may be gone before this is.
    pub database_port: u16,
    /// When it was asked for.
    pub launched: Timestamp,
    /// When it last began to run.
    pub started: Timestamp,
    /// When it was terminated.
    pub ended: Option<Timestamp>,
}

impl Record for InstanceRecord {
    const ROOM: &'static str = "instances";
    const FILE: &'static str = "instance.json";
    const PREFIX: &'static str = "i";

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl InstanceRecord {
    /// As every cloud tells it.
    pub fn told(&self, agent_pid: Option<u32>) -> Instance {
        let gone = self.state == InstanceState::Terminated;
        Instance {
            id: self.id.clone(),
            deployment: self.tags.deployment.clone(),
            incarnation: self.incarnation,
            instance_type: self.instance_type.clone(),
            stands_in: None,
            zone: String::new(),
            protected: false,
            state: self.state,
            volume: (!gone).then(|| self.volume.clone()),
            agent: ports::loopback(self.agent_port),
            database: ports::loopback(self.database_port),
            launched: self.launched,
            started: self.started,
            agent_pid,
        }
    }
}

/// `volume.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeRecord {
    /// `vol-…`.
    pub id: VolumeId,
    /// Whose.
    pub tags: Tags,
    /// GiB.
    pub gib: u32,
    /// Where the Dolt on it listens: a deployment keeps its connection line when its instance is replaced.
    pub port: u16,
    /// What it began with.
    pub from: Option<CopyId>,
    /// When it was made.
    pub created: Timestamp,
}

impl Record for VolumeRecord {
    const ROOM: &'static str = "volumes";
    const FILE: &'static str = "volume.json";
    const PREFIX: &'static str = "vol";

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl VolumeRecord {
    /// As every cloud tells it.
    pub fn told(&self, attached: Option<InstanceId>) -> Volume {
        Volume {
            id: self.id.clone(),
            deployment: self.tags.deployment.clone(),
            gib: self.gib,
            attached,
            zone: String::new(),
        }
    }
}

/// `copy.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRecord {
    /// `snap-…`.
    pub id: CopyId,
    /// Whose.
    pub tags: Tags,
    /// Which volume it is of.
    pub volume: VolumeId,
    /// GiB of that volume.
    pub gib: u32,
    /// Whether all of it is written; set last.
    pub completed: bool,
    /// When it was asked for.
    pub taken: Timestamp,
}

impl Record for CopyRecord {
    const ROOM: &'static str = "copies";
    const FILE: &'static str = "copy.json";
    const PREFIX: &'static str = "snap";

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl CopyRecord {
    /// As every cloud tells it.
    pub fn told(&self) -> Copy {
        Copy {
            id: self.id.clone(),
            deployment: self.tags.deployment.clone(),
            volume: self.volume.clone(),
            gib: self.gib,
            completed: self.completed,
            taken: self.taken,
        }
    }
}
