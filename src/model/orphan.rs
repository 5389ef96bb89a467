//! What becomes of what belongs to nothing.

use serde::{Deserialize, Serialize};

/// What becomes of resources of this control plane's that belong to no deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrphanPolicy {
    /// They are shown, and removed by a person's word.
    #[default]
    Keep,
    /// Instances, addresses and names are removed; whatever holds data is kept all the same.
    Remove,
}
