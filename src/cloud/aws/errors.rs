//! What AWS says went wrong, as a [`CloudError`]: one table.
//!
//! Guarantees: only what may go otherwise by itself is [`CloudError::Later`]; a refusal names the call, AWS's code and
//! message, and what to do where that is known.

use crate::cloud::CloudError;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// What follows from a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too many calls, by this program or others in the account.
    Throttled,
    /// It may be done later; whether it was done now is not known where [`Fault::answered`] is false.
    Later,
    /// No instance of that type can be had there.
    NoCapacity,
    /// What the call names is not there, or not seen yet.
    NotFound,
    /// It would be refused again.
    Refused,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `ec2:RunInstances`: also the name of the permission.
    pub call: String,
    /// AWS's code, empty where there was no answer or none that can be read.
    pub code: String,
    /// AWS's words, or what kept the call from being answered.
    pub message: String,
    /// Whether AWS has said that it was not done. Otherwise it may have been.
    pub answered: bool,
    /// What follows.
    pub verdict: Verdict,
}

impl Fault {
    /// What became of `call`, by the SDK.
    pub fn of<E>(call: &str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.code().unwrap_or_default().to_owned();
        let message = match (error.message(), error) {
            (Some(message), _) => message.to_owned(),
            (None, SdkError::TimeoutError(_)) => "no answer in time".to_owned(),
            (None, _) => {
                status.filter(|_| code.is_empty()).map_or_else(|| chain(error), |status| format!("HTTP {status}"))
            }
        };
        let verdict = match error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Verdict::Later,
            SdkError::DispatchFailure(failure) if failure.is_user() => Verdict::Refused,
            SdkError::DispatchFailure(_) => Verdict::Later,
            SdkError::ConstructionFailure(_) => Verdict::Refused,
            _ => verdict(&code, status.unwrap_or_default()),
        };
        let answered = matches!(error, SdkError::ServiceError(_)) && status.is_some_and(|status| status < 500);
        // Throttled calls were not begun, also where the status is 503.
        let answered = answered || verdict == Verdict::Throttled || verdict == Verdict::NoCapacity;
        Self { call: call.to_owned(), code, message, answered, verdict }
    }

    /// The same, where what is not found was seen a moment ago: reads and writes of EC2 need not agree at once.
    pub fn seen_before(self) -> CloudError {
        match self.verdict {
            Verdict::NotFound => CloudError::Later(format!("{}; it was there a moment ago", self.words())),
            _ => self.into(),
        }
    }

    fn words(&self) -> String {
        let Self { call, code, message, .. } = self;
        if code.is_empty() { format!("{call}: {message}") } else { format!("{call}: {code}: {message}") }
    }
}

impl From<Fault> for CloudError {
    fn from(fault: Fault) -> Self {
        let words = fault.words();
        match fault.verdict {
            Verdict::Throttled => CloudError::Later(format!("AWS allows no more calls at the moment: {words}")),
            Verdict::Later => CloudError::Later(words),
            // The code says it all, and has to fit into a tag with more of them.
            Verdict::NoCapacity => CloudError::NoCapacity(fault.code),
            Verdict::NotFound => CloudError::NotFound(format!("such thing any more: {words}")),
            Verdict::Refused => CloudError::Refused(match advice(&fault) {
                Some(advice) => format!("{words}; {advice}"),
                None => words,
            }),
        }
    }
}

/// AWS's codes, each with what follows from it. `status` decides where the code says nothing.
pub fn verdict(code: &str, status: u16) -> Verdict {
    match code {
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "EC2ThrottledException"
        | "PriorRequestNotComplete"
        | "SlowDown" => Verdict::Throttled,
        "InsufficientInstanceCapacity"
        | "InsufficientHostCapacity"
        | "InsufficientReservedInstanceCapacity"
        | "InsufficientCapacity"
        | "InsufficientFreeAddressesInSubnet"
        | "Unsupported"
        | "UnfulfillableCapacity" => Verdict::NoCapacity,
        "IncorrectState"
        | "IncorrectInstanceState"
        | "IncorrectModificationState"
        | "VolumeModificationRateExceeded"
        | "SnapshotCreationPerVolumeRateExceeded"
        | "ConcurrentSnapshotLimitExceeded"
        | "PendingSnapshotLimitExceeded"
        | "DependencyViolation"
        | "ResourceAlreadyAssociated"
        | "InsufficientAddressCapacity"
        | "InsufficientVolumeCapacity"
        | "IdempotentParameterMismatch"
        | "IdempotentInstanceTerminated"
        | "ConcurrentModification"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "RequestExpired"
        | "Server.InternalError"
        | "InternalError"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "Unavailable" => Verdict::Later,
        "NoSuchHostedZone" => Verdict::Refused,
        _ if code.ends_with(".NotFound") && code.starts_with("Invalid") => Verdict::NotFound,
        _ if status >= 500 => Verdict::Later,
        _ => Verdict::Refused,
    }
}

