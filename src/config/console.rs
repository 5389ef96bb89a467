//! `[console]` of `doltops.toml`: what only the console reads, too wide for a flag.
//!
//! What the names of commands and keys mean is for the console to say, which reports what it does not know: a file that
//! was written for another release must not keep anybody from working.

use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// The table: how the console behaves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleConfig {
    /// `[console.keys]`: by a command's name.
    pub keys: BTreeMap<String, KeyLine>,
    /// Names of deployments where SQL begins read-only; `*` stands for any characters, `?` for one.
    pub production: Vec<String>,
    /// The user's own SQL client; absent: the first that is found.
    pub mysql: Option<PathBuf>,
    /// Seconds after which a statement is cancelled; 0: never.
    pub statement_seconds: u32,
}

impl Default for ConsoleConfig {
    /// The names that people give to what must not be touched by accident.
    fn default() -> Self {
        let production = ["prod", "prod-*", "*-prod"].map(str::to_owned).to_vec();
        Self { keys: BTreeMap::new(), production, mysql: None, statement_seconds: 0 }
    }
}

/// The keys of one command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct KeyLine {
    /// What was written; nothing takes its keys away.
    pub keys: Vec<String>,
    /// Its line in the file, from 1.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a key such as \"g d\", or a list of keys")]
enum Written {
    One(String),
    Several(Vec<String>),
}

impl From<Written> for KeyLine {
    fn from(written: Written) -> Self {
        let mut keys = match written {
            Written::One(one) => vec![one],
            Written::Several(several) => several,
        };
        // `quit = ""` is as good as `quit = []`.
        keys.retain(|key| !key.trim().is_empty());
        // The file's text alone knows the line (see `file`).
        Self { keys, line: 0 }
    }
}
