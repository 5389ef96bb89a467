//! Why a call did not give what was asked for, as far as a check must tell cases apart.

use crate::doctor::Finding;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// Where the whole policy stands.
pub const POLICY: &str = "packaging/iam/control-plane.json";

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// These credentials may not.
    Denied(String),
    /// There are no credentials, or they are wrong or ended.
    Credentials(String),
    /// Nobody answered.
    Unreachable(String),
    /// The service answers something else: its code, and its words.
    Refused(String, String),
    /// What answers does not know the call: a stand-in, or a service that this region does not have.
    Unknown(String),
}

impl Fault {
    /// Of an SDK's error.
    pub fn of<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        let said = || error.message().unwrap_or("no reason is given").to_owned();
        match (error.code(), error) {
            (Some(code), _) => Self::of_code(code, said()),
            (None, SdkError::ServiceError(_) | SdkError::ResponseError(_)) => {
                Self::Unknown("the answer is none of this service's".to_owned())
            }
            (None, _) => Self::unsent(&causes(error)),
        }
    }

    fn of_code(code: &str, said: String) -> Self {
        match code {
            "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" | "AuthorizationError" => {
                Self::Denied(said)
            }
            "AuthFailure"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "RequestExpired"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException" => Self::Credentials(said),
            "InternalError" | "InternalFailure" | "NotImplemented" | "UnknownOperationException" => Self::Unknown(said),
            // An opt-in region that is off, or a service that is not there.
            "OptInRequired" => Self::Unknown(said),
            other => Self::Refused(other.to_owned(), said),
        }
    }

    /// Of a call that never left: the SDK has no type for "no credentials", only words.
    fn unsent(words: &str) -> Self {
        match words.contains("credential") || words.contains("identity") {
            // The chain of causes names every place that was searched, in the SDK's own words.
            true if words.contains("no providers") || words.contains("not enabled") => Self::Credentials(
                "there are none in the environment, in the profile or from this machine's role".to_owned(),
            ),
            true => Self::Credentials(words.to_owned()),
            false => Self::Unreachable(words.to_owned()),
        }
    }

    /// The line of a check whose call `action` failed so.
    pub fn finding(self, check: impl Into<String>, action: &str) -> Finding {
        match self {
            Fault::Denied(_) => Finding::missing(
                check,
                format!("these credentials lack {action}"),
                format!("allow it: {POLICY} holds the whole policy, docs/aws.md tells how to attach it"),
            ),
            other => Finding::not_checked(check, other.words(action)),
        }
    }

    /// The same of a check without which no deployment can be made: that it could not be looked at is a failure.
    pub fn needed(self, check: impl Into<String>, action: &str) -> Finding {
        match self {
            denied @ Fault::Denied(_) => denied.finding(check, action),
            other => Finding::missing(
                check,
                format!("it could not be looked at: {}", other.words(action)),
                "no deployment can be made without it: see that aws.region is right and that AWS answers there",
            ),
        }
    }

    /// What happened to the call `action`.
    pub fn words(&self, action: &str) -> String {
        match self {
            Fault::Denied(said) => format!("{action} is denied: {said}"),
            Fault::Credentials(said) => format!("{action} needs other credentials: {said}"),
            Fault::Unreachable(said) => format!("{action} was not answered: {said}"),
            Fault::Refused(code, said) => format!("{action} answers {code}: {said}"),
            Fault::Unknown(said) => format!("{action} is not known to what answers: {said}"),
        }
    }
}

/// An error with its causes, without the answer that `Debug` would print.
fn causes(error: &dyn Error) -> String {
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
    use crate::doctor::Outcome;

    #[test]
    fn only_a_denial_is_missing() {
        let of = |code: &str| Fault::of_code(code, "because".to_owned()).finding("x", "ec2:RunInstances");
        assert_eq!(of("UnauthorizedOperation").outcome, Outcome::Missing);
        assert!(of("UnauthorizedOperation").found.contains("ec2:RunInstances"));
        for code in ["RequestExpired", "NotImplemented", "InvalidParameterValue"] {
            assert_eq!(of(code).outcome, Outcome::NotChecked, "{code}");
        }
    }

    /// What cannot be looked at and has to be there does not pass as well.
    #[test]
    fn what_every_deployment_needs_is_missing_where_it_cannot_be_seen() {
        for code in ["NotImplemented", "InvalidParameterValue", "UnauthorizedOperation"] {
            let found = Fault::of_code(code, "because".to_owned()).needed("subnets", "ec2:DescribeSubnets");
            assert_eq!(found.outcome, Outcome::Missing, "{code}");
            assert!(found.found.contains("ec2:DescribeSubnets") && !found.next.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn a_call_without_credentials_is_told_from_one_without_an_answer() {
        let none = Fault::unsent("dispatch failure: the credential provider was not enabled: no providers in chain");
        assert!(matches!(none, Fault::Credentials(said) if said.starts_with("there are none") && said.len() < 100));
        assert!(matches!(Fault::unsent("credentials of the profile x: it is not there"), Fault::Credentials(_)));
        assert!(matches!(Fault::unsent("dns error: no such host"), Fault::Unreachable(_)));
    }
}