fn advice(fault: &Fault) -> Option<String> {
    Some(match fault.code.as_str() {
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" => {
            format!(
                "the control plane lacks the permission {}: `doltops doctor` tells every one that is missing",
                fault.call
            )
        }
        "AuthFailure" | "InvalidClientTokenId" | "SignatureDoesNotMatch" | "UnrecognizedClientException" => {
            "AWS does not accept the credentials: renew them, or choose others with `profile` in [aws]".to_owned()
        }
        "ExpiredToken" | "ExpiredTokenException" => "the credentials have expired: renew them".to_owned(),
        "OptInRequired" => "the account or the region is not activated".to_owned(),
        "VcpuLimitExceeded" | "InstanceLimitExceeded" => {
            "ask AWS for a higher quota of running on-demand vCPUs, or choose a smaller type".to_owned()
        }
        "VolumeLimitExceeded" | "MaxIOPSLimitExceeded" => "ask AWS for a higher quota of gp3 storage".to_owned(),
        "SnapshotLimitExceeded" => "ask AWS for a higher quota of snapshots, or delete some".to_owned(),
        "AddressLimitExceeded" => {
            "ask AWS for a higher quota of elastic addresses, or set `address` in [aws] to private or public".to_owned()
        }
        "NoSuchHostedZone" => "correct `hosted_zone` in [aws]".to_owned(),
        "" if fault.message.contains("credentials") => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a `profile` in [aws]".to_owned()
        }
        _ => return None,
    })
}

/// An error and what it came from, without the kinds of error that the SDK wraps around it.
fn chain(error: &dyn Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        next = error.source();
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: &str, verdict: Verdict) -> Fault {
        Fault {
            call: "ec2:RunInstances".into(),
            code: code.into(),
            message: "as AWS says".into(),
            answered: true,
            verdict,
        }
    }

    #[test]
    fn codes_and_what_follows() {
        for (code, status, follows) in [
            ("RequestLimitExceeded", 503, Verdict::Throttled),
            ("Throttling", 400, Verdict::Throttled),
            ("PriorRequestNotComplete", 400, Verdict::Throttled),
            ("InsufficientInstanceCapacity", 500, Verdict::NoCapacity),
            ("InsufficientInstanceCapacity", 400, Verdict::NoCapacity),
            ("Unsupported", 400, Verdict::NoCapacity),
            ("IncorrectInstanceState", 400, Verdict::Later),
            ("InternalError", 500, Verdict::Later),
            ("", 502, Verdict::Later),
            ("InvalidInstanceID.NotFound", 400, Verdict::NotFound),
            ("InvalidVolume.NotFound", 400, Verdict::NotFound),
            ("NoSuchHostedZone", 404, Verdict::Refused),
            ("InvalidParameterValue", 400, Verdict::Refused),
            ("UnauthorizedOperation", 403, Verdict::Refused),
            ("", 404, Verdict::Refused),
        ] {
            assert_eq!(verdict(code, status), follows, "{code} {status}");
        }
    }

    #[test]
    fn a_missing_permission_is_named() {
        let CloudError::Refused(words) = fault("UnauthorizedOperation", Verdict::Refused).into() else {
            panic!("it is a refusal");
        };
        assert!(words.contains("the permission ec2:RunInstances"), "{words}");
    }

    #[test]
    fn what_was_seen_a_moment_ago_may_be_seen_later() {
        let fault = fault("InvalidInstanceID.NotFound", Verdict::NotFound);
        assert!(matches!(fault.clone().seen_before(), CloudError::Later(_)));
        assert!(matches!(CloudError::from(fault), CloudError::NotFound(_)));
    }
}
