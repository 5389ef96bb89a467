//! Quiet hours: when pages of a severity are held back.
//!
//! Pure. What is critical is never held back, whatever the settings say.

use super::settings::{Quiet, QuietHours, Settings};
use crate::model::Severity;
use jiff::{Timestamp, civil::Date};

/// What becomes of pages of this severity at that time; `None`: they are sent.
///
/// Where two quiet hours overlap, the milder counts: what waits in one is not dropped by the other.
pub fn at(settings: &Settings, severity: Severity, time: Timestamp) -> Option<Quiet> {
    if severity == Severity::Critical {
        return None;
    }
    let hours = settings.quiet.iter().filter(|it| it.severities.contains(&severity) && holds(it, time));
    let mut found = None;
    for it in hours {
        match it.then {
            Quiet::Wait => return Some(Quiet::Wait),
            Quiet::Drop => found = Some(Quiet::Drop),
        }
    }
    found
}

/// Whether `time` is in these hours: those that began today, or yesterday and end today.
fn holds(hours: &QuietHours, time: Timestamp) -> bool {
    let today = time.to_zoned(hours.zone.clone()).date();
    let in_those_of = |day: Date| {
        let last = if hours.until > hours.from { Ok(day) } else { day.tomorrow() };
        let at = |day: Date, time| Some(day.to_datetime(time).to_zoned(hours.zone.clone()).ok()?.timestamp());
        let bounds = at(day, hours.from).zip(last.ok().and_then(|last| at(last, hours.until)));
        hours.days.contains(&day.weekday()) && bounds.is_some_and(|(from, until)| from <= time && time < until)
    };
    in_those_of(today) || today.yesterday().is_ok_and(in_those_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{civil::Weekday, tz::TimeZone};

    fn hours(from: &str, until: &str, days: &[Weekday], then: Quiet) -> QuietHours {
        QuietHours {
            from: from.parse().expect(from),
            until: until.parse().expect(until),
            days: days.to_vec(),
            severities: vec![Severity::Info, Severity::Warning],
            then,
            zone: TimeZone::get("Europe/Berlin").expect("a zone"),
        }
    }

    fn local(text: &str) -> Timestamp {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        text.parse::<jiff::civil::DateTime>().expect(text).to_zoned(zone).expect(text).timestamp()
    }

    fn settings(quiet: Vec<QuietHours>) -> Settings {
        Settings { quiet, ..super::super::sample::settings() }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let weekend = hours("22:00", "07:00", &[Weekday::Friday, Weekday::Saturday], Quiet::Wait);
        let cases = [
            // A Friday.
            ("2026-01-09T21:59", false),
            ("2026-01-09T22:00", true),
            ("2026-01-10T06:59", true),
            ("2026-01-10T07:00", false),
            ("2026-01-11T06:59", true),
            ("2026-01-11T22:30", false),
            ("2026-01-12T03:00", false),
        ];
        for (at, expected) in cases {
            assert_eq!(holds(&weekend, local(at)), expected, "{at}");
        }
        let noon = hours("12:00", "13:00", &[Weekday::Friday], Quiet::Wait);
        assert!(holds(&noon, local("2026-01-09T12:30")) && !holds(&noon, local("2026-01-09T13:00")));
    }

    #[test]
    fn only_what_is_named_is_held_back_and_critical_never() {
        let friday = local("2026-01-09T23:00");
        let mut night = hours("22:00", "07:00", &[Weekday::Friday], Quiet::Drop);
        night.severities.push(Severity::Critical);
        let quiet = settings(vec![night.clone()]);
        assert_eq!(at(&quiet, Severity::Warning, friday), Some(Quiet::Drop));
        assert_eq!(at(&quiet, Severity::Error, friday), None);
        assert_eq!(at(&quiet, Severity::Critical, friday), None);
        let both = settings(vec![night.clone(), QuietHours { then: Quiet::Wait, ..night }]);
        assert_eq!(at(&both, Severity::Warning, friday), Some(Quiet::Wait));
    }
}
