//! What went wrong, between the server's refusals and the words and exit codes that callers see.
//!
//! One table in each direction, so that the console, the commands and the server cannot disagree.

use crate::model::Refusal;
use doltops_proto::hosted_api::{ErrorDetail, PlanResponse};
use prost::Message;
use std::fmt;
use tonic::{Code, Status};

/// What to do where all is as it was asked to be: callers know by it that this is no error to mend.
pub const NOTHING_TO_DO: &str = "nothing needs to be done";

/// What to do where a clone is asked for what only runs: callers know by it that asking again is of no use.
const ASK_THE_ORIGINAL: &str = "ask the control plane that it is a clone of";

/// A kind of problem: each has an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was tried and failed.
    Failed,
    /// The request is wrong.
    Invalid,
    /// What it names is not there.
    NotFound,
    /// What is there forbids it, or the caller's role does, or the plan has changed.
    Refused,
    /// Nobody answers.
    Unreachable,
}

impl Kind {
    /// What a command ends with.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Failed => 1,
            Kind::Invalid => 2,
            Kind::NotFound => 3,
            Kind::Refused => 4,
            Kind::Unreachable => 5,
        }
    }

    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Failed => "failed",
            Kind::Invalid => "invalid",
            Kind::NotFound => "not-found",
            Kind::Refused => "refused",
            Kind::Unreachable => "unreachable",
        }
    }
}

/// What went wrong, to what, and what to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which kind.
    pub kind: Kind,
    /// What happened.
    pub what: String,
    /// The argument that is wrong; empty where it is none.
    pub field: String,
    /// What to do about it; may be empty.
    pub next: String,
    /// The new plan, where the plan has changed.
    pub plan: Option<Box<PlanResponse>>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), field: String::new(), next: String::new(), plan: None }
    }

    /// A wrong argument.
    pub fn invalid(field: impl Into<String>, what: impl Into<String>) -> Self {
        Self { field: field.into(), ..Self::new(Kind::Invalid, what) }
    }

    /// A clone is asked for what only runs.
    pub fn never_on_a_clone(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused, what).next(ASK_THE_ORIGINAL)
    }

    /// Whether all is as it was asked to be.
    pub fn nothing_to_do(&self) -> bool {
        self.kind == Kind::Refused && self.next == NOTHING_TO_DO
    }

    /// Whether asking again is of no use: it is not there, or never is on what is asked.
    pub fn is_for_good(&self) -> bool {
        self.kind == Kind::NotFound || (self.kind == Kind::Refused && self.next == ASK_THE_ORIGINAL)
    }

    /// With what to do about it.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for Problem {}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid { field, what } => Problem::invalid(field, what),
            Refusal::NotFound(what) => Problem::new(Kind::NotFound, what),
            Refusal::Forbidden { what, next } => Problem::new(Kind::Refused, what).next(next),
            Refusal::Changed(what) => Problem::new(Kind::Refused, what).next("look at the new plan and confirm again"),
        }
    }
}

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        let code = match problem.kind {
            Kind::Failed => Code::Internal,
            Kind::Invalid => Code::InvalidArgument,
            Kind::NotFound => Code::NotFound,
            Kind::Refused if problem.plan.is_some() => Code::Aborted,
            Kind::Refused => Code::FailedPrecondition,
            Kind::Unreachable => Code::Unavailable,
        };
        let detail = ErrorDetail { field: problem.field, next: problem.next, plan: problem.plan.map(|plan| *plan) };
        Status::with_details(code, problem.what, detail.encode_to_vec().into())
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        if let Some(problem) = super::transport::problem(&status) {
            return problem;
        }
        let kind = match status.code() {
            Code::InvalidArgument | Code::OutOfRange => Kind::Invalid,
            Code::NotFound => Kind::NotFound,
            Code::FailedPrecondition
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::Aborted
            | Code::AlreadyExists => Kind::Refused,
            // The Hosted API itself never says the last two: they are a connection that broke before the answer came.
            Code::Unavailable | Code::DeadlineExceeded | Code::Unknown | Code::Cancelled => Kind::Unreachable,
            _ => Kind::Failed,
        };
        let detail = ErrorDetail::decode(status.details()).unwrap_or_default();
        Problem {
            kind,
            what: status.message().to_owned(),
            field: detail.field,
            next: detail.next,
            plan: detail.plan.map(Box::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_clone_has_not_is_refused_and_not_asked_for_again() {
        let refused = Problem::never_on_a_clone("this is a clone: logs are not in it");
        assert!(Problem::from(Status::from(refused.clone())).is_for_good());
        assert_eq!(refused.kind.exit_code(), 4);
        assert!(!Problem::new(Kind::Refused, "it is stopped").is_for_good());
    }

    #[test]
    fn a_problem_survives_the_wire() {
        let sent = Problem::invalid("volume", "0 GiB is out of bounds").next("ask for 1 or more");
        assert_eq!(Problem::from(Status::from(sent.clone())), sent);
    }
}
