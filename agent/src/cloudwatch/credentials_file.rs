//! The shared-credentials file of the CloudWatch Agent.
//!
//! Pure. The CloudWatch Agent reads the file again every ten minutes (its own window before an end that it does not
//! know), so that renewed keys need no restart. The values have no line ends: SetCredentials refuses those.

use crate::state::credentials::Credentials;
use std::fmt::Write;

/// The profile that the CloudWatch Agent looks for by itself where it takes no role from the instance.
const PROFILE: &str = "AmazonCloudWatchAgent";

/// The file's content; a secret.
pub fn content(credentials: &Credentials) -> String {
    let mut text = format!("[{PROFILE}]\n");
    for (key, value) in [
        ("aws_access_key_id", &credentials.access_key_id),
        ("aws_secret_access_key", &credentials.secret_access_key),
        ("aws_session_token", &credentials.session_token),
        ("region", &credentials.destination.region),
    ] {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{key} = {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::credentials::tests::credentials;

    #[test]
    fn it_is_the_profile_that_the_cloudwatch_agent_reads() {
        assert_eq!(
            content(&credentials(1)),
            "[AmazonCloudWatchAgent]\naws_access_key_id = ASIA1\naws_secret_access_key = hush\n\
             aws_session_token = hush-too\nregion = eu-central-1\n"
        );
    }
}
