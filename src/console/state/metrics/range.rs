//! Spans of time that one looks at.
//!
//! Pure.

use std::ops::Range as Between;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A window moves on in so many steps of its length: less than a column of most screens, and more than a second, so that
/// time alone redraws little.
const STEPS: i64 = 180;

/// How far back one looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Range {
    /// 15 minutes.
    #[default]
    Quarter,
    /// An hour.
    Hour,
    /// Six hours.
    SixHours,
    /// A day.
    Day,
    /// Three days.
    ThreeDays,
    /// A week.
    Week,
    /// Two weeks.
    TwoWeeks,
}

/// From the shortest to the longest.
pub const ALL: [Range; 7] =
    [Range::Quarter, Range::Hour, Range::SixHours, Range::Day, Range::ThreeDays, Range::Week, Range::TwoWeeks];

impl Range {
    /// In milliseconds.
    pub fn ms(self) -> i64 {
        match self {
            Range::Quarter => 15 * MINUTE,
            Range::Hour => HOUR,
            Range::SixHours => 6 * HOUR,
            Range::Day => DAY,
            Range::ThreeDays => 3 * DAY,
            Range::Week => 7 * DAY,
            Range::TwoWeeks => 14 * DAY,
        }
    }

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Range::Quarter => "15 min",
            Range::Hour => "1 h",
            Range::SixHours => "6 h",
            Range::Day => "24 h",
            Range::ThreeDays => "3 d",
            Range::Week => "1 w",
            Range::TwoWeeks => "2 w",
        }
    }

    /// How often something new is worth asking for (milliseconds): a point or so later.
    pub fn every(self) -> i64 {
        match self {
            Range::Quarter | Range::Hour => 10_000,
            Range::SixHours | Range::Day => MINUTE,
            Range::ThreeDays | Range::Week | Range::TwoWeeks => 5 * MINUTE,
        }
    }

    /// The longer one, around.
    #[must_use]
    pub fn next(self) -> Self {
        ALL.into_iter().find(|other| *other > self).unwrap_or(Range::Quarter)
    }

    /// The shorter one, around.
    #[must_use]
    pub fn previous(self) -> Self {
        ALL.into_iter().rev().find(|other| *other < self).unwrap_or(Range::TwoWeeks)
    }

    /// The shortest that reaches `ms` back.
    pub fn reaching(ms: i64) -> Self {
        ALL.into_iter().find(|range| range.ms() >= ms).unwrap_or(Range::TwoWeeks)
    }

    /// What it is at `now`. It moves in steps, and always holds `now`.
    pub fn window(self, now: i64) -> Window {
        let step = self.ms() / STEPS;
        let to = (now.div_euclid(step) + 1) * step;
        Window { from: to - self.ms(), to }
    }
}

/// From when until when (Unix milliseconds); never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub from: i64,
    /// The last one.
    pub to: i64,
}

/// A window is never shorter: values come every few seconds at best.
const SHORTEST: i64 = MINUTE;

impl Window {
    /// How long it is, at least 1.
    pub fn ms(self) -> i64 {
        (self.to - self.from).max(1)
    }

    /// As a range of times.
    pub fn between(self) -> Between<i64> {
        self.from..self.to
    }

    /// Half as long around `time`, within what this one holds.
    #[must_use]
    pub fn zoomed(self, time: i64) -> Self {
        let ms = (self.ms() / 2).max(SHORTEST).min(self.ms());
        let from = (time - ms / 2).clamp(self.from, self.to - ms);
        Window { from, to: from + ms }
    }

    /// Twice as long around `time`, within `all`; none where that is all of it.
    pub fn widened(self, time: i64, all: Window) -> Option<Self> {
        let ms = self.ms() * 2;
        if ms >= all.ms() {
            return None;
        }
        let from = (time - ms / 2).clamp(all.from, all.to - ms);
        Some(Window { from, to: from + ms })
    }

    /// The same length, moved until it holds `time`.
    #[must_use]
    pub fn holding(self, time: i64) -> Self {
        let from = self.from.min(time).max(time - self.ms());
        Window { from, to: from + self.ms() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_go_around_and_reach_back() {
        assert_eq!(Range::TwoWeeks.next(), Range::Quarter);
        assert_eq!(Range::Quarter.previous(), Range::TwoWeeks);
        assert_eq!((Range::reaching(HOUR), Range::reaching(HOUR + 1)), (Range::Hour, Range::SixHours));
        assert_eq!(Range::reaching(900 * DAY), Range::TwoWeeks);
    }

    proptest! {
        #[test]
        fn a_window_holds_what_it_should(now in 1_i64 << 30..1_i64 << 42, at in -0.2_f64..1.2, times in 0_usize..20) {
            for range in ALL {
                let all = range.window(now);
                prop_assert!(all.ms() == range.ms() && all.between().contains(&now));
                prop_assert!(all.to - now <= range.ms() / STEPS);
                #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a place in a window")]
                let time = all.from + (at * all.ms() as f64) as i64;
                let mut window = all;
                for _ in 0..times {
                    window = window.zoomed(time);
                    prop_assert!(window.from >= all.from && window.to <= all.to && window.ms() >= SHORTEST);
                }
                prop_assert!(window.holding(time).ms() == window.ms());
                prop_assert!((window.holding(time).from..=window.holding(time).to).contains(&time));
                while let Some(wider) = window.widened(time, all) {
                    prop_assert!(wider.ms() > window.ms() && wider.from >= all.from && wider.to <= all.to);
                    window = wider;
                }
            }
        }
    }
}
