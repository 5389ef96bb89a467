//! Why a stand-in could not do what was asked.

use aws_sdk_ec2::error::DisplayErrorContext;
use std::{error::Error as StdError, io};

/// What went wrong, told for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that the stand-in needs did not come up.
    #[error("{program} did not start: {why}")]
    NotStarted {
        /// Which program.
        program: &'static str,
        /// Why, with the end of its log where it has one.
        why: String,
    },
    /// One of the stand-ins answered with an error.
    #[error("{doing}: {why}")]
    Refused {
        /// What was asked of it.
        doing: String,
        /// What it said.
        why: String,
    },
    /// The operating system refused.
    #[error("{doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// What it said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: the SDK's error with its causes, which its `Display` leaves out.
    pub(crate) fn aws<E: StdError>(doing: &str) -> impl FnOnce(E) -> Self {
        move |error| Self::Refused { doing: doing.to_owned(), why: DisplayErrorContext(error).to_string() }
    }

    /// For `map_err`: what was tried with the file or the socket.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing: doing.into(), source }
    }

    /// For `map_err`: any other error.
    pub(crate) fn refused<E: std::fmt::Display>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        move |error| Self::Refused { doing: doing.into(), why: error.to_string() }
    }
}
