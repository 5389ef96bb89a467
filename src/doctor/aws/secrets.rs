//! Where passwords and keys are kept: Secrets Manager answers and lets us read what is under our name.

use super::{Account, fault::Fault};
use crate::{config::SecretsKind, doctor::Finding};

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    if account.config.secrets == SecretsKind::Folder {
        return vec![Finding::warning(
            "secrets",
            "they are kept in the state folder: without it no deployment can be managed any more",
            "back it up apart from the database, or set aws.secrets = \"secrets-manager\"",
        )];
    }
    // Nothing has this name: our own are at least one word deeper than the control plane's id.
    let owner = account.control_plane.as_deref().unwrap_or("doctor");
    let name = format!("doltops/{owner}/doctor");
    let client = aws_sdk_secretsmanager::Client::new(&account.sdk);
    let read = client.get_secret_value().secret_id(&name).send().await;
    let listed = client.list_secrets().max_results(1).send().await;
    vec![judge(read.map(drop).map_err(|error| Fault::of(&error)), listed.map(drop).map_err(|error| Fault::of(&error)))]
}

fn judge(read: Result<(), Fault>, listed: Result<(), Fault>) -> Finding {
    let check = "secrets";
    match read {
        Ok(()) => {}
        Err(Fault::Refused(code, _)) if code == "ResourceNotFoundException" => {}
        Err(fault) => return fault.finding(check, "secretsmanager:GetSecretValue on doltops/*"),
    }
    match listed {
        Ok(()) => Finding::ok(check, "Secrets Manager answers, and doltops/* may be read; writing has no dry run"),
        Err(fault) => fault.finding(check, "secretsmanager:ListSecrets"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn what_is_not_there_may_be_read() {
        let absent = || Err(Fault::Refused("ResourceNotFoundException".into(), "no".into()));
        assert_eq!(judge(absent(), Ok(())).outcome, Outcome::Ok);
        assert_eq!(judge(Err(Fault::Denied("no".into())), Ok(())).outcome, Outcome::Missing);
        assert_eq!(judge(absent(), Err(Fault::Unknown("no".into()))).outcome, Outcome::NotChecked);
    }
}
