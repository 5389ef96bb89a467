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

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7, clamped")]
fn bar(value: f64, full: f64) -> char {
    let share = if full > 0.0 { (value / full).clamp(0.0, 1.0) } else { 0.0 };
    BARS[(share * 7.0).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_where_their_time_is() {
        let sample = |time_ms, cpu_percent| Sample { time_ms, cpu_percent, ..Sample::default() };
        let samples = [sample(0, 100.0), sample(500, 50.0), sample(950, 0.0), sample(2_000, 100.0), sample(-50, 9.0)];
        assert_eq!(spark(&samples[..3], |s| s.cpu_percent, 1_000, 1_000, 10, 100.0), "█    ▅   ▁");
        assert_eq!(spark(&samples[3..], |s| s.cpu_percent, 1_000, 1_000, 4, 0.0), "   █");
        assert_eq!(spark(&samples, |s| s.cpu_percent, 1_000, 1_000, 0, 0.0), "");
    }
}
