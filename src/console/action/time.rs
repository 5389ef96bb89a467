//! A time as people type it.
//!
//! Pure: `14:02`, `14:02:13`, `2026-11-23 14:02`, `2026-11-23`, or how long ago: `10m`, `2 h`, `3 days`.

use jiff::{
    Timestamp,
    civil::{DateTime, Time},
    tz::TimeZone,
};

/// What is said of a text that is none.
const FORMS: &str = "a time is 14:02, 2026-11-23 14:02, or how long ago: 10m, 2h, 3d";

/// The time (Unix milliseconds) that `text` means in `zone` at `now`. A time of day is the last one that was.
///
/// # Errors
/// When it is none, or is still to come.
pub fn parse(text: &str, now: i64, zone: &TimeZone) -> Result<i64, String> {
    let text = text.trim();
    let moment = Timestamp::from_millisecond(now).map_err(|_| FORMS)?.to_zoned(zone.clone());
    if let Some(ago) = ago(text) {
        return ago.and_then(|ago| now.checked_sub(ago)).ok_or_else(|| "that is too long ago".to_owned());
    }
    let at = |date_time: DateTime| date_time.to_zoned(zone.clone()).map(|time| time.timestamp().as_millisecond()).ok();
    // A date alone is its midnight.
    let time = if let Ok(date_time) = text.parse::<DateTime>() {
        at(date_time)
    } else if let Ok(time) = text.parse::<Time>() {
        let today = at(moment.date().to_datetime(time));
        let yesterday = || at(moment.date().yesterday().ok()?.to_datetime(time));
        today.filter(|time| *time <= now).or_else(yesterday)
    } else {
        None
    };
    match time.ok_or(FORMS)? {
        time if time > now => Err("that is still to come".to_owned()),
        time => Ok(time),
    }
}

/// How long ago, in milliseconds; none where the text says no such thing, and none within where it is too long.
fn ago(text: &str) -> Option<Option<i64>> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(digits).filter(|(count, _)| !count.is_empty())?;
    let unit = unit.trim().trim_end_matches("ago").trim();
    let unit = match unit {
        "s" | "sec" | "second" | "seconds" => 1_000,
        "m" | "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 24 * 3_600_000,
        "w" | "week" | "weeks" => 7 * 24 * 3_600_000,
        _ => return None,
    };
    Some(count.parse::<i64>().ok().and_then(|count| count.checked_mul(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-23 14:00:00 in Berlin.
    const NOW: i64 = 1_795_438_800_000;

    fn read(text: &str) -> Result<String, String> {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let time = parse(text, NOW, &zone)?;
        let time = Timestamp::from_millisecond(time).expect("a time").to_zoned(zone);
        Ok(time.strftime("%m-%d %H:%M:%S").to_string())
    }

    #[test]
    fn times_dates_and_how_long_ago() {
        for (text, expected) in [
            ("13:55", "11-23 13:55:00"),
            ("13:55:09", "11-23 13:55:09"),
            ("14:01", "11-22 14:01:00"),
            ("2026-11-20 08:00", "11-20 08:00:00"),
            ("2026-11-20", "11-20 00:00:00"),
            ("10m", "11-23 13:50:00"),
            ("2 h ago", "11-23 12:00:00"),
            ("3 days", "11-20 14:00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(read("soon"), Err(FORMS.to_owned()));
        assert_eq!(read("2027-01-01"), Err("that is still to come".to_owned()));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(text in "[0-9]{0,20} ?[a-z]{0,4}|.{0,12}") {
            let _ = parse(&text, NOW, &TimeZone::UTC).map(|time| assert!(time <= NOW));
        }
    }
}
