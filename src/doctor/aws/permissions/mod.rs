//! Whether these credentials may do what the control plane will do.
//!
//! Not here: `iam:SimulatePrincipalPolicy`. It asks for a right that no control plane needs, and knows nothing of what
//! an organization forbids; a dry run of the call itself does.

pub mod ec2;
mod own;
pub mod services;

use super::fault::{Fault, POLICY};
use crate::doctor::Finding;

/// What was found out of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Allowed,
    Denied,
    /// Why not.
    Unknown(String),
}

impl Answer {
    /// Of a call that can have no effect: whoever gets past the permissions meets one of the codes `past`.
    fn of(result: Result<(), Fault>, past: &[&str]) -> Self {
        match result {
            Ok(()) => Answer::Allowed,
            Err(Fault::Denied(_)) => Answer::Denied,
            Err(Fault::Refused(code, _)) if past.contains(&code.as_str()) => Answer::Allowed,
            Err(Fault::Refused(code, said)) => Answer::Unknown(format!("{code}: {said}")),
            Err(Fault::Unknown(said) | Fault::Unreachable(said) | Fault::Credentials(said)) => Answer::Unknown(said),
        }
    }
}

/// The lines of a service: one for what may be done, one for each denial, one for each reason of not knowing.
fn judge(check: &str, answers: Vec<(&'static str, Answer)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let allowed = answers.iter().filter(|(_, answer)| *answer == Answer::Allowed).count();
    if allowed > 0 {
        findings.push(Finding::ok(check, format!("{allowed} actions are allowed")));
    }
    let denied: Vec<&str> = answers.iter().filter(|(_, it)| *it == Answer::Denied).map(|(action, _)| *action).collect();
    findings.extend(denied.into_iter().map(|action| {
        let next = format!("add it to the policy of these credentials: {POLICY} holds all that is needed");
        Finding::missing(format!("permission {action}"), "these credentials may not", next)
    }));
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for (action, answer) in &answers {
        let Answer::Unknown(why) = answer else { continue };
        match reasons.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, actions)) => actions.push(action),
            None => reasons.push((why.clone(), vec![action])),
        }
    }
    let line =
        |(why, actions): (String, Vec<&str>)| Finding::not_checked(check, format!("{}: {why}", actions.join(", ")));
    findings.extend(reasons.into_iter().map(line));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn denials_have_a_line_each_and_reasons_are_gathered() {
        let found = judge(
            "permissions for EC2",
            vec![
                ("ec2:RunInstances", Answer::Denied),
                ("ec2:CreateVolume", Answer::Allowed),
                ("ec2:StopInstances", Answer::Unknown("there is no instance yet".into())),
                ("ec2:StartInstances", Answer::Unknown("there is no instance yet".into())),
            ],
        );
        let lines: Vec<_> = found.iter().map(|finding| (finding.check.as_str(), finding.outcome)).collect();
        assert_eq!(
            lines,
            [
                ("permissions for EC2", Outcome::Ok),
                ("permission ec2:RunInstances", Outcome::Missing),
                ("permissions for EC2", Outcome::NotChecked),
            ]
        );
        assert!(found[2].found.starts_with("ec2:StopInstances, ec2:StartInstances: "));
    }

    #[test]
    fn whoever_gets_past_the_permissions_is_allowed() {
        let refused = |code: &str| Err(Fault::Refused(code.into(), "said".into()));
        assert_eq!(Answer::of(refused("DryRunOperation"), &["DryRunOperation"]), Answer::Allowed);
        assert_eq!(Answer::of(refused("InvalidParameter"), &[]), Answer::Unknown("InvalidParameter: said".into()));
        assert_eq!(Answer::of(Err(Fault::Denied("no".into())), &["DryRunOperation"]), Answer::Denied);
    }
}
