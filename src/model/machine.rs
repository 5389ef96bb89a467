//! What an instance type gives.

use crate::model::Refusal;
use serde::{Deserialize, Serialize};

/// An instance type that the cloud offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceType {
    /// As the cloud names it: `local.small`, `m7g.large`.
    pub name: String,
    /// Memory, MiB.
    pub memory_mib: u32,
    /// Virtual processors.
    pub vcpus: u32,
    /// How many SQL connections Dolt accepts, unless a setting says otherwise.
    pub max_connections: u32,
}

/// Finds `name` among what is offered; the first one where `name` is empty.
///
/// # Errors
/// Names the field `type` and what is offered.
pub fn find<'a>(offered: &'a [InstanceType], name: &str) -> Result<&'a InstanceType, Refusal> {
    let found = if name.is_empty() { offered.first() } else { offered.iter().find(|t| t.name == name) };
    found.ok_or_else(|| {
        let names: Vec<&str> = offered.iter().map(|t| t.name.as_str()).collect();
        Refusal::invalid("type", format!("'{name}' is not offered here; there are {}", names.join(", ")))
    })
}
