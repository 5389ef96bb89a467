//! The name of a branch of the control plane, which is a change request's name too.

use crate::model::Refusal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Lower-case letters, digits and hyphens, at most 50; no hyphen at either end.
///
/// In Dolt it is a branch `cr/NAME`: names that people give cannot meet `main`, or a branch that somebody made by hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BranchName(String);

/// It stands in a title bar, beside the view's name.
const LONGEST: usize = 50;

impl BranchName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The branch in Dolt; safe to put into a SQL statement.
    pub fn in_dolt(&self) -> String {
        format!("cr/{}", self.0)
    }
}

impl FromStr for BranchName {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let wrong = |what: String| Err(Refusal::invalid("branch", what));
        if text.is_empty() || text.len() > LONGEST {
            return wrong(format!("a branch's name has 1 to {LONGEST} characters"));
        }
        if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            let bad = bad.escape_default();
            return wrong(format!("'{bad}' is not allowed; use lower-case letters, digits and hyphens"));
        }
        if text.starts_with('-') || text.ends_with('-') {
            return wrong("it must not begin or end with a hyphen".to_owned());
        }
        // `--branch main` would read as if it were a branch among others.
        if text == "main" {
            return wrong("main is no change request; leave the branch out".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for BranchName {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        text.parse()
    }
}

impl From<BranchName> for String {
    fn from(name: BranchName) -> Self {
        name.0
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_something_else_in_sql_or_in_dolt_is_no_name() {
        for bad in ["", "main", "A", "a/b", "a'b", "a`b", "-a", "a-", "a b", "a.b", "ä", &"a".repeat(51)] {
            let error = bad.parse::<BranchName>().expect_err(bad);
            assert!(matches!(error, Refusal::Invalid { ref field, .. } if field == "branch"), "{bad}: {error}");
        }
        let name: BranchName = "2026-resize".parse().expect("a name");
        assert_eq!(name.in_dolt(), "cr/2026-resize");
    }
}
