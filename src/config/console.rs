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

impl ConsoleConfig {
    /// Whether a deployment of this name is one of those.
    pub fn is_production(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        self.production.iter().any(|pattern| fits(&pattern.chars().collect::<Vec<_>>(), &name))
    }
}

/// Whether the whole name fits the pattern.
fn fits(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => fits(rest, name),
        (Some(('*', rest)), Some((_, shorter))) => fits(rest, name) || fits(pattern, shorter),
        (Some(('?', rest)), Some((_, shorter))) => fits(rest, shorter),
        (Some((one, rest)), Some((other, shorter))) => one == other && fits(rest, shorter),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_told_by_its_name() {
        let config = ConsoleConfig::default();
        assert!(["prod", "prod-eu", "orders-prod"].iter().all(|name| config.is_production(name)));
        assert!(!["product", "orders", "reprod"].iter().any(|name| config.is_production(name)));
        let config = ConsoleConfig { production: vec!["eu-?".to_owned()], ..ConsoleConfig::default() };
        assert!(config.is_production("eu-1") && !config.is_production("eu-10") && !config.is_production("prod"));
    }
}
