//! How often each value occurs, whatever it is, so that any of them can be taken away again.
//!
//! Guarantees
//! - Exact while there are no more different values than the bound. Beyond it only the values whose hash ends in enough
//!   zeros are counted (Gibbons' distinct sampling), each of them exactly: how many different values there are is then an
//!   estimate, good to about one in the square root of the bound.
//! - Adding and then removing a value leaves nothing behind but the sampling's depth, which only rises.
//! - The same value has the same hash in every build, for it stands in files.
//!
//! Why not `HyperLogLog`: it cannot forget. And a sample of values, unlike a count of them, can also tell repetitions.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};
use twox_hash::XxHash3_64;

/// A value's hash.
pub type Hash = u64;

/// The hash of a value.
pub fn hash(value: &[u8]) -> Hash {
    XxHash3_64::oneshot(value)
}

/// Counted values.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    bound: usize,
    /// How many zeros a hash must end in to be counted.
    depth: u32,
    counts: HashMap<Hash, u32>,
    /// How many values occur so often: what is most common is found without looking at all of them.
    sizes: BTreeMap<u32, u32>,
}

impl Values {
    /// None yet; at most `bound` are counted apart.
    pub fn new(bound: usize) -> Self {
        Self { bound, depth: 0, counts: HashMap::new(), sizes: BTreeMap::new() }
    }

    /// Whether this value is among those that are counted.
    pub fn samples(&self, hash: Hash) -> bool {
        hash.trailing_zeros() >= self.depth
    }

    /// Whether every value is counted.
    pub fn is_exact(&self) -> bool {
        self.depth == 0
    }

    /// Counts one in; gives how often it was there before.
    pub fn add(&mut self, hash: Hash) -> u32 {
        if !self.samples(hash) {
            return 0;
        }
        let count = self.counts.entry(hash).or_default();
        let before = *count;
        *count = before.saturating_add(1);
        resize(&mut self.sizes, before, before.saturating_add(1));
        while self.counts.len() > self.bound {
            self.deepen();
        }
        before
    }

    /// Takes one out that was counted in; gives how often it is still there.
    pub fn remove(&mut self, hash: Hash) -> u32 {
        let Some(count) = self.counts.get_mut(&hash) else { return 0 };
        let before = *count;
        *count = before - 1;
        if before == 1 {
            self.counts.remove(&hash);
        }
        resize(&mut self.sizes, before, before - 1);
        before - 1
    }

    /// How often it is there.
    pub fn count(&self, hash: Hash) -> u32 {
        self.counts.get(&hash).copied().unwrap_or_default()
    }

    /// How many different values there are.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn distinct(&self) -> f64 {
        self.counts.len() as f64 * 2_f64.powi(self.depth.cast_signed())
    }

    /// How often the most common of the counted values occurs.
    pub fn most(&self) -> u32 {
        self.sizes.last_key_value().map_or(0, |(size, _)| *size)
    }

    fn deepen(&mut self) {
        self.depth += 1;
        let depth = self.depth;
        self.counts.retain(|hash, _| hash.trailing_zeros() >= depth);
        self.sizes = sizes(&self.counts);
    }
}

fn resize(sizes: &mut BTreeMap<u32, u32>, from: u32, to: u32) {
    if let Some(count) = sizes.get_mut(&from) {
        *count -= 1;
        if *count == 0 {
            sizes.remove(&from);
        }
    }
    if to > 0 {
        *sizes.entry(to).or_default() += 1;
    }
}

fn sizes(counts: &HashMap<Hash, u32>) -> BTreeMap<u32, u32> {
    let mut sizes = BTreeMap::new();
    counts.values().for_each(|count| *sizes.entry(*count).or_default() += 1);
    sizes
}

/// In a file: what cannot be told from the rest, hashes in order and as the distance from the last one, which is shorter.
#[derive(Serialize, Deserialize)]
struct Written {
    bound: u64,
    depth: u32,
    counts: Vec<(u64, u32)>,
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut counts: Vec<(u64, u32)> = self.counts.iter().map(|(hash, count)| (*hash, *count)).collect();
        counts.sort_unstable();
        let mut last = 0;
        for (hash, _) in &mut counts {
            (last, *hash) = (*hash, *hash - last);
        }
        Written { bound: self.bound as u64, depth: self.depth, counts }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let mut last = 0_u64;
        let counts = written.counts.into_iter().map(|(step, count)| {
            last = last.wrapping_add(step);
            (last, count)
        });
        let counts: HashMap<Hash, u32> = counts.collect();
        let sizes = sizes(&counts);
        let bound = usize::try_from(written.bound).unwrap_or(usize::MAX);
        Ok(Self { bound, depth: written.depth, counts, sizes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(bound: usize, values: impl IntoIterator<Item = u32>) -> Values {
        let mut counted = Values::new(bound);
        for value in values {
            counted.add(hash(&value.to_le_bytes()));
        }
        counted
    }

    #[test]
    fn a_sample_tells_how_many_there_are() {
        let counted = of(4_096, 0..200_000);
        assert!(!counted.is_exact());
        assert!((counted.distinct() / 200_000.0 - 1.0).abs() < 0.05, "{}", counted.distinct());
    }

    #[test]
    fn the_hash_is_the_same_in_every_build() {
        assert_eq!(hash(b"paid"), 0x39c7_a821_7959_2295);
    }

    proptest! {
        #[test]
        fn what_came_and_went_leaves_nothing(
            stay in prop::collection::vec(0_u32..9, 0..60),
            go in prop::collection::vec(0_u32..50, 0..60),
        ) {
            let mut counted = of(100, go.iter().copied());
            for value in &stay {
                counted.add(hash(&value.to_le_bytes()));
            }
            for value in &go {
                counted.remove(hash(&value.to_le_bytes()));
            }
            let fresh = of(100, stay.iter().copied());
            prop_assert_eq!(counted.most(), stay.iter().map(|value| stay.iter().filter(|it| *it == value).count()).max().unwrap_or(0) as u32);
            prop_assert_eq!(&counted, &fresh);
        }

        #[test]
        fn a_file_gives_back_what_was_written(values in prop::collection::vec(0_u32..5_000, 0..300), bound in 1_usize..200) {
            let counted = of(bound, values);
            let bytes = postcard::to_stdvec(&counted).expect("written");
            prop_assert_eq!(postcard::from_bytes::<Values>(&bytes).expect("read"), counted);
        }
    }
}
