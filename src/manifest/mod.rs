//! Desired state as files, for those who keep it in Git.
//!
//! One YAML document a deployment; as many in a file as one likes. The fields have the names that `-o json`, the history
//! and blame give them. A file has no id, no secret, and nothing that was observed.
//!
//! ```yaml
//! doltops: 1              # the version of this format
//! name: orders
//! instance_type: t4g.small
//! volume_gib: 20          # only grows
//! certificate: self-signed
//! power: running          # or stopped: its data is kept, no instance runs
//! protected: false
//! paused: false
//! settings:               # all of them: one that is not here goes back to its default
//!   max_connections: "400"
//! ```
//!
//! Guarantees
//! - What a document leaves out stays as it is; a new deployment has the default. So whoever does not write `protected`
//!   takes no protection off. `settings`, where it stands, is whole.
//! - A field that is not known, a value out of its bounds, and a deployment that stands twice are refused with file,
//!   line and field, before anything is asked of the control plane.
//! - What [`write`] makes reads as the same deployment, and the same deployment makes the same bytes.
//!
//! Why YAML, when `doltops.toml` is not: these files stand beside those of Kubernetes, Ansible and Dolt's own server, and
//! a list of documents that are put together with `cat` is what YAML has and TOML has not. What makes YAML a trap is
//! taken out: every value is read as the text that stands there, so that `ON` is no boolean and `0400` no octal number.
//!
//! Not here: asking the control plane, and the plan (`cli::apply`, `cli::export`).

mod compare;
mod folder;
mod read;
mod write;

pub use compare::{Present, changes};
pub use folder::{Kept, Source, keep, sources};
pub use read::read;
pub use write::write;

use crate::model::{CertificateKind, DeploymentName, Power, Refusal, Settings};
use doltops_proto::hosted_api as wire;
use std::{fmt, sync::Arc};

/// The format that is written, and the only one that is read.
const FORMAT: u32 = 1;

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As it was named, or `-`.
    pub file: Arc<str>,
    /// From 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Place {
    /// The refusal of what stands here.
    fn refuse(&self, field: &str, what: impl fmt::Display) -> Refusal {
        Refusal::invalid(field, format!("{self}: {what}"))
    }
}

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// What.
    pub value: T,
    /// Where.
    pub at: Place,
}

/// What a document says of one deployment; what is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Which.
    pub name: Placed<DeploymentName>,
    /// One of those the cloud offers.
    pub instance_type: Option<Placed<String>>,
    /// GiB.
    pub volume_gib: Option<Placed<u32>>,
    /// Who signs its certificate; only chosen when it is made.
    pub certificate: Option<Placed<CertificateKind>>,
    /// Running or stopped.
    pub power: Option<Power>,
    /// Whether nothing deletes it.
    pub protected: Option<bool>,
    /// Whether the reconciler rests.
    pub paused: Option<bool>,
    /// All that differ from the defaults.
    pub settings: Option<Settings>,
}

/// Everything that can be asked for of one deployment, as it is desired now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its type.
    pub instance_type: String,
    /// GiB.
    pub volume_gib: u32,
    /// Who signs its certificate.
    pub certificate: CertificateKind,
    /// Running or stopped.
    pub power: Power,
    /// Whether nothing deletes it.
    pub protected: bool,
    /// Whether the reconciler rests.
    pub paused: bool,
    /// All that differ from the defaults.
    pub settings: Settings,
}

impl TryFrom<&wire::Desired> for Whole {
    type Error = Refusal;

    fn try_from(desired: &wire::Desired) -> Result<Self, Refusal> {
        Ok(Self {
            instance_type: desired.instance_type.clone(),
            volume_gib: desired.volume_gib,
            certificate: desired.certificate.parse()?,
            power: desired.power.parse()?,
            protected: desired.protected,
            paused: desired.paused,
            settings: Settings::stored(desired.settings.clone().into_iter().collect()),
        })
    }
}

#[cfg(test)]
mod tests;
