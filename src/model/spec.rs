//! What should be.

use crate::model::{DeploymentId, DeploymentName, Refusal, Settings};
use serde::{Deserialize, Serialize};

/// The smallest volume, GiB.
pub const SMALLEST_VOLUME: u32 = 1;
/// The largest volume, GiB: gp3's limit.
pub const LARGEST_VOLUME: u32 = 16_384;
/// What a volume has when nothing is said, GiB: room for a first database, and cheap.
pub const DEFAULT_VOLUME: u32 = 10;

/// What a user asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// One of those the cloud offers.
    pub instance_type: String,
    /// GiB, from [`SMALLEST_VOLUME`] to [`LARGEST_VOLUME`]; only grows.
    pub volume_gib: u32,
    /// Who signs the database's certificate.
    pub certificate: CertificateKind,
    /// Dolt's server settings that differ from the defaults.
    pub settings: Settings,
}

/// A deployment as it should be: what stands on a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// For ever.
    pub id: DeploymentId,
    /// Unique among those that are.
    pub name: DeploymentName,
    /// What the user asked for.
    pub spec: Spec,
    /// Running or stopped.
    pub power: Power,
    /// While set, nothing deletes it.
    pub protected: bool,
    /// While set, the reconciler rests; Dolt runs on.
    pub paused: bool,
}

/// An enum whose every variant has one word, the same in tables, commands and messages.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $field:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// The word for it in tables, commands and messages.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::Refusal;

            fn from_str(text: &str) -> Result<Self, $crate::model::Refusal> {
                match text {
                    $($word => Ok($name::$variant),)+
                    other => Err($crate::model::Refusal::invalid($field, format!("'{other}' is none of: {}", [$($word),+].join(", ")))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words!(
    /// Whether a deployment should serve.
    Power, "power" {
        /// It serves.
        Running = "running",
        /// Its instance is stopped; its data stays.
        Stopped = "stopped",
    }
);

words!(
    /// Who signs a database's certificate.
    CertificateKind, "certificate" {
        /// The control plane's own deployment CA.
        SelfSigned = "self-signed",
        /// A public authority, by ACME.
        WebPki = "webpki",
    }
);

/// Checks a volume's size.
///
/// # Errors
/// Names the field `volume` and the bounds.
pub fn volume_gib(gib: u64) -> Result<u32, Refusal> {
    u32::try_from(gib).ok().filter(|gib| (SMALLEST_VOLUME..=LARGEST_VOLUME).contains(gib)).ok_or_else(|| {
        Refusal::invalid("volume", format!("{gib} GiB is out of bounds: {SMALLEST_VOLUME} to {LARGEST_VOLUME}"))
    })
}
