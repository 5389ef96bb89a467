//! Points in as many as a chart has room for, in pieces where nothing was measured between.
//!
//! Pure. Guarantees: the highest and the lowest value of every column stay, so that no peak is lost however long the
//! range; a gap stays a gap.
//!
//! How: of every column the first, the lowest, the highest and the last point are kept (M4: Jugel and others, 2014),
//! which draws the same lines as all points would.

use crate::console::state::metrics::range::Window;

/// A time (Unix milliseconds) and a value.
pub type Point = (i64, f64);

/// How many steps around one are looked at to know how far apart points are.
const AROUND: usize = 4;
/// A step so many times as long as those around it is a gap: one value that is missing, or late, is none.
const GAP: f64 = 2.5;
/// No step up to this is a gap (milliseconds): values come every few seconds at best, and rarely on the dot.
const LEAST: i64 = 15_000;

/// The pieces of a line, in at most four points a column.
pub fn thin(points: &[Point], window: Window, columns: u16) -> Vec<Vec<Point>> {
    let points = in_view(points, window);
    let mut pieces = Vec::new();
    let mut start = 0;
    for end in 1..=points.len() {
        if end == points.len() || is_gap(points, end) {
            if let Some(piece) = points.get(start..end).filter(|piece| !piece.is_empty()) {
                pieces.push(thinned(piece, window, columns));
            }
            start = end;
        }
    }
    pieces
}

/// The points in the window, and one before and after it: lines go on to the edge.
fn in_view(points: &[Point], window: Window) -> &[Point] {
    let first = points.partition_point(|point| point.0 < window.from).saturating_sub(1);
    let last = (points.partition_point(|point| point.0 <= window.to) + 1).min(points.len());
    points.get(first..last).unwrap_or_default()
}

/// Whether nothing was measured between this point and the one before.
pub fn is_gap(points: &[Point], at: usize) -> bool {
    let step = |at: usize| at.checked_sub(1).and_then(|before| Some(points.get(at)?.0 - points.get(before)?.0));
    let Some(own) = step(at).filter(|own| *own > LEAST) else { return false };
    let mut around: Vec<i64> =
        (at.saturating_sub(AROUND)..=at + AROUND).filter(|other| *other != at).filter_map(step).collect();
    around.sort_unstable();
    #[allow(clippy::cast_precision_loss, reason = "days in milliseconds")]
    around.get(around.len() / 2).is_some_and(|usual| own as f64 > (*usual as f64) * GAP)
}

fn thinned(piece: &[Point], window: Window, columns: u16) -> Vec<Point> {
    let column =
        |point: &Point| (point.0 - window.from).saturating_mul(i64::from(columns.max(1))).div_euclid(window.ms());
    let mut kept = Vec::new();
    for same in piece.chunk_by(|a, b| column(a) == column(b)) {
        let by_value = |a: &&Point, b: &&Point| a.1.total_cmp(&b.1);
        let (lowest, highest) = (same.iter().min_by(by_value), same.iter().max_by(by_value));
        let mut four: Vec<Point> =
            [same.first(), lowest, highest, same.last()].into_iter().flatten().copied().collect();
        four.sort_by_key(|point| point.0);
        four.dedup();
        kept.extend(four);
    }
    kept
}

/// The value nearest to a time, where one is near enough: within `reach`, or half of the way to the next point.
pub fn nearest(points: &[Point], time: i64, reach: i64) -> Option<f64> {
    let after = points.partition_point(|point| point.0 < time);
    let before = after.checked_sub(1).and_then(|at| points.get(at));
    let next = points.get(after);
    let between = match (before, next) {
        (Some(before), Some(next)) if !is_gap(points, after) => (next.0 - before.0) / 2 + 1,
        _ => 0,
    };
    let near = [before, next].into_iter().flatten().min_by_key(|point| (point.0 - time).abs())?;
    ((near.0 - time).abs() <= reach.max(between)).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: Window = Window { from: 0, to: 1_000_000 };

    fn at(times: &[i64]) -> Vec<Point> {
        times.iter().map(|second| (second * 1_000, 1.0)).collect()
    }

    #[test]
    fn a_gap_is_where_points_are_missing_and_not_where_they_come_more_often() {
        let coarse_then_fine = at(&[0, 60, 120, 180, 240, 300, 305, 310, 315, 320, 325]);
        assert_eq!(thin(&coarse_then_fine, WINDOW, 100).len(), 1);
        let missing = at(&[0, 5, 10, 15, 20, 200, 205, 210, 215, 220]);
        assert_eq!(thin(&missing, WINDOW, 1_000).iter().map(Vec::len).collect::<Vec<_>>(), [5, 5]);
        assert_eq!(nearest(&missing, 100_000, 1_000), None, "nothing was measured then");
        assert_eq!(nearest(&missing, 202_400, 0), Some(1.0));
    }

    proptest! {
        #[test]
        fn no_peak_is_lost(values in prop::collection::vec(0.0_f64..100.0, 1..400), columns in 1_u16..50) {
            let points: Vec<Point> = (0..).map(|at| at * 2_500).zip(values).collect();
            let kept: Vec<Point> = thin(&points, WINDOW, columns).concat();
            prop_assert!(kept.len() <= (usize::from(columns) + 2) * 4);
            prop_assert!(kept.iter().all(|point| points.contains(point)) && kept.is_sorted_by_key(|point| point.0));
            let extremes = |points: &[Point]| points.iter().fold((100.0_f64, 0.0_f64), |(low, high), point| (low.min(point.1), high.max(point.1)));
            prop_assert_eq!(extremes(&kept), extremes(&points));
        }
    }
}
