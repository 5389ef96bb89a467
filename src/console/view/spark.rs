//! Sparklines: a row of bars that fits into a cell.

use super::chart::scale;
use doltops_proto::hosted_api::Sample;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What a full bar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Full {
    /// This much.
    At(f64),
    /// The round number at or above the highest of them all, and this at least: what is next to nothing looks so.
    Above(f64),
}

/// The values of the last `span` milliseconds before `now` in `width` bars, the highest of each; a gap where nothing
/// was measured.
///
/// A bar begins and ends at the same times whenever it is looked at, so that it says the same until it leaves: only the
/// newest still grows.
pub fn spark(
    samples: &[Sample],
    value: impl Fn(&Sample) -> f64,
    now: i64,
    span: i64,
    width: usize,
    full: Full,
) -> String {
    let mut slots: Vec<Option<f64>> = vec![None; width];
    let wide = i64::try_from(width).unwrap_or(i64::MAX).max(1);
    let each = (span / wide).max(1);
    let (newest, last) = (now.div_euclid(each), samples.last().map(|sample| sample.time_ms.div_euclid(each)));
    // One that has just begun is drawn when something of it is there: no gap comes and goes at its place.
    let newest = if last == Some(newest - 1) { newest - 1 } else { newest };
    for sample in samples {
        // What is newer than our clock belongs to the last bar.
        let ago = newest.saturating_sub(sample.time_ms.div_euclid(each)).max(0);
        let slot = usize::try_from(ago).ok().and_then(|ago| width.checked_sub(1)?.checked_sub(ago));
        if let Some(slot) = slot.and_then(|slot| slots.get_mut(slot)) {
            *slot = Some(slot.unwrap_or(0.0).max(value(sample)));
        }
    }
    let highest = slots.iter().flatten().copied().fold(0.0, f64::max);
    let full = match full {
        Full::At(full) => full,
        Full::Above(least) => scale::decimal(highest).max(least),
    };
    slots.into_iter().map(|slot| slot.map_or(' ', |value| bar(value, full))).collect()
}

/// Values over places from 0 to `count` in at most `width` bars, between the least and the greatest of them; where several
/// fall together the farthest from the middle. A flagged place has a sign of its own instead of a bar.
pub fn over(points: &[(usize, f64)], flagged: &[usize], count: usize, width: usize) -> String {
    let width = width.min(count);
    let slot = |place: usize| (place.saturating_mul(width) / count.max(1)).min(width.saturating_sub(1));
    let (least, greatest) = points
        .iter()
        .fold((f64::MAX, f64::MIN), |(least, greatest), (_, value)| (least.min(*value), greatest.max(*value)));
    #[allow(clippy::cast_precision_loss, reason = "some hundred points")]
    let middle = points.iter().map(|(_, value)| *value / points.len() as f64).sum::<f64>();
    let mut slots: Vec<Option<f64>> = vec![None; width];
    for (place, value) in points {
        if let Some(slot) = slots.get_mut(slot(*place))
            && slot.is_none_or(|other| (other - middle).abs() < (value - middle).abs())
        {
            *slot = Some(*value);
        }
    }
    let mut bars: Vec<char> =
        slots.into_iter().map(|slot| slot.map_or(' ', |value| bar(value - least, greatest - least))).collect();
    for place in flagged {
        if let Some(bar) = bars.get_mut(slot(*place)) {
            *bar = '✗';
        }
    }
    bars.into_iter().collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7, clamped")]
fn bar(value: f64, full: f64) -> char {
    let share = if full > 0.0 { (value / full).clamp(0.0, 1.0) } else { 0.0 };
    BARS[(share * 7.0).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flagged_place_is_seen_among_many() {
        let points: Vec<(usize, f64)> = (0..100).map(|at| (at, if at == 55 { 9.0 } else { 1.0 })).collect();
        assert_eq!(over(&points, &[], 100, 10), "▁▁▁▁▁█▁▁▁▁");
        assert_eq!(over(&points, &[55, 99], 100, 10), "▁▁▁▁▁✗▁▁▁✗");
        assert_eq!(over(&points[..3], &[], 3, 10), "▁▁▁", "no wider than there are commits");
        assert_eq!(over(&[], &[1], 0, 10), "");
    }

    #[test]
    fn bars_stand_where_their_time_is() {
        let sample = |time_ms, cpu_percent| Sample { time_ms, cpu_percent, ..Sample::default() };
        let samples = [sample(0, 100.0), sample(500, 50.0), sample(950, 0.0), sample(2_000, 100.0), sample(-50, 9.0)];
        let drawn = |samples: &[Sample], width, full| spark(samples, |s| s.cpu_percent, 999, 1_000, width, full);
        assert_eq!(drawn(&samples[..3], 10, Full::At(100.0)), "█    ▅   ▁");
        assert_eq!(drawn(&samples[3..], 4, Full::Above(1.0)), "   █");
        assert_eq!(drawn(&samples, 0, Full::Above(1.0)), "");
    }

    /// The same data a little later: no bar has changed, each has only gone on to the left when its time came.
    #[test]
    fn bars_of_the_past_stay_as_they_are() {
        let sample = |at: i64| Sample {
            time_ms: at * 5_000,
            queries_per_second: f64::from(i32::from(at % 7 == 0)) * 40.0,
            ..Sample::default()
        };
        let samples: Vec<Sample> = (0..200).map(sample).collect();
        let past = |now: i64| -> Vec<char> {
            let known: Vec<Sample> = samples.iter().filter(|sample| sample.time_ms <= now).cloned().collect();
            let bars = spark(&known, |s| s.queries_per_second, now, 60_000, 6, Full::Above(10.0));
            bars.chars().take(5).collect()
        };
        let first = past(400_000);
        for later in (400_000..410_000).step_by(1_000) {
            assert_eq!(past(later), first, "{later}");
        }
        assert_eq!(past(410_000)[..4], first[1..]);
    }

    #[test]
    fn what_rounds_to_nothing_looks_like_nothing() {
        let sample = |time_ms, queries_per_second| Sample { time_ms, queries_per_second, ..Sample::default() };
        let drawn = |newest| {
            let samples = [sample(0, 0.0), sample(600, 0.0), sample(900, newest)];
            spark(&samples, |s| s.queries_per_second, 999, 1_000, 10, Full::Above(10.0))
        };
        assert_eq!(drawn(0.04), "▁     ▁  ▁");
        assert_eq!(drawn(5.0), "▁     ▁  ▅");
        assert_eq!(drawn(120.0), "▁     ▁  ▅", "of 200");
    }
}
