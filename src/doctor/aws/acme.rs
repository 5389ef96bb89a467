//! The authority for public certificates: its directory answers, has the configured profile, and names its terms.

use super::{Account, http};
use crate::{config::AcmeConfig, doctor::Finding};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a directory says, as far as it matters here (RFC 8555, 7.1.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Directory {
    #[serde(rename = "newOrder")]
    _new_order: String,
    renewal_info: Option<String>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    terms_of_service: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, String>,
}

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let acme = account.acme;
    let answer = http::get(&acme.directory, acme.root.as_deref()).await.and_then(|answer| match answer.status {
        200 => Ok(answer.body),
        other => Err(format!("it answers HTTP {other}")),
    });
    judge(acme, answer)
}

fn judge(acme: &AcmeConfig, answer: Result<String, String>) -> Vec<Finding> {
    let (check, at) = ("acme directory", &acme.directory);
    let directory = answer.and_then(|body| {
        serde_json::from_str::<Directory>(&body).map_err(|error| format!("it is no ACME directory: {error}"))
    });
    let directory = match directory {
        Ok(directory) => directory,
        // Only deployments that ask for it fail.
        Err(why) => {
            return vec![Finding::warning(
                check,
                format!("{at}: {why}; deployments with webpki certificates cannot be made"),
                "is acme.directory right, is there a way to it, and does acme.root hold the CA of a private one?",
            )];
        }
    };
    let mut found = vec![Finding::ok(check, describe(at, &directory))];
    found.extend(profile(acme, &directory));
    if acme.contact.is_none() {
        found.push(Finding::warning(
            "acme contact",
            "none is configured: nobody is told when the authority changes something",
            "set acme.contact = \"mailto:…\"",
        ));
    }
    found
}

fn describe(at: &str, directory: &Directory) -> String {
    let terms = directory.meta.terms_of_service.as_ref();
    let terms = terms.map_or(String::new(), |url| format!("; the first webpki certificate agrees to {url}"));
    let renewal = match directory.renewal_info {
        Some(_) => "",
        None => "; it tells no renewal times (ARI): certificates are renewed at two thirds of their lifetime",
    };
    format!("{at} answers{terms}{renewal}")
}

fn profile(acme: &AcmeConfig, directory: &Directory) -> Option<Finding> {
    let wanted = acme.profile.as_ref()?;
    let offered = &directory.meta.profiles;
    (!offered.contains_key(wanted)).then(|| {
        let names: Vec<&str> = offered.keys().map(String::as_str).collect();
        Finding::missing(
            "acme profile",
            format!("the authority has no profile '{wanted}'"),
            match names.as_slice() {
                [] => "leave acme.profile out: it has none".to_owned(),
                names => format!("set acme.profile to one of: {}", names.join(", ")),
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    const BODY: &str =
        r#"{"newOrder":"https://a/o","meta":{"termsOfService":"https://a/t","profiles":{"classic":"x"}}}"#;

    #[test]
    fn a_profile_that_is_not_offered_names_those_that_are() {
        let acme = AcmeConfig { profile: Some("short".to_owned()), ..AcmeConfig::default() };
        let found = judge(&acme, Ok(BODY.to_owned()));
        assert!(found[0].found.contains("https://a/t"), "{found:?}");
        let missing = found.iter().find(|finding| finding.outcome == Outcome::Missing).expect("the profile");
        assert!(missing.next.contains("classic"), "{missing:?}");
    }

    #[test]
    fn what_answers_something_else_is_no_directory() {
        for answer in [Ok("<html>".to_owned()), Err("no such host".to_owned())] {
            assert_eq!(judge(&AcmeConfig::default(), answer)[0].outcome, Outcome::Warning);
        }
    }
}
