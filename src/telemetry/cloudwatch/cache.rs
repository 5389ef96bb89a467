//! What CloudWatch was asked already.
//!
//! Guarantees
//! - A finished period that was answered is never asked again; one that is not finished, at most once a period.
//! - What came in part is shown, and asked again.
//! - It is bounded: curves that nobody looks at any more go, and with them values that are older than any look.
//!
//! A period is finished when it ended [`SETTLE`] ago: values arrive late. Those that arrive later still, after an agent
//! could not send for a while, are seen once the curve was forgotten.
//!
//! Pure: the time is an argument.

use super::series::Key;
use crate::telemetry::period::Window;
use std::collections::{BTreeMap, HashMap};

/// Seconds after its end from which a period counts as finished: agents send once a minute and try again, and CloudWatch
/// shows a value within a minute or two of its coming.
const SETTLE: i64 = 180;

/// Periods that are kept of a curve: more than any picture has points, so that a short look never makes a longer one
/// ask again.
const KEPT: i64 = 1_000;

/// Seconds after which a curve that nobody has looked at is forgotten.
const UNUSED: i64 = 3_600;

/// Something that CloudWatch is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which curve.
    pub key: Key,
    /// Unix seconds, included.
    pub from: i64,
    /// Unix seconds, not included.
    pub to: i64,
}

/// What it has answered for one curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Start of a period (Unix seconds) and its value.
    pub points: Vec<(i64, f64)>,
    /// Whether that is all of what was asked for.
    pub complete: bool,
}

/// One curve.
#[derive(Debug, Default)]
struct Kept {
    points: BTreeMap<i64, f64>,
    /// Finished periods that were answered, without a gap.
    known: Option<(i64, i64)>,
    /// When its end was last asked for, and since when.
    asked: Option<(i64, i64)>,
    /// When somebody last looked.
    used: i64,
}

/// Every curve that somebody looks at.
#[derive(Debug, Default)]
pub struct Cache {
    kept: HashMap<Key, Kept>,
}

impl Cache {
    /// What must be asked at `now` (Unix seconds) before `keys` can be shown over `window`.
    pub fn missing(&mut self, keys: &[Key], window: Window, now: i64) -> Vec<Ask> {
        let mut asks = Vec::new();
        for key in keys {
            let kept = self.kept.entry(key.clone()).or_default();
            kept.used = now;
            kept.trim(window);
            asks.extend(kept.missing(window, now).into_iter().map(|(from, to)| Ask { key: key.clone(), from, to }));
        }
        asks
    }

    /// Takes an answer in, asked at `now`.
    pub fn take(&mut self, ask: &Ask, part: Part, now: i64) {
        let kept = self.kept.entry(ask.key.clone()).or_default();
        if part.complete {
            kept.points.retain(|at, _| !(ask.from..ask.to).contains(at));
        }
        kept.points.extend(part.points.into_iter().filter(|(at, _)| (ask.from..ask.to).contains(at)));
        if ask.to > now {
            kept.asked = Some((now, ask.from));
        }
        if part.complete {
            kept.learn(ask.from, ask.to.min(finished(now, ask.key.period)));
        }
    }

    /// The values over `window`, oldest first.
    pub fn points(&self, key: &Key, window: Window) -> Vec<(i64, f64)> {
        let kept = self.kept.get(key);
        kept.map_or_else(Vec::new, |kept| kept.points.range(window.from..window.to).map(|(at, v)| (*at, *v)).collect())
    }

    /// When the ends of these curves were asked for: the longest ago of those that ever were.
    pub fn as_of(&self, keys: &[Key]) -> Option<i64> {
        keys.iter().filter_map(|key| self.kept.get(key)?.asked).map(|(at, _)| at).min()
    }

    /// Forgets what nobody looks at any more.
    pub fn prune(&mut self, now: i64) {
        self.kept.retain(|_, kept| now - kept.used < UNUSED);
    }
}

impl Kept {
    /// Up to two spans: before what is known, and after it. A gap is asked for as a whole: CloudWatch costs by the
    /// curve, not by the value.
    fn missing(&self, window: Window, now: i64) -> Vec<(i64, i64)> {
        let now = now.div_euclid(window.period);
        let fresh =
            |from: i64| self.asked.is_some_and(|(at, since)| at.div_euclid(window.period) == now && since <= from);
        let Some((first, last)) = self.known else {
            return if fresh(window.from) { Vec::new() } else { vec![(window.from, window.to)] };
        };
        let before = (window.from < first).then_some((window.from, first));
        let after = (last < window.to && !fresh(last)).then_some((last, window.to));
        before.into_iter().chain(after).collect()
    }

