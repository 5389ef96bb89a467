//! A branch's name, as people type it.

use crate::model::Refusal;
use serde::Serialize;
use std::{fmt, str::FromStr};

/// The name of a branch of the control plane: 1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen
/// last; not `main`, which is no branch to prepare anything on.
///
/// As narrow as a deployment's name: it stands in commands, in the title bar and, after a prefix, in Dolt's own branches,
/// where a slash, a dot or a space would each need care of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct BranchName(String);

/// As for a deployment's name: it has to fit into a title bar.
const LONGEST: usize = 63;

impl BranchName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BranchName {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let wrong = |what: String| Err(Refusal::invalid("branch", what));
        if text.is_empty() {
            return wrong("a branch's name is needed".to_owned());
        }
        if text == "main" {
            return wrong("main is what runs, and no branch".to_owned());
        }
        if text.len() > LONGEST {
            return wrong(format!("it has {} characters; there may be {LONGEST}", text.chars().count()));
        }
        if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            let bad = bad.escape_default();
            return wrong(format!("'{bad}' is not allowed; use lower-case letters, digits and hyphens"));
        }
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return wrong("it must begin with a letter".to_owned());
        }
        if text.ends_with('-') {
            return wrong("it must not end with a hyphen".to_owned());
        }
        Ok(Self(text.to_owned()))
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
    use proptest::prelude::*;

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for good in ["a", "resize-three", "q3-2026", &"a".repeat(63)] {
            assert_eq!(good.parse::<BranchName>().map(|name| name.to_string()), Ok(good.to_owned()));
        }
        for bad in
            ["", "main", "Main", "a/b", "a.b", "a b", "-a", "a-", "1a", "ä", "a..b", "a`b", "HEAD", &"a".repeat(64)]
        {
            assert!(
                matches!(bad.parse::<BranchName>(), Err(Refusal::Invalid { field, .. }) if field == "branch"),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_safe_in_a_statement(text in ".{0,70}") {
            if let Ok(name) = text.parse::<BranchName>() {
                prop_assert!(name.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            }
        }
    }
}
