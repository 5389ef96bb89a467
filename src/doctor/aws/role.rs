//! The role of instances: credentials of it can be had.
//!
//! It asks for credentials with a session policy that allows nothing, for the shortest time there is, and throws them
//! away.

use super::{Account, fault::Fault};
use crate::doctor::Finding;

/// Credentials under this policy can do nothing.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
/// STS gives none for less.
const SHORTEST_SECONDS: i32 = 900;

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let Some(role) = &account.config.instance_role else {
        return vec![Finding::warning(
            "instance role",
            "none is configured: instances send no metrics and no logs",
            "make it from packaging/iam/instance.json and instance-trust.json, and set aws.instance_role",
        )];
    };
    let call = aws_sdk_sts::Client::new(&account.sdk).assume_role().role_arn(role).role_session_name("doltops-doctor");
    let answer = call.policy(NOTHING).duration_seconds(SHORTEST_SECONDS).send().await;
    vec![judge(role, answer.map(drop).map_err(|error| Fault::of(&error)))]
}

fn judge(role: &str, answer: Result<(), Fault>) -> Finding {
    let check = "instance role";
    match answer {
        Ok(()) => Finding::ok(check, format!("credentials of {role} can be had")),
        // AWS answers the same for a role that is not there.
        Err(Fault::Denied(_)) => Finding::missing(
            check,
            format!("{role} cannot be assumed: it is not there, does not trust these credentials, or they may not"),
            format!(
                "aws iam get-role --role-name {}; its trust policy is packaging/iam/instance-trust.json, \
                 and these credentials need sts:AssumeRole on it",
                role.rsplit('/').next().unwrap_or(role)
            ),
        ),
        Err(Fault::Refused(code, said)) if matches!(code.as_str(), "NoSuchEntity" | "ValidationError") => {
            Finding::missing(check, format!("{role}: {said}"), "correct aws.instance_role: aws iam list-roles")
        }
        Err(fault) => fault.finding(check, "sts:AssumeRole"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn a_denial_names_the_role_by_its_name() {
        let found = judge("arn:aws:iam::1:role/doltops-instance", Err(Fault::Denied("no".into())));
        assert_eq!(found.outcome, Outcome::Missing);
        assert!(found.next.contains("--role-name doltops-instance;"), "{found:?}");
        assert_eq!(judge("r", Err(Fault::Unknown("no".into()))).outcome, Outcome::NotChecked);
    }
}
