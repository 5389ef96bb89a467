//! What an authority's refusal means, and what to do about it. Pure.

use super::order::{Failed, Kind};
use crate::model::error::causes;
use instant_acme::{Error, Problem};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::time::Duration;

/// The beginning of every type of problem that ACME knows (RFC 8555, 6.7).
const PREFIX: &str = "urn:ietf:params:acme:error:";

/// What an error of the client's means.
pub fn of(error: &Error) -> Failed {
    match error {
        Error::Api(problem) => of_problem(problem),
        Error::Timeout(_) => Failed::passing("the authority was not done in time; it is asked again"),
        Error::Unsupported(what) => refused(format!("the authority does not have {what}")),
        // The connection, or an answer that is none: its causes say more than it does itself.
        error => Failed::passing(format!("the authority cannot be reached: {}", causes(error))),
    }
}

/// The authority does not answer.
pub fn silent(limit: Duration) -> Failed {
    Failed::passing(format!("the authority was not done within {} s; it is asked again", limit.as_secs()))
}

/// The kept key is none.
pub fn broken_key(name: &str) -> Failed {
    let what =
        format!("the secret {name} is no key of an account: put the right one back, or remove it for a new account");
    Failed { kind: Kind::Account, what, until: None }
}

/// The authority could not see that a name is ours.
pub fn not_authorized(name: &str, problem: &Problem) -> Failed {
    let said = said(problem);
    let what = match word(problem) {
        "caa" => format!("a CAA record forbids the authority to sign {name}: {said}; let it in there"),
        _ => format!(
            "the authority does not see the text record _acme-challenge.{name}: {said}; see whether the domain's name servers are \
             those of the hosted zone"
        ),
    };
    Failed { kind: Kind::NotAuthorized, what, until: None }
}

fn of_problem(problem: &Problem) -> Failed {
    let said = said(problem);
    match word(problem) {
        "rateLimited" => Failed {
            kind: Kind::Limit,
            until: retry_after(&said),
            what: format!("the authority allows no more for now: {said}"),
        },
        "badNonce" | "serverInternal" | "orderNotReady" => {
            Failed::passing(format!("the authority stumbled: {said}; it is asked again"))
        }
        "alreadyReplaced" | "conflict" => Failed { kind: Kind::Replaced, what: said, until: None },
        "accountDoesNotExist" => Failed {
            kind: Kind::Account,
            what: format!("the authority does not know the account any more: {said}; the next order opens it anew"),
            until: None,
        },
        "unauthorized" => Failed {
            kind: Kind::Account,
            what: format!(
                "the authority refuses the account: {said}; ask it why, or remove the secret acme/account-… for a new one"
            ),
            until: None,
        },
        "rejectedIdentifier" | "unsupportedIdentifier" => refused(format!(
            "the authority signs no such name: {said}; give the deployment another name, or choose another domain"
        )),
        "externalAccountRequired" => refused(format!(
            "the authority wants an account that it has given itself: {said}; set acme.directory to another authority"
        )),
        "userActionRequired" => refused(format!("the authority wants its new terms to be agreed to: {said}")),
        "invalidContact" | "unsupportedContact" => {
            refused(format!("the authority does not take acme.contact: {said}; write mailto:NAME@DOMAIN"))
        }
        "invalidProfile" => refused(format!("the authority does not have acme.profile: {said}; choose one of its own")),
        "badCSR" | "badPublicKey" => refused(format!("the authority does not sign this key: {said}")),
        "caa" | "dns" | "incorrectResponse" | "connection" | "tls" => Failed {
            kind: Kind::NotAuthorized,
            what: format!("the authority does not see that the name is ours: {said}"),
            until: None,
        },
        _ if problem.status.is_some_and(|status| status >= 500) => {
            Failed::passing(format!("the authority is not well: {said}; it is asked again"))
        }
        _ => refused(format!("the authority refuses: {said}")),
    }
}

fn refused(what: String) -> Failed {
    Failed { kind: Kind::Refused, what, until: None }
}

fn word(problem: &Problem) -> &str {
    problem.r#type.as_deref().and_then(|kind| kind.strip_prefix(PREFIX)).unwrap_or_default()
}

/// The authority's own words, of the whole and of its parts.
fn said(problem: &Problem) -> String {
    let parts = problem.subproblems.iter().filter_map(|part| part.detail.clone());
    let all: Vec<String> = problem.detail.clone().into_iter().chain(parts).collect();
    if all.is_empty() {
        problem.r#type.clone().unwrap_or_else(|| "it does not say why".to_owned())
    } else {
        all.join("; ")
    }
}

/// The client gives us the answer's words and not its header; Let's Encrypt says the time in both: "retry after
/// 2026-03-11 19:21:57 UTC".
fn retry_after(said: &str) -> Option<Timestamp> {
    let rest = said.split_once("retry after ")?.1;
    let text = rest.get(..19)?;
    if rest.as_bytes().get(10) == Some(&b'T') {
        return rest.split(|c: char| c.is_whitespace() || c == ',').next()?.trim_end_matches(':').parse().ok();
    }
    let time: DateTime = text.parse().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str, detail: &str) -> Error {
        let text = format!(r#"{{"type":"{PREFIX}{kind}","detail":"{detail}","status":429}}"#);
        Error::Api(serde_json::from_str(&text).expect("a problem"))
    }

    #[test]
    fn a_limit_says_until_when() {
        for detail in [
            "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after \
             2027-03-11 19:21:57 UTC: see https://letsencrypt.org/docs/rate-limits/",
            "too many, retry after 2027-03-11T19:21:57Z: see",
        ] {
            let failed = of(&problem("rateLimited", detail));
            assert_eq!(failed.kind, Kind::Limit);
            assert_eq!(failed.until, Some("2027-03-11T19:21:57Z".parse().expect("a time")), "{detail}");
        }
        assert_eq!(of(&problem("rateLimited", "later")).until, None);
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for (kind, expected) in [
            ("badNonce", Kind::Passing),
            ("serverInternal", Kind::Passing),
            ("rejectedIdentifier", Kind::Refused),
            ("malformed", Kind::Refused),
            ("alreadyReplaced", Kind::Replaced),
            ("accountDoesNotExist", Kind::Account),
            ("dns", Kind::NotAuthorized),
        ] {
            let failed = of(&problem(kind, "as it is"));
            assert_eq!(failed.kind, expected, "{kind}");
            assert!(failed.what.contains("as it is"), "{kind}: {}", failed.what);
        }
    }
}
