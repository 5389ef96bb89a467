//! The table `[console]`.

use serde::Deserialize;
use std::path::PathBuf;

/// How the console behaves.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleConfig {
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
        Self { production, mysql: None, statement_seconds: 0 }
    }
}
