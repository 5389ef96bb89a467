//! What a person has settled about SQL, once for all sessions.

use std::path::PathBuf;

/// What was settled; see the commented `doltops.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Names of deployments where SQL begins read-only; `*` stands for any characters, `?` for one.
    pub production: Vec<String>,
    /// The user's own client; absent: the first that is found.
    pub mysql: Option<PathBuf>,
    /// Seconds after which a statement is cancelled; 0: never.
    pub statement_seconds: u32,
}

impl Settings {
    /// Whether a deployment of this name is one of those whose data is dear.
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
        let settings = |patterns: &[&str]| Settings {
            production: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
            ..Settings::default()
        };
        let usual = settings(&["prod", "prod-*", "*-prod"]);
        assert!(["prod", "prod-eu", "orders-prod"].iter().all(|name| usual.is_production(name)));
        assert!(!["product", "orders", "reprod"].iter().any(|name| usual.is_production(name)));
        let one = settings(&["eu-?"]);
        assert!(one.is_production("eu-1") && !one.is_production("eu-10") && !one.is_production("prod"));
    }
}
