//! A service window: when what interrupts a database may be done. Times are UTC, so that no change of clocks moves it.
//!
//! Pure. Not here: what waits for a window, and for how long at most (see `reconcile::renewal`).

use crate::model::Refusal;
use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use std::{fmt, str::FromStr};

/// What a window looks like, for whoever has to write one.
pub const FORM: &str = "DAY HH:MM-HH:MM in UTC, DAY being daily or one of mon tue wed thu fri sat sun";

/// Shorter than this a restart that has to wait its turn in a large fleet misses it.
const SHORTEST: i64 = 10;

/// Minutes of a day.
const DAY: i64 = 24 * 60;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// A span of time that comes back each day or each week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// On which day it opens; none: each day.
    day: Option<Weekday>,
    /// Minutes from midnight at which it opens, below [`DAY`].
    from: i64,
    /// For how many minutes: from [`SHORTEST`] to one less than [`DAY`].
    minutes: i64,
}

/// One opening of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// When it opens.
    pub from: Timestamp,
    /// When it closes; this moment is no longer part of it.
    pub until: Timestamp,
}

impl Window {
    /// The opening that `now` is in; else the next to come.
    pub fn next(&self, now: Timestamp) -> Opening {
        // It may have opened yesterday and go past midnight; from there a week holds every day.
        let openings = (-1..=7).filter_map(|days| self.opening(now, days));
        let opening = openings.into_iter().find(|opening| now < opening.until);
        // Only at the end of time are there no more.
        opening.unwrap_or(Opening { from: Timestamp::MAX, until: Timestamp::MAX })
    }

    /// The opening of the day that is so many days from that of `now`.
    fn opening(&self, now: Timestamp, days: i64) -> Option<Opening> {
        let moved = now.checked_add(SignedDuration::from_hours(24 * days)).ok()?;
        let date = moved.to_zoned(TimeZone::UTC).date();
        if self.day.is_some_and(|day| day != date.weekday()) {
            return None;
        }
        let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let from = midnight.checked_add(SignedDuration::from_mins(self.from)).ok()?;
        Some(Opening { from, until: from.checked_add(SignedDuration::from_mins(self.minutes)).ok()? })
    }
}

impl FromStr for Window {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let wrong = |why: &str| Refusal::invalid("service_window", format!("'{text}' {why}; it is {FORM}"));
        let mut words = text.split_whitespace();
        let (Some(day), Some(span), None) = (words.next(), words.next(), words.next()) else {
            return Err(wrong("is no day with a span of time"));
        };
        let day = match day.to_ascii_lowercase().as_str() {
            "daily" => None,
            word => {
                let found = DAYS.iter().find(|(name, _)| *name == word);
                Some(found.ok_or_else(|| wrong("names no day"))?.1)
            }
        };
        let (from, until) = span.split_once('-').ok_or_else(|| wrong("has no span of time"))?;
        let (Some(from), Some(until)) = (minutes(from), minutes(until)) else {
            return Err(wrong("has a time that no clock shows"));
        };
        let minutes = (until - from).rem_euclid(DAY);
        if minutes < SHORTEST {
            return Err(wrong(&format!("is open for less than {SHORTEST} minutes")));
        }
        Ok(Self { day, from, minutes })
    }
}

/// Minutes from midnight of `HH:MM`.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str, below: i64| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| digits && *number < below)
    };
    Some(two(hours, 24)? * 60 + two(minutes, 60)?)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = DAYS.iter().find(|(_, day)| Some(*day) == self.day).map_or("daily", |(name, _)| name);
        let until = (self.from + self.minutes) % DAY;
        write!(f, "{day} {:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, until / 60, until % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn window(text: &str) -> Window {
        text.parse().expect("a window")
    }

    #[test]
    fn it_opens_on_its_day() {
        // 2026-11-23 is a Monday.
        let sunday = window("sun 03:00-05:00");
        let opening = sunday.next(at("2026-11-23T12:00:00Z"));
        assert_eq!((opening.from, opening.until), (at("2026-11-29T03:00:00Z"), at("2026-11-29T05:00:00Z")));
        assert_eq!(sunday.next(at("2026-11-29T04:59:59Z")), opening, "it is open");
        assert_eq!(sunday.next(at("2026-11-29T05:00:00Z")).from, at("2026-12-06T03:00:00Z"), "it has just closed");
    }

    #[test]
    fn it_may_go_past_midnight() {
        let night = window("sat 23:00-01:00");
        assert_eq!(night.next(at("2026-11-29T00:30:00Z")).from, at("2026-11-28T23:00:00Z"));
        assert_eq!(window("daily 23:30-00:15").next(at("2026-11-29T00:10:00Z")).from, at("2026-11-28T23:30:00Z"));
    }

    #[test]
    fn what_is_no_window_is_refused_with_words() {
        for (text, why) in [
            ("", "no day"),
            ("sun", "no day"),
            ("sun 03:00", "no span"),
            ("someday 03:00-05:00", "names no day"),
            ("sun 3:00-5:00", "no clock"),
            ("sun 03:00-24:00", "no clock"),
            ("sun 03:00-03:05", "less than 10 minutes"),
            ("sun 03:00-03:00", "less than 10 minutes"),
            ("sun 03:00-05:00 UTC", "no day"),
        ] {
            let error = text.parse::<Window>().expect_err(text).to_string();
            assert!(error.contains(why) && error.contains("HH:MM-HH:MM"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(day in 0usize..8, from in 0i64..DAY, minutes in SHORTEST..DAY) {
            let window = Window { day: DAYS.get(day).map(|(_, day)| *day), from, minutes };
            prop_assert_eq!(window.to_string().parse::<Window>().expect("a window"), window);
        }

        #[test]
        fn it_is_open_or_opens_within_a_week(
            day in 0usize..8, from in 0i64..DAY, minutes in SHORTEST..DAY, now in 0i64..4_000_000_000,
        ) {
            let window = Window { day: DAYS.get(day).map(|(_, day)| *day), from, minutes };
            let now = Timestamp::constant(now, 0);
            let opening = window.next(now);
            prop_assert!(now < opening.until && opening.from < opening.until);
            prop_assert!(opening.from <= now + SignedDuration::from_hours(7 * 24));
            // What opens comes out of itself.
            prop_assert_eq!(window.next(opening.from), opening);
        }
    }
}
