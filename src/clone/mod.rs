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
mod open;
mod receive;

pub use make::make;
pub use open::Opened;

use crate::{
    hosted_api::{
        on_clone::Facts,
        problem::{Kind, Problem},
    },
    hosting,
    model::{CommitHash, InstanceType, Site},
};
use doltops_proto::hosted_api::{self as wire, CloneBegin};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
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
    pub commit: CommitHash,
    /// When that commit was made (Unix milliseconds).
    pub time_ms: i64,
    /// When it was taken.
    pub taken_ms: i64,
    /// local, aws.
    pub provider: String,
    /// What was on offer.
    pub types: Vec<InstanceType>,
    /// What its cloud was like, as far as a plan needs to know.
    pub site: Site,
}

impl About {
    fn of(begin: &CloneBegin, taken_ms: i64) -> Result<Self, Problem> {
        Ok(Self {
            control_plane: begin.control_plane_id.clone(),
            commit: begin.commit.parse().map_err(|why| failed("what was sent names no commit", why))?,
            time_ms: begin.time_ms,
            taken_ms,
            provider: begin.provider.clone(),
            types: begin.instance_types.iter().map(instance_type).collect(),
            site: begin.site.as_ref().map(site).unwrap_or_default(),
        })
    }

    /// Of what the clone in `folder` is.
    fn read(folder: &Path) -> Result<Self, Problem> {
        let wrong = |why: String| {
            let what = format!("{} is no clone: {why}", folder.display());
            Problem::invalid("clone", what).next(
                "a clone is a folder with a copy of the control plane's database: doltops clone DIR makes one there",
            )
        };
        let text = fs::read_to_string(folder.join(ABOUT)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if !folder.exists() => wrong("there is no such folder".to_owned()),
            io::ErrorKind::NotFound => wrong(format!("there is no {ABOUT} in it")),
            _ => wrong(format!("{ABOUT} cannot be read: {error}")),
        })?;
        serde_json::from_str(&text).map_err(|error| wrong(format!("{ABOUT}: {error}")))
    }

    fn facts(&self) -> Facts {
        Facts {
            control_plane: self.control_plane.clone(),
            commit: self.commit.clone(),
            provider: self.provider.clone(),
            types: self.types.clone(),
            site: self.site.clone(),
        }
    }

    fn write(&self, folder: &Path) -> Result<(), Problem> {
        let text = serde_json::to_string_pretty(self).map_err(|error| failed("clone.json", error))?;
        fs::write(folder.join(ABOUT), text + "\n").map_err(|error| failed("clone.json cannot be written", error))
    }
}

fn instance_type(it: &wire::InstanceType) -> InstanceType {
    let wire::InstanceType { name, memory_mib, vcpus, max_connections, default: _ } = it.clone();
    InstanceType { name, memory_mib, vcpus, max_connections }
}

fn site(it: &wire::CloneSite) -> Site {
    Site {
        domain: it.domain.clone(),
        names: it.names,
        volume_follows: it.volume_follows,
        elastic: it.elastic,
        moves: it.moves,
        away_for_a_stop: it.away_for_a_stop,
        protects: it.protects,
        credentials: it.credentials,
        alternatives: Default::default(),
        zones: it.zones.clone(),
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
