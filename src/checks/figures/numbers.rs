//! How often each number occurs, so that any of them can be taken away again.
//!
//! Guarantees
//! - Adding and then removing a number leaves nothing behind: the summary is a function of the numbers that are in it
//!   and of its grain.
//! - Exact while there are at most `BOUND` different numbers. Beyond that the grain doubles until they fit: neighbours in
//!   the order of floating-point numbers share a count. The grain only rises; one that was made finer by `coarsen` equals
//!   one that was counted at that grain from the beginning.
//! - The sum, and so the mean, stays exact to the last bit.
//!
//! Why not a t-digest or a GK sketch: they cannot forget, and every update of a row is a removal. Why not buckets of
//! fixed relative width, as DDSketch has: dates and readings far from zero would all fall into one.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many counts are kept: with a few thousand over the range of the data, a quantile is off by less than a thousandth
/// of that range, and a look through all of them takes some ten microseconds a commit.
const BOUND: usize = 4_096;

/// The share of values below each quantile that is told.
pub const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Counted numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// How many of the lowest bits of a key are left out.
    grain: u8,
    /// By key; none is zero.
    counts: BTreeMap<i64, u64>,
    total: u64,
    sum: Sum,
}

/// What is told of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// The least; within the grain.
    pub min: f64,
    /// The greatest; within the grain.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Their quantiles at [`SHARES`].
    pub quantiles: [f64; 5],
}

impl Numbers {
    /// Counts one in. What is no number counts as nothing.
    pub fn add(&mut self, number: f64) {
        if !number.is_finite() {
            return;
        }
        *self.counts.entry(key(number) >> self.grain).or_default() += 1;
        self.total += 1;
        self.sum.add(number, 1);
        if self.counts.len() > BOUND {
            self.coarsen();
        }
    }

    /// Takes one out that was counted in.
    pub fn remove(&mut self, number: f64) {
        let key = key(number) >> self.grain;
        let Some(count) = self.counts.get_mut(&key).filter(|_| number.is_finite()) else { return };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(&key);
        }
        self.total -= 1;
        self.sum.add(number, -1);
    }

    /// Counts in all of the other.
    pub fn join(&mut self, other: &Self) {
        while self.grain < other.grain {
            self.double();
        }
        for (key, count) in &other.counts {
            *self.counts.entry(key >> (self.grain - other.grain)).or_default() += count;
        }
        self.total += other.total;
        self.sum.join(&other.sum);
        self.coarsen();
    }

    /// The least and the greatest of them; nothing of none.
    pub fn reach(&self) -> Option<(f64, f64)> {
        let (first, last) = (*self.counts.first_key_value()?.0, *self.counts.last_key_value()?.0);
        Some((self.number(first), self.number(last)))
    }

    /// What is told of them; nothing of none.
    #[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
    pub fn measures(&self) -> Option<Measures> {
        let (min, max) = self.reach()?;
        let total = self.total as f64;
        let mean = self.sum.value() / total;
        let (mut squares, mut before) = (0.0, 0.0);
        let mut quantiles = Quantiles::default();
        for (key, count) in &self.counts {
            let (number, count) = (self.number(*key), *count as f64);
            squares += count * (number - mean) * (number - mean);
            quantiles.point((before + count / 2.0) / total, number);
            before += count;
        }
        Some(Measures { min, max, mean, deviation: (squares / total).sqrt(), quantiles: quantiles.done(max) })
    }

    /// Doubles the grain until they fit.
    fn coarsen(&mut self) {
        while self.counts.len() > BOUND {
            self.double();
        }
    }

    fn double(&mut self) {
        self.grain += 1;
        let mut coarser = BTreeMap::new();
        for (key, count) in &self.counts {
            *coarser.entry(key >> 1).or_default() += count;
        }
        self.counts = coarser;
    }

    /// The number in the middle of what shares a key.
    fn number(&self, coarse: i64) -> f64 {
        let low = coarse << self.grain;
        let high = low | ((1_i64 << self.grain) - 1);
        if low == high { unkey(low) } else { unkey(low).midpoint(unkey(high)) }
    }

    #[cfg(test)]
    fn coarsened_to(mut self, grain: u8) -> Self {
        while self.grain < grain {
            self.double();
        }
        self
    }
}

