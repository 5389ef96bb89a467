//! The axis of time: which moments have a label, in the person's zone.
//!
//! Pure. Guarantees: labels stand at round times of the zone, ascend, and leave room between each other.

use crate::console::state::metrics::range::Window;
use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, Time},
    tz::TimeZone,
};

/// A moment with a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Unix milliseconds.
    pub time: i64,
    /// What stands below it.
    pub label: String,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The distances between labels (seconds), as clocks and calendars go.
const STEPS: [i64; 19] = [
    1,
    2,
    5,
    10,
    15,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
];
/// Beyond: a label a week.
const WEEK: i64 = 7 * DAY;
/// Columns between two labels.
const GAP: i64 = 3;

/// The labels for a window in so many columns.
pub fn ticks(window: Window, columns: u16, zone: &TimeZone) -> Vec<Tick> {
    let seconds = (window.ms() / 1_000).max(1);
    let fits = |step: &i64| seconds / step * (width(*step) + GAP) <= i64::from(columns);
    let step = STEPS.into_iter().find(fits).unwrap_or(WEEK);
    let Ok(from) = Timestamp::from_millisecond(window.from) else { return Vec::new() };
    let mut ticks: Vec<Tick> = Vec::new();
    let mut at = Some(begin(from.to_zoned(zone.clone()).datetime(), step));
    // One more than fit: the first may lie before the window.
    for _ in 0..=i64::from(columns).max(1) {
        let Some(civil) = at else { break };
        let Ok(moment) = zone.to_zoned(civil) else { break };
        let time = moment.timestamp().as_millisecond();
        if time >= window.to {
            break;
        }
        // An hour that comes twice has one label, and one that is left out has none.
        if time >= window.from && moment.datetime() == civil && ticks.last().is_none_or(|last| last.time < time) {
            ticks.push(Tick { time, label: label(civil, step) });
        }
        at = civil.checked_add(SignedDuration::from_secs(step)).ok();
    }
    ticks
}

/// The last round time at or before `from`.
fn begin(from: DateTime, step: i64) -> DateTime {
    let midnight = from.date().to_datetime(Time::midnight());
    if step >= DAY {
        // Weeks begin on Monday.
        let days = match step {
            WEEK => i64::from(from.date().weekday().to_monday_zero_offset()),
            step => i64::from(from.date().day_of_year()) % (step / DAY),
        };
        return midnight.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(midnight);
    }
    let second = i64::from(from.hour()) * HOUR + i64::from(from.minute()) * MINUTE + i64::from(from.second());
    midnight.checked_add(SignedDuration::from_secs(second / step * step)).unwrap_or(midnight)
}

fn width(step: i64) -> i64 {
    if step < MINUTE { 8 } else { 6 }
}

fn label(time: DateTime, step: i64) -> String {
    let format = match step {
        // A day begins: the date says more than 00:00.
        _ if time.time() == Time::midnight() => "%b %e",
        step if step < MINUTE => "%H:%M:%S",
        _ => "%H:%M",
    };
    time.strftime(format).to_string().replace("  ", " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::metrics::range::{ALL, Range};
    use proptest::prelude::*;

    /// 2026-11-23 13:00:00 UTC.
    const NOW: i64 = 1_795_438_800_000;

    fn labels(range: Range, columns: u16, zone: &str) -> String {
        let zone = TimeZone::get(zone).expect("a zone");
        ticks(range.window(NOW), columns, &zone).into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn labels_are_round_in_the_persons_zone() {
        assert_eq!(labels(Range::Quarter, 40, "UTC"), "12:50 12:55 13:00");
        assert_eq!(labels(Range::Hour, 60, "Asia/Kathmandu"), "17:50 18:00 18:10 18:20 18:30 18:40");
        assert_eq!(labels(Range::Day, 60, "Europe/Berlin"), "18:00 Nov 23 06:00 12:00");
        assert_eq!(labels(Range::TwoWeeks, 30, "UTC"), "Nov 16 Nov 23");
        assert_eq!(labels(Range::Week, 70, "UTC"), "Nov 17 Nov 18 Nov 19 Nov 20 Nov 21 Nov 22 Nov 23");
    }

    /// On 2026-10-25 at 03:00 clocks in Berlin go back to 02:00.
    #[test]
    fn an_hour_that_comes_twice_has_one_label() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let from = 1_792_879_200_000; // 2026-10-25 00:00 in Berlin
        let shown = ticks(Window { from, to: from + 6 * 3_600_000 }, 60, &zone);
        let shown: Vec<&str> = shown.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(shown, ["Oct 25", "01:00", "02:00", "03:00", "04:00"]);
    }

    proptest! {
        #[test]
        fn labels_ascend_and_leave_room(
            from in 0_i64..1 << 41,
            range in 0_usize..7,
            columns in 0_u16..300,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
        ) {
            let window = Window { from, to: from + ALL[range].ms() };
            let shown = ticks(window, columns, &TimeZone::get(zone).expect("a zone"));
            prop_assert!(shown.iter().all(|tick| window.between().contains(&tick.time)));
            prop_assert!(shown.is_sorted_by(|a, b| a.time < b.time));
            prop_assert!(shown.len() <= usize::from(columns) / 6 + 3, "{}", shown.len());
        }
    }
}
