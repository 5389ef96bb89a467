//! A deployment's name: a DNS label, because it becomes a host name.

use crate::model::Refusal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A valid DNS label: 1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last.
///
/// A letter first is stricter than RFC 1123 asks: some resolvers take an all-digit name for an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeploymentName(String);

/// The longest DNS label (RFC 1035, 2.3.4).
const LONGEST: usize = 63;

impl DeploymentName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeploymentName {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let wrong = |what: String| Err(Refusal::invalid("name", what));
        if text.is_empty() {
            return wrong("a name is needed".to_owned());
        }
        if text.len() > LONGEST {
            return wrong(format!("it has {} characters; a DNS label has at most {LONGEST}", text.chars().count()));
        }
        if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return wrong(format!(
                "'{}' is not allowed; use lower-case letters, digits and hyphens",
                bad.escape_default()
            ));
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

impl TryFrom<String> for DeploymentName {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        text.parse()
    }
}

impl From<DeploymentName> for String {
    fn from(name: DeploymentName) -> Self {
        name.0
    }
}

impl fmt::Display for DeploymentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_are_no_dns_label_are_refused_with_the_field() {
        for bad in ["", "A", "a_b", "a.b", "-a", "a-", "1a", "ä", "a b", &"a".repeat(64)] {
            let error = bad.parse::<DeploymentName>().expect_err(bad);
            assert!(matches!(error, Refusal::Invalid { ref field, .. } if field == "name"), "{bad}: {error}");
        }
        assert!("a".repeat(63).parse::<DeploymentName>().is_ok());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_label_or_refused(text in ".{0,80}") {
            if let Ok(name) = text.parse::<DeploymentName>() {
                prop_assert!(name.as_str().len() <= 63 && name.as_str().is_ascii());
            }
        }
    }
}