/// A whole number in the order of the floating-point numbers: their bits, with those of the negative ones turned.
fn key(number: f64) -> i64 {
    // -0.0 + 0.0 is 0.0: the two zeros are one.
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn unkey(key: i64) -> f64 {
    let bits = if key < 0 { key ^ i64::MAX } else { key };
    f64::from_bits(bits.cast_unsigned())
}

/// Quantiles by the middle of each number's share, with straight lines between: on whole numbers from 1 to 5 they move
/// smoothly too, where the usual ones jump from one whole number to the next.
#[derive(Default)]
struct Quantiles {
    found: [f64; 5],
    next: usize,
    earlier: Option<(f64, f64)>,
}

impl Quantiles {
    fn point(&mut self, share: f64, number: f64) {
        while let Some(wanted) = SHARES.get(self.next).filter(|wanted| **wanted <= share) {
            self.found[self.next] = match self.earlier {
                Some((before, lower)) => lower + (number - lower) * (wanted - before) / (share - before),
                None => number,
            };
            self.next += 1;
        }
        self.earlier = Some((share, number));
    }

    fn done(mut self, greatest: f64) -> [f64; 5] {
        self.found[self.next..].fill(greatest);
        self.found
    }
}

/// An exact sum: whole numbers of each power of two. A floating-point sum would keep the rounding of every row that came
/// and went, and depend on their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sum(BTreeMap<i16, i128>);

impl Sum {
    fn join(&mut self, other: &Self) {
        for (power, whole) in &other.0 {
            self.put(*power, *whole);
        }
    }

    fn add(&mut self, number: f64, times: i128) {
        let bits = number.to_bits();
        let exponent = i16::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
        let fraction = bits & ((1 << 52) - 1);
        // Below the least normal number there is no leading one.
        let whole = if exponent == 0 { fraction } else { fraction | (1 << 52) };
        let signed = if number.is_sign_negative() { -i128::from(whole) } else { i128::from(whole) };
        self.put(exponent.max(1) - 1075, signed * times);
    }

    fn put(&mut self, power: i16, whole: i128) {
        let part = self.0.entry(power).or_default();
        // 2^74 numbers would be needed to pass the bound.
        *part = part.wrapping_add(whole);
        if *part == 0 {
            self.0.remove(&power);
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "the last step of an exact sum rounds")]
    fn value(&self) -> f64 {
        self.0.iter().map(|(power, whole)| *whole as f64 * 2_f64.powi(i32::from(*power))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(numbers: &[f64]) -> Numbers {
        let mut counted = Numbers::default();
        numbers.iter().for_each(|number| counted.add(*number));
        counted
    }

    #[test]
    fn keys_are_in_the_order_of_their_numbers() {
        let ordered = [f64::MIN, -1e9, -2.0, -1.0, -f64::MIN_POSITIVE, 0.0, 1e-300, 1.0, 1.5, 2.0, 1e9, f64::MAX];
        assert!(ordered.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
        assert!(ordered.iter().all(|number| unkey(key(*number)).to_bits() == number.to_bits()));
        assert_eq!(key(-0.0), key(0.0));
    }

    #[test]
    fn what_is_told_of_a_few_numbers_is_what_a_person_would_say() {
        let told = of(&[1.0, 2.0, 3.0, 4.0, 5.0]).measures().expect("some");
        assert_eq!((told.min, told.max, told.mean), (1.0, 5.0, 3.0));
        assert!((told.deviation - 2_f64.sqrt()).abs() < 1e-12);
        assert_eq!(told.quantiles[2], 3.0);
        assert_eq!(Numbers::default().measures(), None);
    }

    #[test]
    fn many_numbers_far_from_zero_keep_a_fine_grain() {
        let numbers: Vec<f64> = (0..100_000).map(|n| 1.7e9 + f64::from(n)).collect();
        let told = of(&numbers).measures().expect("some");
        for (share, quantile) in SHARES.iter().zip(told.quantiles) {
            assert!((quantile - (1.7e9 + share * 1e5)).abs() < 100.0, "{share}: {quantile}");
        }
    }

    proptest! {
        #[test]
        fn what_came_and_went_leaves_nothing(
            stay in prop::collection::vec(-1e12..1e12_f64, 0..40),
            go in prop::collection::vec(prop::num::f64::NORMAL, 0..40),
        ) {
            let mut counted = of(&go);
            stay.iter().for_each(|number| counted.add(*number));
            go.iter().for_each(|number| counted.remove(*number));
            prop_assert_eq!(counted, of(&stay));
        }

    }

    proptest! {
        // Each fills it beyond the bound.
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn beyond_the_bound_only_the_grain_is_left_of_what_went(seed in 0_u32..1000) {
            let spread = |n: u32| f64::from(n.wrapping_mul(2_654_435_761).wrapping_add(seed)) / 7.0;
            let all: Vec<f64> = (0..12_000).map(spread).collect();
            let mut counted = of(&all);
            all[100..].iter().for_each(|number| counted.remove(*number));
            let grain = counted.grain;
            prop_assert!(grain > 0);
            prop_assert_eq!(counted, of(&all[..100]).coarsened_to(grain));
        }
    }
}
