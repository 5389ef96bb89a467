//! What is known for good of a deployment: forward only, a roll-back never touches it.

use crate::model::{CopyId, DeploymentId, DeploymentName, Generation, Incarnation, InstanceId, OperationId, VolumeId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One deployment's record; it stays when the deployment is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whose.
    pub id: DeploymentId,
    /// The name that it last had.
    pub name: DeploymentName,
    /// Rises with each landing that changes what is desired of it.
    pub generation: Generation,
    /// Of the last instance that was written down.
    pub incarnation: Incarnation,
    /// That instance.
    pub instance: Option<InstanceId>,
    /// Its data volume.
    pub volume: Option<VolumeId>,
    /// The address that clients use.
    pub address: String,
    /// The port that clients use; 0: none yet.
    pub port: u16,
    /// The name that clients use; empty: none yet.
    pub host_name: String,
    /// The type that the instance was written down with; empty: none yet.
    pub instance_type: String,
    /// Where its volume is, and so its instance; empty in a cloud without zones.
    pub zone: String,
    /// The database's certificate: hexadecimal, lower case; empty: none yet.
    pub certificate_serial: String,
    /// When that certificate ends.
    pub certificate_not_after: Option<Timestamp>,
    /// The last restart that was asked for; empty: none.
    pub restart_id: String,
    /// Which operation asked for its deletion. A deployment that is on no branch and has no such mark is not
    /// destroyed: an empty or half-restored store looks like that.
    pub deletion: Option<OperationId>,
    /// All of it is gone.
    pub deleted: bool,
    /// What it comes back from.
    pub final_copy: Option<CopyId>,
    /// Until when that copy is kept.
    pub final_copy_until: Option<Timestamp>,
    /// The issue number that its agent's identity is to have at least.
    pub identity_wanted: u64,
    /// And the one below which an identity of its agent does not count any more: the former, once it was shown.
    pub identity_floor: u64,
    /// Which operation asked for other passwords last; empty: none.
    pub logins_wanted: String,
    /// And which was carried out last.
    pub logins_done: String,
}

impl Record {
    /// Of a deployment that was asked for just now: nothing of it is there yet.
    pub fn new(id: DeploymentId, name: DeploymentName) -> Self {
        Self {
            id,
            name,
            generation: Generation(1),
            incarnation: Incarnation(0),
            instance: None,
            volume: None,
            address: String::new(),
            port: 0,
            host_name: String::new(),
            instance_type: String::new(),
            zone: String::new(),
            certificate_serial: String::new(),
            certificate_not_after: None,
            restart_id: String::new(),
            deletion: None,
            deleted: false,
            final_copy: None,
            final_copy_until: None,
            identity_wanted: 0,
            identity_floor: 0,
            logins_wanted: String::new(),
            logins_done: String::new(),
        }
    }
}
