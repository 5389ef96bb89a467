//! A moment of the control plane's past, and the words by which people name one.
//!
//! Guarantees
//! - A [`Moment`] is absolute: it means the same on any machine, at any hour. It prints as what it is parsed from.
//! - [`When`] is what a person typed. It becomes a moment only with a clock and a time zone in hand, so that nothing here
//!   reads either.
//!
//! Not here: which commit a moment is (`store`), and what is answered for it (`hosted_api::view`).

use crate::model::{CommitPrefix, Refusal};
use jiff::{
    SignedDuration, Span, SpanRelativeTo, Timestamp, Zoned,
    civil::{Date, DateTime, Time},
};
use std::{fmt, str::FromStr};

/// What may be typed; told with every refusal.
const FORMS: &str = "a commit (its first 6 letters or more), a time (14:02, 2026-11-23 14:02, \
                     2026-11-23T14:02:00Z), or how long ago (10m, 2h, 3d)";

/// A moment of the past: main as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A commit, or its beginning.
    Commit(CommitPrefix),
    /// The newest commit that is not younger.
    Time(Timestamp),
}

impl FromStr for Moment {
    type Err = Refusal;

    /// A commit has no `-` and no `:`, and a time has both, so the two never meet.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        if let Ok(commit) = text.parse() {
            return Ok(Moment::Commit(commit));
        }
        let wrong = |_| Refusal::invalid("at", format!("'{}' is no moment: give {FORMS}", text.escape_default()));
        text.parse().map(Moment::Time).map_err(wrong)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Commit(commit) => commit.fmt(f),
            Moment::Time(time) => time.fmt(f),
        }
    }
}

/// A moment as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// One that needs no clock.
    Moment(Moment),
    /// The clock on the wall of whoever typed it.
    Local(DateTime),
    /// That time of day, when it was last.
    LastAt(Time),
    /// So long ago.
    Ago(SignedDuration),
}

impl When {
    /// The moment that is meant by whoever typed it at `now`, whose time zone is `now`'s.
    ///
    /// # Errors
    /// Names `at` where the time is out of every calendar.
    pub fn moment(&self, now: &Zoned) -> Result<Moment, Refusal> {
        let zone = now.time_zone();
        let local = |time: DateTime| time.to_zoned(zone.clone()).map(|time| time.timestamp());
        let time = match self {
            When::Moment(moment) => return Ok(moment.clone()),
            When::Local(time) => local(*time),
            When::LastAt(time) => local(now.date().to_datetime(*time)).and_then(|today| {
                if today <= now.timestamp() { Ok(today) } else { local(now.date().yesterday()?.to_datetime(*time)) }
            }),
            When::Ago(ago) => now.timestamp().checked_sub(*ago),
        };
        time.map(Moment::Time).map_err(|_| Refusal::invalid("at", "that time is out of every calendar"))
    }
}

impl FromStr for When {
    type Err = Refusal;

    /// What can be a commit is one: `100000m` too, which `100000m ago` is not.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        if let Ok(moment) = text.parse::<Moment>() {
            return Ok(When::Moment(moment));
        }
        let wrong = || Refusal::invalid("at", format!("'{}' is no moment: give {FORMS}", text.escape_default()));
        if let Ok(date) = text.parse::<Date>()
            // Jiff reads a date also where more follows it.
            && text.len() == "2026-11-23".len()
        {
            return Ok(When::Local(date.to_datetime(Time::midnight())));
        }
        if let Ok(time) = text.parse::<DateTime>() {
            // A zone that stands there and is passed over would be another hour than was meant.
            return if has_zone(text) { Err(wrong()) } else { Ok(When::Local(time)) };
        }
        if let Ok(time) = text.parse::<Time>() {
            return if has_zone(text) { Err(wrong()) } else { Ok(When::LastAt(time)) };
        }
        let span = text.strip_suffix("ago").map_or(text, str::trim_end);
        span.parse::<Span>().ok().and_then(ago).map(When::Ago).ok_or_else(wrong)
    }
}

/// Jiff reads a civil time also where an offset or a zone follows it.
fn has_zone(text: &str) -> bool {
    let after_hour = text.split_once(':').map_or(text, |(_, rest)| rest);
    after_hour.contains(['+', '-', '[', 'Z', 'z'])
}

/// How long that is, where it is a time that has passed.
fn ago(span: Span) -> Option<SignedDuration> {
    let exact = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    exact.is_positive().then_some(exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Half past two in the afternoon, an hour east of Greenwich.
    fn now() -> Zoned {
        "2026-11-23T14:30:00+01:00[Europe/Berlin]".parse().expect("a time")
    }

    fn told(text: &str) -> Result<String, Refusal> {
        Ok(text.parse::<When>()?.moment(&now())?.to_string())
    }

    #[test]
    fn moments_are_named_as_people_name_them() {
        for (text, meant) in [
            ("abc123", "abc123"),
            ("0123456789abcdefghijklmnopqrstuv", "0123456789abcdefghijklmnopqrstuv"),
            ("2026-11-23T14:02:00Z", "2026-11-23T14:02:00Z"),
            ("2026-11-23T14:02:00+02:00", "2026-11-23T12:02:00Z"),
            ("2026-11-23 14:02", "2026-11-23T13:02:00Z"),
            ("2026-11-23 14:02:07.5", "2026-11-23T13:02:07.5Z"),
            ("2026-11-23", "2026-11-22T23:00:00Z"),
            ("2026-07-01 12:00", "2026-07-01T10:00:00Z"),
            (" 14:02 ", "2026-11-23T13:02:00Z"),
            ("14:31", "2026-11-22T13:31:00Z"),
            ("10m", "2026-11-23T13:20:00Z"),
            ("10m ago", "2026-11-23T13:20:00Z"),
            ("1h 30m", "2026-11-23T12:00:00Z"),
            ("3d", "2026-11-20T13:30:00Z"),
            // It may be a commit, so it is one; nobody means 100,000 minutes.
            ("100000m", "100000m"),
        ] {
            assert_eq!(told(text), Ok(meant.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused_by_its_name() {
        for text in [
            "",
            "ago",
            "now",
            "abc12",
            "ABC123",
            "yesterday",
            "-10m",
            "0m",
            "1mo",
            "25:00",
            "2026-13-01",
            "14:02Z",
            "14:02+02:00",
            "2026-11-23 14:02[Europe/Berlin]",
            "main",
            "HEAD~1",
            "abc123'",
            &"a".repeat(33),
        ] {
            let told = told(text);
            assert!(matches!(&told, Err(Refusal::Invalid { field, .. }) if field == "at"), "{text}: {told:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_told_back_is_the_same(text in ".{0,40}") {
            if let Ok(moment) = text.parse::<When>().and_then(|when| when.moment(&now())) {
                prop_assert_eq!(moment.to_string().parse::<Moment>(), Ok(moment));
            }
        }

        #[test]
        fn any_time_is_told_back(millis in -1_000_000_000_000i64..4_000_000_000_000) {
            let moment = Moment::Time(Timestamp::from_millisecond(millis).expect("a time"));
            prop_assert_eq!(moment.to_string().parse::<Moment>(), Ok(moment));
        }
    }
}
