//! Credentials, account and region: who we are to AWS, and that the region answers.

use super::{Account, fault::Fault};
use crate::doctor::Finding;

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let sts = aws_sdk_sts::Client::new(&account.sdk);
    let answer = sts.get_caller_identity().send().await;
    let who = answer.map(|who| (who.account.unwrap_or_default(), who.arn.unwrap_or_default()));
    vec![judge(who.map_err(|error| Fault::of(&error)), &account.config.region, account.config.profile.as_deref())]
}

fn judge(who: Result<(String, String), Fault>, region: &str, profile: Option<&str>) -> Finding {
    let check = "credentials";
    match who {
        // The account's own user may do anything, and cannot be limited.
        Ok((account, arn)) if arn.ends_with(":root") => Finding::warning(
            check,
            format!("account {account}, as its root user, region {region}"),
            "use a role or user with the policy packaging/iam/control-plane.json",
        ),
        Ok((account, arn)) => Finding::ok(check, format!("account {account}, {arn}, region {region}")),
        Err(Fault::Unreachable(said)) => Finding::missing(
            check,
            format!("nothing answers for the region {region}: {said}"),
            "is aws.region spelled as in `aws ec2 describe-regions`, and is there a way to the Internet or an endpoint?",
        ),
        Err(fault) => Finding::missing(
            check,
            fault.words("sts:GetCallerIdentity"),
            match profile {
                Some(profile) => {
                    format!("aws sts get-caller-identity --profile {profile} must answer; aws sso login may be due")
                }
                None => "give the machine a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws.profile"
                    .to_owned(),
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn the_root_user_is_a_warning_and_no_answer_is_missing() {
        let of = |who| judge(who, "eu-central-1", None).outcome;
        assert_eq!(of(Ok(("1".into(), "arn:aws:iam::1:root".into()))), Outcome::Warning);
        assert_eq!(of(Ok(("1".into(), "arn:aws:sts::1:assumed-role/doltops/i-1".into()))), Outcome::Ok);
        assert_eq!(of(Err(Fault::Unreachable("no such host".into()))), Outcome::Missing);
        assert!(judge(Err(Fault::Credentials("ended".into())), "x", Some("ops")).next.contains("--profile ops"));
    }
}
