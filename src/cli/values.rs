//! What arguments may be: each parser refuses with the words that the Hosted API would use, before anything is started.

use crate::model::{CommitPrefix, DeploymentName, Refusal, When, spec};
use jiff::{Span, SpanRelativeTo};
use std::time::Duration;

/// A volume's size in GiB.
pub fn volume(text: &str) -> Result<u64, Refusal> {
    let whole = text.trim().strip_suffix("GiB").unwrap_or(text).trim();
    let negative = whole.strip_prefix('-').is_some_and(|digits| digits.parse::<u64>().is_ok());
    let gib: u64 = whole.parse().map_err(|_| {
        let what = if negative { "is negative" } else { "is no whole number of GiB" };
        let (least, most) = (spec::SMALLEST_VOLUME, spec::LARGEST_VOLUME);
        Refusal::invalid("volume", format!("'{text}' {what}; a volume has {least} to {most}"))
    })?;
    spec::volume_gib(gib).map(u64::from)
}

/// A time span: `90s`, `15m`, `1h 30m`, `2d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time span; write 90s, 15m, 1h or 2d");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let exact = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(exact).ok().filter(|duration| !duration.is_zero()).ok_or_else(wrong)
}

/// `KEY=VALUE`; the value may be empty.
pub fn setting(text: &str) -> Result<(String, String), Refusal> {
    let (key, value) = text
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| Refusal::invalid("setting", format!("'{text}' is not of the form KEY=VALUE")))?;
    crate::model::Settings::default().with(key, value)?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Commits one after the other: those after the older one, up to the newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Not itself among them.
    pub older: CommitPrefix,
    /// The last of them.
    pub newer: CommitPrefix,
}

/// `OLDER..NEWER`, as Git writes it.
pub fn range(text: &str) -> Result<Range, Refusal> {
    let (older, newer) = text.split_once("..").ok_or_else(|| {
        Refusal::invalid("range", format!("'{text}' is not of the form OLDER..NEWER; one commit is --commit"))
    })?;
    Ok(Range { older: older.parse()?, newer: newer.parse()? })
}

/// A moment or a deployment: what follows the first commit of `diff`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitOrName {
    /// It can only be a commit.
    Commit(CommitPrefix),
    /// It can only be a time.
    Time(When),
    /// The newest commit: `now`. Who has a deployment of that name gives the moment before it.
    Now,
    /// It can only be a name.
    Name(DeploymentName),
    /// `orders` is a name, and a commit's hash may begin so: which it is, only the control plane knows.
    Either(CommitPrefix, DeploymentName),
}

/// A whole hash is a commit, even where it could be a name: that is what the command is about.
pub fn commit_or_name(text: &str) -> Result<CommitOrName, Refusal> {
    match (text.parse::<CommitPrefix>(), text.parse()) {
        _ if text == "now" => Ok(CommitOrName::Now),
        (Ok(commit), Ok(name)) if commit.whole().is_none() => Ok(CommitOrName::Either(commit, name)),
        (Ok(commit), _) => Ok(CommitOrName::Commit(commit)),
        (Err(_), Ok(name)) => Ok(CommitOrName::Name(name)),
        (Err(_), Err(_)) => text.parse().map(CommitOrName::Time).map_err(|_| {
            let what =
                format!("'{text}' is neither a commit (6 to 32 characters of 0-9 and a-v) nor a time nor a name");
            Refusal::invalid("to", what)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wrong_volume_is_named_with_what_is_right() {
        for (text, part) in [
            ("ten", "'ten' is no whole number"),
            ("-5", "'-5' is negative"),
            ("0", "0 GiB is out of bounds: 1 to 16384"),
            ("1000000000000", "out of bounds"),
            ("10^12", "is no whole number"),
            ("99999999999999999999999", "is no whole number"),
            ("1.5", "is no whole number"),
            ("", "is no whole number"),
        ] {
            let refusal = volume(text).expect_err(text);
            assert!(matches!(&refusal, Refusal::Invalid { field, .. } if field == "volume"), "{refusal}");
            assert!(refusal.to_string().contains(part), "{refusal}");
        }
        assert_eq!(volume("20"), Ok(20));
        assert_eq!(volume("20GiB"), Ok(20));
    }

    #[test]
    fn time_spans_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("1h", 3_600), ("1h 30m", 5_400), ("2d", 172_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0s", "-1h", "soon", "5", "1y"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_setting_is_checked_by_its_key() {
        assert_eq!(setting("max_connections=40"), Ok(("max_connections".into(), "40".into())));
        assert_eq!(setting("max_connections="), Ok(("max_connections".into(), String::new())));
        for (text, named) in [("max_connections", "setting"), ("=4", "setting"), ("colour=red", "colour")] {
            let refusal = setting(text).expect_err(text);
            assert!(matches!(&refusal, Refusal::Invalid { field, .. } if field == named), "{refusal}");
        }
    }

    #[test]
    fn a_word_that_may_be_both_is_told_apart_later() {
        let form = |text: &str| commit_or_name(text).map(|word| format!("{word:?}"));
        let starts = |text: &str, form_of: &str| form(text).is_ok_and(|word| word.starts_with(form_of));
        assert!(starts("orders", "Either") && starts("shop", "Name") && starts("billing-2", "Name"));
        assert!(starts("0rders", "Commit") && starts(&"a".repeat(32), "Commit"));
        assert!(starts("10m", "Time") && starts("14:02", "Time") && starts("2026-11-23", "Time"));
        assert!(starts("now", "Now") && starts("nowhere", "Name"));
        assert!(form("Orders").is_err() && form("12345").is_err());
    }

    proptest! {
        #[test]
        fn no_volume_out_of_bounds_gets_through(text in "\\PC{0,24}") {
            if let Ok(gib) = volume(&text) {
                prop_assert!((1..=16_384).contains(&gib));
            }
        }

        #[test]
        fn no_argument_panics(text in ".{0,40}") {
            let _ = (duration(&text), setting(&text), commit_or_name(&text));
        }
    }
}
