//! What `export` and `apply` answer.

use super::{Deployment, Plan};
use crate::{manifest::Whole, model::DeploymentName};
use serde::Serialize;
use std::collections::BTreeMap;

/// `export`.
#[derive(Debug, Serialize)]
pub struct Manifests {
    /// At which commit of the control plane.
    pub commit: String,
    pub deployments: Vec<Manifest>,
    /// Where they were written; none: nowhere else than here.
    pub files: Vec<KeptFile>,
}

/// One deployment, as its file says it.
#[derive(Debug, Serialize)]
pub struct Manifest {
    pub name: String,
    pub instance_type: String,
    pub volume_gib: u32,
    pub certificate: String,
    pub power: String,
    pub protected: bool,
    pub paused: bool,
    pub settings: BTreeMap<String, String>,
}

/// A file that was written, or said the same already.
#[derive(Debug, Serialize)]
pub struct KeptFile {
    pub path: String,
    pub unchanged: bool,
}

impl From<(&DeploymentName, &Whole)> for Manifest {
    fn from((name, whole): (&DeploymentName, &Whole)) -> Self {
        Self {
            name: name.to_string(),
            instance_type: whole.instance_type.clone(),
            volume_gib: whole.volume_gib,
            certificate: whole.certificate.to_string(),
            power: whole.power.to_string(),
            protected: whole.protected,
            paused: whole.paused,
            settings: whole.settings.as_map().clone(),
        }
    }
}

/// `apply`, with `--dry-run` too: the commit is `null` where nothing was landed.
#[derive(Debug, Serialize)]
pub struct Applied {
    /// Whether something differs from the files, or did.
    pub changed: bool,
    pub created: usize,
    pub edited: usize,
    pub deleted: usize,
    pub operation_id: Option<String>,
    pub commit: Option<String>,
    pub generation: Option<u64>,
    pub plan: Option<Plan>,
    /// With `--wait`, where it is one.
    pub deployment: Option<Deployment>,
}