    /// Finished periods are known from now on.
    fn learn(&mut self, from: i64, to: i64) {
        if from >= to {
            return;
        }
        self.known = match self.known {
            Some((first, last)) if from <= last && to >= first => Some((first.min(from), last.max(to))),
            _ => Some((from, to)),
        };
    }

    /// Lets go of what lies further back than anybody looks.
    fn trim(&mut self, window: Window) {
        let oldest = window.from.min(window.to - KEPT * window.period);
        self.points.retain(|at, _| *at >= oldest);
        self.known = self.known.filter(|(_, last)| *last > oldest).map(|(first, last)| (first.max(oldest), last));
    }
}

/// Periods that end by then are finished.
fn finished(now: i64, period: i64) -> i64 {
    (now - SETTLE).div_euclid(period) * period
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::cloudwatch::series::Metric;
    use proptest::prelude::*;
    use std::collections::HashMap as Counts;

    fn key(period: i64) -> Key {
        Key { namespace: "Doltops/cp/d".into(), instance: "i-1".into(), metric: Metric::Cpu, period }
    }

    fn all(ask: &Ask) -> Part {
        let points = (ask.from..ask.to).step_by(usize::try_from(ask.key.period).expect("small"));
        Part { points: points.map(|at| (at, 1.0)).collect(), complete: true }
    }

    #[test]
    fn what_came_in_part_is_shown_and_asked_again() {
        let (mut cache, window) = (Cache::default(), Window { from: 0, to: 900, period: 60 });
        let ask = cache.missing(&[key(60)], window, 870).remove(0);
        cache.take(&ask, Part { points: vec![(60, 5.0), (120, 6.0)], complete: false }, 870);
        assert_eq!(cache.points(&key(60), window), [(60, 5.0), (120, 6.0)]);
        assert!(cache.missing(&[key(60)], window, 871).is_empty(), "not in the same period");
        let again = cache.missing(&[key(60)], window, 930);
        assert_eq!((again[0].from, again[0].to), (0, 900));
        cache.take(&again[0], Part { points: vec![(120, 6.0), (180, 7.0)], complete: true }, 930);
        assert_eq!(cache.points(&key(60), window), [(120, 6.0), (180, 7.0)]);
    }

    #[test]
    fn a_minute_later_only_what_is_not_finished_is_asked() {
        let mut cache = Cache::default();
        let ask = cache.missing(&[key(60)], Window { from: 0, to: 3_660, period: 60 }, 3_600).remove(0);
        cache.take(&ask, all(&ask), 3_600);
        let next = cache.missing(&[key(60)], Window { from: 60, to: 3_720, period: 60 }, 3_660);
        assert_eq!((next[0].from, next[0].to), (3_600 - SETTLE, 3_720));
        assert_eq!(cache.as_of(&[key(60)]), Some(3_600));
        cache.prune(3_660 + UNUSED);
        assert_eq!(cache.as_of(&[key(60)]), None);
    }

    proptest! {
        /// Whoever looks, whenever and over whatever span: a finished period is asked once, and all are shown.
        #[test]
        fn no_finished_period_is_asked_twice(looks in prop::collection::vec((0_i64..900, 1_i64..20_000), 1..50)) {
            let (mut cache, mut now) = (Cache::default(), 1_000_000);
            let mut asked: Counts<i64, usize> = Counts::new();
            for (wait, span) in looks {
                now += wait;
                let window = Window { from: (now - span).div_euclid(60) * 60, to: (now.div_euclid(60) + 1) * 60, period: 60 };
                for ask in cache.missing(&[key(60)], window, now) {
                    for at in (ask.from..ask.to.min(finished(now, 60))).step_by(60) {
                        *asked.entry(at).or_default() += 1;
                    }
                    cache.take(&ask, all(&ask), now);
                }
                let shown = cache.points(&key(60), window);
                // The newest period may have begun since it was last asked for.
                prop_assert!(shown.len() + 1 >= usize::try_from((window.to - window.from) / 60).expect("small"));
                let again: Vec<_> = asked.iter().filter(|(_, times)| **times > 1).collect();
                prop_assert!(again.is_empty(), "{again:?}");
            }
        }
    }
}
