//! The credentials that the agent writes for the CloudWatch Agent: an AWS shared-credentials file.

use std::fmt;

/// The profile that the CloudWatch Agent looks for.
const PROFILE: &str = "[AmazonCloudWatchAgent]";

/// One set of keys.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Which.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Of a role that was assumed.
    pub session_token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, …)", self.access_key_id)
    }
}

impl Keys {
    /// The keys of the profile; none where it is missing or half of it is.
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim);
        let own = lines.skip_while(|line| *line != PROFILE).skip(1).take_while(|line| !line.starts_with('['));
        let mut keys = Self::default();
        for (key, value) in own.filter_map(|line| line.split_once('=')) {
            let value = value.trim().to_owned();
            match key.trim() {
                "aws_access_key_id" => keys.access_key_id = value,
                "aws_secret_access_key" => keys.secret_access_key = value,
                "aws_session_token" => keys.session_token = Some(value),
                _ => {}
            }
        }
        (!keys.access_key_id.is_empty() && !keys.secret_access_key.is_empty()).then_some(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_profile_counts_and_nothing_secret_is_shown() {
        let other = "[default]\naws_access_key_id = A\naws_secret_access_key = B\n";
        assert_eq!(Keys::parse(other), None);
        let own = "[AmazonCloudWatchAgent]\naws_access_key_id = C\naws_secret_access_key = hush\naws_session_token=T\n";
        let keys = Keys::parse(&format!("{other}\n{own}\n{other}")).expect("it is there");
        assert_eq!((keys.access_key_id.as_str(), keys.session_token.as_deref()), ("C", Some("T")));
        assert!(!format!("{keys:?}").contains("hush"));
    }
}
