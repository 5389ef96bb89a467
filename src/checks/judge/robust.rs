//! How far a figure is from its own past, in a measure that a few bad ones in that past do not bend.
//!
//! The middle is a median, the spread a median of distances from it (MAD). A figure of few rows varies more than one of
//! many, by the square root of their number: so distances are compared after they were multiplied by it.

/// What a median of distances is of a normal distribution's standard deviation.
const MAD: f64 = 1.4826;

/// A batch counts as at most so many times the usual number of rows: where batches differ among themselves, a large
/// import is no better a witness than a few ordinary commits.
const LARGE: f64 = 4.0;

/// A figure, and of how many rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The figure.
    pub value: f64,
    /// Of so many rows.
    pub rows: f64,
}

/// How far a figure is from its past.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distance {
    /// The figure's median.
    pub usual: f64,
    /// In spreads of one figure; negative: below.
    pub score: f64,
}

/// The middle one; 0 of none.
pub fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let (_, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values[..middle].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower.midpoint(upper)
}

/// Median and spread.
pub fn spread(values: &[f64]) -> (f64, f64) {
    let mut values = values.to_vec();
    let middle = median(&mut values);
    values.iter_mut().for_each(|value| *value = (*value - middle).abs());
    (middle, MAD * median(&mut values))
}

/// How far `now` is from `past`. `floor`: the spread of a figure of one row that chance alone would give; a past that
/// never moved proves no smaller one.
pub fn distance(now: Sample, past: &[Sample], floor: f64) -> Distance {
    let mut values: Vec<f64> = past.iter().map(|sample| sample.value).collect();
    let usual = median(&mut values);
    let mut rows: Vec<f64> = past.iter().map(|sample| sample.rows).collect();
    let most = LARGE * median(&mut rows);
    let weight = |rows: f64| rows.min(most).sqrt();
    let mut distances: Vec<f64> =
        past.iter().map(|sample| (sample.value - usual).abs() * weight(sample.rows)).collect();
    let spread = (MAD * median(&mut distances)).max(floor);
    Distance { usual, score: (now.value - usual) * weight(now.rows) / spread }
}

/// A share of rows on a scale where chance spreads every share alike: one half, whatever the share, for one row
/// (Anscombe).
pub fn share(count: f64, rows: f64) -> Sample {
    Sample { value: ((count + 0.375) / (rows + 0.75)).sqrt().min(1.0).asin(), rows }
}

/// The spread that chance gives to a [`share`] of one row.
pub const SHARE: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_few_bad_ones_do_not_bend_the_measure() {
        let mut past: Vec<Sample> = (0..100).map(|n| Sample { value: f64::from(n % 7), rows: 1.0 }).collect();
        let clean = distance(Sample { value: 30.0, rows: 1.0 }, &past, 0.1);
        past.iter_mut().take(20).for_each(|sample| sample.value = 1e9);
        let dirty = distance(Sample { value: 30.0, rows: 1.0 }, &past, 0.1);
        assert!(clean.score > 9.0 && dirty.score > 8.0, "{clean:?} {dirty:?}");
    }

    #[test]
    fn a_figure_of_more_rows_says_more() {
        let past: Vec<Sample> = (0..50).map(|n| Sample { value: f64::from(n % 3), rows: 100.0 }).collect();
        let of = |rows| distance(Sample { value: 2.0, rows }, &past, 0.1).score;
        assert!(of(100.0) > of(25.0) && of(400.0) > of(100.0));
        assert_eq!(of(400.0), of(1e9));
    }

    proptest! {
        #[test]
        fn a_median_is_in_the_middle(mut values in prop::collection::vec(-1e9..1e9_f64, 1..50)) {
            let middle = median(&mut values);
            let below = values.iter().filter(|value| **value <= middle).count();
            let above = values.iter().filter(|value| **value >= middle).count();
            prop_assert!(below * 2 >= values.len() && above * 2 >= values.len());
        }
    }
}
