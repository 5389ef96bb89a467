//! A clone of a control plane's database on another machine: to find out what happened, and to try a change.
//!
//! Guarantees
//! - A clone is whole or not there: it is made beside its place, checked, and moved into it by one rename.
//! - It holds what is in commits, and no secret. Nothing in it leads to the fleet: no cloud, no agents, no keys.
//! - Its folder is no state folder: nobody hosts a control plane on it by mistake.
//!
//! In the folder: `clone.json` says of what it is ([`About`]); `database/data/doltops` is the Dolt database, which any Dolt
//! opens too.

mod make;
mod receive;

pub use make::make;

use crate::{
    hosted_api::problem::{Kind, Problem},
    hosting,
};
use doltops_proto::hosted_api::CloneBegin;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file that says of what a folder is a clone.
const ABOUT: &str = "clone.json";

/// Where its Dolt server runs.
const DATABASE: &str = "database";

/// Of what a clone is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The control plane's id.
    pub control_plane: String,
    /// Main's head when it was made.
    pub commit: String,
    /// When that commit was made (Unix milliseconds).
    pub time_ms: i64,
    /// local, aws.
    pub provider: String,
}

impl About {
    fn of(begin: &CloneBegin) -> Self {
        Self {
            control_plane: begin.control_plane_id.clone(),
            commit: begin.commit.clone(),
            time_ms: begin.time_ms,
            provider: begin.provider.clone(),
        }
    }

    fn write(&self, folder: &Path) -> Result<(), Problem> {
        let text = serde_json::to_string_pretty(self).map_err(|error| failed("clone.json", error))?;
        fs::write(folder.join(ABOUT), text + "\n").map_err(|error| failed("clone.json cannot be written", error))
    }
}

/// The Dolt that makes a clone, and runs it.
///
/// # Errors
/// Names `dolt`, with what to do where there is none.
pub async fn find_dolt(flag: Option<PathBuf>) -> Result<PathBuf, Problem> {
    hosting::find_dolt(flag, Arc::new(|line: &str| tracing::info!("{line}"))).await
}

fn failed(what: &str, error: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Failed, format!("{what}: {error}"))
}
