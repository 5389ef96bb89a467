//! The axis of values: where it ends, and which values stand beside it.
//!
//! Pure. Guarantees: every value up to the highest is on the axis; its end and its ticks are round values; no two ticks
//! share a row.

/// In what values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Of a whole.
    Percent,
    /// Whole things.
    Count,
    /// A second.
    Rate,
    /// Time.
    Milliseconds,
    /// Sizes, in powers of 1024.
    Bytes,
}

/// An axis from 0 to `top`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Its end.
    pub top: f64,
    /// From 0 on.
    pub ticks: Vec<f64>,
}

/// More ticks than this are clutter, however high a chart is.
const MOST: u16 = 5;

/// The axis for values up to `highest` in so many rows.
pub fn scale(highest: f64, unit: Unit, rows: u16) -> Scale {
    // A row between two labels, so that they can be told apart.
    let parts = f64::from(rows.saturating_sub(1).div_euclid(2).clamp(1, MOST));
    let highest = if highest.is_finite() { highest.max(0.0) } else { 0.0 };
    let step = match unit {
        // The whole is always shown: half full looks half full.
        Unit::Percent if highest <= 100.0 => {
            let fits = |step: &f64| 100.0 / step <= parts;
            return ending([20.0, 25.0, 50.0, 100.0].into_iter().find(fits).unwrap_or(100.0), 100.0);
        }
        Unit::Bytes => binary(highest / parts),
        Unit::Count => decimal(highest / parts).max(1.0),
        Unit::Percent | Unit::Rate | Unit::Milliseconds => decimal(highest / parts),
    };
    ending(step, (highest / step).ceil().max(1.0) * step)
}

fn ending(step: f64, top: f64) -> Scale {
    let mut ticks = vec![0.0];
    while let Some(next) = ticks.last().map(|last| last + step).filter(|next| *next <= top + step / 1e6) {
        ticks.push(next);
    }
    Scale { top, ticks }
}

/// The next of 1, 2 and 5, with noughts.
pub fn decimal(least: f64) -> f64 {
    if least <= 0.0 {
        return 1.0;
    }
    let ten = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * ten).find(|step| *step >= least * 0.999_999).unwrap_or(ten * 10.0)
}

/// The next power of two.
fn binary(least: f64) -> f64 {
    if least <= 1.0 { 1.0 } else { 2_f64.powf(least.log2().ceil()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round() {
        let ticks = |highest, unit, rows| scale(highest, unit, rows).ticks;
        assert_eq!(ticks(97.0, Unit::Percent, 10), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(ticks(3.0, Unit::Percent, 3), [0.0, 100.0]);
        assert_eq!(ticks(1_300.0, Unit::Rate, 7), [0.0, 500.0, 1_000.0, 1_500.0]);
        assert_eq!(ticks(0.0, Unit::Milliseconds, 7), [0.0, 1.0]);
        assert_eq!(ticks(3.0, Unit::Count, 12), [0.0, 1.0, 2.0, 3.0]);
        let mib = f64::from(1 << 20);
        assert_eq!(ticks(300.0 * mib, Unit::Bytes, 5), [0.0, 256.0 * mib, 512.0 * mib]);
    }

    proptest! {
        #[test]
        fn every_value_is_on_the_axis(
            highest in 0.0_f64..1e15,
            rows in 0_u16..60,
            unit in prop::sample::select(vec![Unit::Percent, Unit::Count, Unit::Rate, Unit::Milliseconds, Unit::Bytes]),
        ) {
            let scale = scale(highest, unit, rows);
            prop_assert!(scale.top >= highest * 0.999 && scale.top > 0.0);
            prop_assert!(scale.ticks.len() >= 2 && scale.ticks.len() <= usize::from(MOST) + 2, "{scale:?}");
            prop_assert!(rows < 3 || scale.ticks.len() <= usize::from(rows), "{scale:?}");
            let last = scale.ticks.last().copied().unwrap_or_default();
            prop_assert!((last - scale.top).abs() <= scale.top / 1e6, "{scale:?}");
        }
    }
}
