//! How finely a span of time is looked at.
//!
//! Pure.

/// One value each minute: as often as agents send them.
const MINUTE: i64 = 60;
/// One value each five minutes.
const FIVE_MINUTES: i64 = 300;
/// One value an hour.
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// CloudWatch keeps values of a minute for 15 days, those of five minutes for 63, those of an hour for 455.
const KEPT: [(i64, i64); 2] = [(15 * DAY, MINUTE), (63 * DAY, FIVE_MINUTES)];

/// No picture has more points across than this: the widest terminal shows two a column.
const MOST_POINTS: i64 = 400;

/// A span of time in whole periods (Unix seconds): two askers in the same period ask for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// The first period's start.
    pub from: i64,
    /// The last period's end.
    pub to: i64,
    /// Seconds.
    pub period: i64,
}

impl Window {
    /// From `since` to `now`, both Unix seconds, in periods that fit its length and age.
    pub fn new(since: i64, now: i64) -> Self {
        let since = since.min(now);
        let period = period(now - since);
        Self { from: since.div_euclid(period) * period, to: (now.div_euclid(period) + 1) * period, period }
    }
}

/// The period for a span of so many seconds until now.
fn period(span: i64) -> i64 {
    let readable = [MINUTE, FIVE_MINUTES].into_iter().find(|period| span / period <= MOST_POINTS).unwrap_or(HOUR);
    let kept = KEPT.into_iter().find(|(age, _)| span <= *age).map_or(HOUR, |(_, period)| period);
    readable.max(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn longer_spans_are_looked_at_more_coarsely() {
        let hours = [(1, MINUTE), (6, MINUTE), (24, FIVE_MINUTES), (30, FIVE_MINUTES), (7 * 24, HOUR), (90 * 24, HOUR)];
        for (hours, expected) in hours {
            assert_eq!(period(hours * HOUR), expected, "{hours} h");
        }
    }

    proptest! {
        #[test]
        fn a_window_holds_its_span_in_whole_periods(now in 1_i64..4_000_000_000, back in 0_i64..(400 * DAY)) {
            let since = now - back;
            let window = Window::new(since, now);
            prop_assert!(window.from <= since && window.to > now);
            prop_assert!(window.from % window.period == 0 && window.to % window.period == 0);
            prop_assert!(since - window.from < window.period && window.to - now <= window.period);
        }
    }
}
