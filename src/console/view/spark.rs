//! Sparklines: a row of bars that fits into a cell.

use doltops_proto::hosted_api::Sample;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The values of the last `span` milliseconds before `now` in `width` bars, the highest of each; a gap where nothing
/// was measured. Full is `most`, or the highest of them all where that is 0.
pub fn spark(
    samples: &[Sample],
    value: impl Fn(&Sample) -> f64,
    now: i64,
    span: i64,
    width: usize,
    most: f64,
) -> String {
    let mut slots: Vec<Option<f64>> = vec![None; width];
    for sample in samples {
        let since_start = sample.time_ms - (now - span);
        let wide = i64::try_from(width).unwrap_or(i64::MAX);
        let Some(slot) = usize::try_from(since_start.saturating_mul(wide).div_euclid(span.max(1))).ok() else {
            continue;
        };
        // What is newer than our clock belongs to the last bar.
        if let Some(slot) = slots.get_mut(slot.min(width.saturating_sub(1))) {
            *slot = Some(slot.unwrap_or(0.0).max(value(sample)));
        }
    }
    let highest = slots.iter().flatten().copied().fold(0.0, f64::max);
    let full = if most > 0.0 { most } else { highest };
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
        assert_eq!(spark(&samples[..3], |s| s.cpu_percent, 1_000, 1_000, 10, 100.0), "█    ▅   ▁");
        assert_eq!(spark(&samples[3..], |s| s.cpu_percent, 1_000, 1_000, 4, 0.0), "   █");
        assert_eq!(spark(&samples, |s| s.cpu_percent, 1_000, 1_000, 0, 0.0), "");
    }
}
