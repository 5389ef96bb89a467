//! Rotations, as JSON.

use super::known;
use doltops_proto::hosted_api as api;
use serde::Serialize;

/// Where rotations stand.
#[derive(Debug, Serialize)]
pub struct Rotations {
    pub authorities: Vec<Authority>,
    pub pending: Vec<Pending>,
    pub left_out: Vec<String>,
}

/// Of an authority.
#[derive(Debug, Serialize)]
pub struct Authority {
    pub name: String,
    pub phase: String,
    pub fingerprint: String,
    pub coming: Option<String>,
    pub holds: Vec<Hold>,
}

/// What the last step would lock out.
#[derive(Debug, Serialize)]
pub struct Hold {
    pub name: String,
    pub why: String,
}

/// Of a deployment's agent or passwords.
#[derive(Debug, Serialize)]
pub struct Pending {
    pub deployment: String,
    pub what: String,
    pub why: String,
}

impl From<api::RotateResponse> for Rotations {
    fn from(it: api::RotateResponse) -> Self {
        let hold = |it: api::Hold| Hold { name: it.name, why: it.why };
        let authority = |it: api::AuthorityState| Authority {
            name: it.name,
            phase: it.phase,
            fingerprint: it.fingerprint,
            coming: known(&it.coming),
            holds: it.holds.into_iter().map(hold).collect(),
        };
        let pending = |it: api::Rotation| Pending { deployment: it.deployment, what: it.what, why: it.why };
        Self {
            authorities: it.authorities.into_iter().map(authority).collect(),
            pending: it.pending.into_iter().map(pending).collect(),
            left_out: it.left_out,
        }
    }
}
