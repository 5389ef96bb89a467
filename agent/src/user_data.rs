//! What an instance boots with: an identity good for minutes and one use.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `user-data.toml`: a secret until it was used or has expired; mode 0600.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserData {
    /// Which deployment this instance is for.
    pub deployment_id: String,
    /// Which of its instances.
    pub incarnation: u32,
    /// Who signs the control plane's client certificate and the agent's own.
    pub control_ca_pem: String,
    /// The first identity: for a server only, good for minutes.
    pub certificate_pem: String,
    /// Its key.
    pub key_pem: String,
}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserData({} {}, …)", self.deployment_id, self.incarnation)
    }
}
