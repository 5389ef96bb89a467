//! Who is on call.
//!
//! Pure: rotation and time in, a name out. Turns are counted in days of the calendar, not in hours, so that a handover
//! at 09:00 stays at 09:00 when the clocks change.

use super::settings::{Override, Rotation, Settings, Who};
use jiff::{Timestamp, civil::Date};

/// How far the next change of person is looked for: past this, who is on call now is on call for good as far as anyone
/// plans. A year of daily turns.
const FAR: usize = 370;

/// Who is asked at one level, now and next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The level, from 0.
    pub level: usize,
    /// The rotation's name; empty: it is always the same person.
    pub rotation: String,
    /// Who is on call; empty: the level names nobody, only receivers.
    pub who: String,
    /// Until then; absent: nobody else ever is.
    pub until: Option<Timestamp>,
    /// And then who.
    pub next: String,
}

/// Who is asked at each level.
pub fn on_call(settings: &Settings, now: Timestamp) -> Vec<Duty> {
    let duty = |(level, it): (usize, &super::settings::Level)| {
        let mut duty = Duty { level, rotation: String::new(), who: String::new(), until: None, next: String::new() };
        match &it.who {
            None => {}
            Some(Who::Person(name)) => duty.who.clone_from(name),
            Some(Who::Rotation(name)) => {
                duty.rotation.clone_from(name);
                if let Some(rotation) = settings.rotations.get(name) {
                    who(rotation, now).clone_into(&mut duty.who);
                    if let Some((until, next)) = change(rotation, now) {
                        (duty.until, duty.next) = (Some(until), next.to_owned());
                    }
                }
            }
        }
        duty
    };
    settings.levels.iter().enumerate().map(duty).collect()
}

/// Who is on call in `rotation` at `now`.
pub fn who(rotation: &Rotation, now: Timestamp) -> &str {
    let instead =
        rotation.overrides.iter().rev().find(|it| bounds(rotation, it).is_some_and(|(a, b)| a <= now && now < b));
    if let Some(instead) = instead {
        return &instead.who;
    }
    let days = (begun(rotation, now) - rotation.since).get_days();
    let people = i64::try_from(rotation.people.len()).unwrap_or(i64::MAX).max(1);
    let turn = i64::from(days).div_euclid(rotation.days.max(1)).rem_euclid(people);
    usize::try_from(turn).ok().and_then(|turn| rotation.people.get(turn)).map_or("", String::as_str)
}

/// When somebody else is on call, and who.
fn change(rotation: &Rotation, now: Timestamp) -> Option<(Timestamp, &str)> {
    let present = who(rotation, now);
    let mut at = now;
    for _ in 0..FAR {
        at = boundary(rotation, at)?;
        let then = who(rotation, at);
        if then != present {
            return Some((at, then));
        }
    }
    None
}

/// The next moment after `now` at which it may be another's turn.
fn boundary(rotation: &Rotation, now: Timestamp) -> Option<Timestamp> {
    let handover = begun(rotation, now).tomorrow().ok().and_then(|day| handover(rotation, day));
    let overrides =
        rotation.overrides.iter().filter_map(|it| bounds(rotation, it)).flat_map(|(from, until)| [from, until]);
    overrides.chain(handover).filter(|at| *at > now).min()
}

/// The day of the last handover before `now`. Compared as moments: on the day the clocks go back an hour comes twice, and
/// the second must not undo what was handed over in the first.
fn begun(rotation: &Rotation, now: Timestamp) -> Date {
    let today = now.to_zoned(rotation.zone.clone()).date();
    let later = handover(rotation, today).is_some_and(|at| at > now);
    if later { today.yesterday().unwrap_or(today) } else { today }
}

fn handover(rotation: &Rotation, day: Date) -> Option<Timestamp> {
    day.to_datetime(rotation.handover).to_zoned(rotation.zone.clone()).ok().map(|at| at.timestamp())
}

