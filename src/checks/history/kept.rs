//! What is kept between two runs.
//!
//! A file in the state folder, for each database, branch and way of counting one. It holds values of the database (names of categories, rows
//! of findings), and so has mode 0600. It can be deleted at any time: the next run reads the history anew.

use super::{constraints::Verdict, graph::Commit, table::Watched};
use crate::{
    checks::{figures::hash, rules::Rules},
    hosted_api::problem::{Kind, Problem},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Raised with every change of how something is counted, judged or written: what an older program has kept is not read.
const VERSION: u32 = 3;

/// What was counted and found so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    version: u32,
    /// The commits that were looked at, oldest first.
    pub commits: Vec<Commit>,
    /// Each watched table.
    pub tables: BTreeMap<String, Watched>,
    /// What came of each constraint, by its statement.
    pub constraints: BTreeMap<String, Verdict>,
    /// By which rules it was counted.
    pub counting: String,
}

/// Where it is for this database and branch, of this server or deployment, as these rules count: others do not take its
/// place, so that two rule files in turn count once each.
pub fn path(state: &Path, (source, database, branch): (&str, &str, &str), rules: &Rules) -> PathBuf {
    let name = hash(format!("{source}\n{database}\n{branch}\n{}", rules.counting()).as_bytes());
    state.join("checks").join(format!("{name:016x}"))
}

impl Kept {
    /// Nothing yet.
    pub fn new(counting: String) -> Self {
        Self { version: VERSION, counting, ..Self::default() }
    }

    /// What is kept; none where there is nothing that can be used.
    pub fn load(path: &Path) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let (version, _) = postcard::take_from_bytes::<u32>(&bytes).ok()?;
        // Another version may have another shape.
        if version != VERSION {
            return None;
        }
        postcard::from_bytes(&bytes).ok()
    }

    /// Replaces what is kept.
    ///
    /// # Errors
    /// Names the file.
    pub fn save(&self, path: &Path) -> Result<(), Problem> {
        let written = || {
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            // Its mode is 0600.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            let bytes = postcard::to_stdvec(self).map_err(io::Error::other)?;
            file.write_all(&bytes)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)
        };
        written().map(drop).map_err(|error: io::Error| {
            Problem::new(Kind::Failed, format!("what was counted cannot be kept in {}: {error}", path.display()))
        })
    }

    /// The newest commit that was looked at.
    pub fn tip(&self) -> Option<&str> {
        self.commits.last().map(|commit| commit.hash.as_str())
    }
}
