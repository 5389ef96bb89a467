//! Why something that was asked for is not done, and an error in words.

use std::error::Error;
use thiserror::Error;

/// A refusal, in terms of the request: nothing was touched.
///
/// The command line's exit codes and the API's status codes are made from these.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The request itself is wrong.
    #[error("{field}: {what}")]
    Invalid {
        /// The argument: `name`, `type`, `volume`, `to`, `confirm`, a setting's key.
        field: String,
        /// What is wrong with it, and what would be right.
        what: String,
    },
    /// What it names is not there.
    #[error("{0}")]
    NotFound(String),
    /// It is well formed, but what is there forbids it (protected, paused, a shrink of what someone else grew).
    #[error("{what}")]
    Forbidden {
        /// What forbids it.
        what: String,
        /// What to do about it.
        next: String,
    },
    /// The state has moved on since the plan that was confirmed.
    #[error("{0}")]
    Changed(String),
}

impl Refusal {
    /// A wrong argument.
    pub fn invalid(field: impl Into<String>, what: impl Into<String>) -> Self {
        Refusal::Invalid { field: field.into(), what: what.into() }
    }

    /// Something that the present state forbids, and what to do about it.
    pub fn forbidden(what: impl Into<String>, next: impl Into<String>) -> Self {
        Refusal::Forbidden { what: what.into(), next: next.into() }
    }
}

/// An error with its causes, in one line. The outermost one of an HTTP or gRPC library says only that there was one, and
/// `Debug` would print the answer too.
pub fn causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Error)]
    #[error("client error")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn every_cause_is_told() {
        let inner = "x".parse::<u8>().expect_err("no number");
        assert_eq!(causes(&inner), "invalid digit found in string");
        assert_eq!(causes(&Outer(inner)), "client error: invalid digit found in string");
    }
}