fn bounds(rotation: &Rotation, it: &Override) -> Option<(Timestamp, Timestamp)> {
    let at = |local: jiff::civil::DateTime| Some(local.to_zoned(rotation.zone.clone()).ok()?.timestamp());
    Some((at(it.from)?, at(it.until)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, civil::time, tz::TimeZone};
    use proptest::prelude::*;

    fn rotation(days: i64) -> Rotation {
        Rotation {
            people: ["a", "b", "c"].map(str::to_owned).to_vec(),
            days,
            // A Monday.
            since: jiff::civil::date(2026, 1, 5),
            handover: time(9, 0, 0, 0),
            zone: TimeZone::get("Europe/Berlin").expect("a zone"),
            overrides: Vec::new(),
        }
    }

    fn local(text: &str) -> Timestamp {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        text.parse::<jiff::civil::DateTime>().expect(text).to_zoned(zone).expect(text).timestamp()
    }

    #[test]
    fn turns_change_at_the_handover_and_come_round() {
        let weekly = rotation(7);
        let cases = [
            ("2026-01-05T08:59", "c"),
            ("2026-01-05T09:00", "a"),
            ("2026-01-12T08:59", "a"),
            ("2026-01-12T09:00", "b"),
            ("2026-01-26T09:00", "a"),
            // After the clocks went forward the handover is still at nine.
            ("2026-03-30T08:59", "c"),
            ("2026-03-30T09:00", "a"),
        ];
        for (at, expected) in cases {
            assert_eq!(who(&weekly, local(at)), expected, "{at}");
        }
        let daily = rotation(1);
        assert_eq!(who(&daily, local("2026-01-06T09:00")), "b");
        assert_eq!(change(&daily, local("2026-01-06T10:00")), Some((local("2026-01-07T09:00"), "c")));
    }

    #[test]
    fn an_hour_that_comes_twice_hands_over_once() {
        let night = Rotation { handover: time(2, 30, 0, 0), ..rotation(1) };
        let first = local("2026-10-25T02:30");
        let before = who(&night, first - SignedDuration::from_secs(1)).to_owned();
        let after = who(&night, first).to_owned();
        assert_ne!(before, after);
        for minutes in [1, 29, 31, 60, 89, 120] {
            assert_eq!(who(&night, first + SignedDuration::from_mins(minutes)), after, "{minutes} minutes later");
        }
    }

    #[test]
    fn an_override_stands_in_and_the_later_of_two_counts() {
        let stand_in = |from: &str, until: &str, who: &str| Override {
            from: from.parse().expect(from),
            until: until.parse().expect(until),
            who: who.to_owned(),
        };
        let overrides = vec![
            stand_in("2026-01-06T00:00", "2026-01-08T00:00", "d"),
            stand_in("2026-01-07T00:00", "2026-01-07T12:00", "e"),
        ];
        let rotation = Rotation { overrides, ..rotation(7) };
        let cases = [("05T23:59", "a"), ("06T00:00", "d"), ("07T00:00", "e"), ("07T12:00", "d"), ("08T00:00", "a")];
        for (at, expected) in cases {
            assert_eq!(who(&rotation, local(&format!("2026-01-{at}"))), expected, "{at}");
        }
        assert_eq!(change(&rotation, local("2026-01-06T10:00")), Some((local("2026-01-07T00:00"), "e")));
        assert_eq!(change(&rotation, local("2026-01-07T12:00")), Some((local("2026-01-08T00:00"), "a")));
    }

    #[test]
    fn who_is_alone_is_on_call_for_good() {
        let alone = Rotation { people: vec!["a".to_owned()], ..rotation(1) };
        assert_eq!(change(&alone, local("2026-01-06T10:00")), None);
    }

    proptest! {
        /// Somebody of the rotation is on call at any time, and stays so until the change that is told.
        #[test]
        fn somebody_is_on_call(second in 1_600_000_000i64..1_900_000_000, days in prop_oneof![Just(1i64), Just(7)], part in 0.0f64..1.0) {
            let rotation = rotation(days);
            let now = Timestamp::from_second(second).expect("a time");
            let present = who(&rotation, now);
            prop_assert!(rotation.people.iter().any(|it| it == present));
            let (until, next) = change(&rotation, now).expect("three take turns");
            prop_assert!(until > now && next != present);
            let between = now + (until - now).to_duration(jiff::SpanRelativeTo::days_are_24_hours()).expect("a span").mul_f64(part * 0.999);
            prop_assert_eq!(who(&rotation, between), present);
        }
    }
}
