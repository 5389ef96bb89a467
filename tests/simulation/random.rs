//! The one source of randomness: the same seed gives the same numbers on every machine.

/// Splitmix64 (Steele, Lea, Flood 2014): eight lines, and good enough to choose events.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Each seed's numbers are its own: a state that only counted up would make the next seed the same run, one number
    /// later.
    pub fn new(seed: u64) -> Self {
        let mut first = Self(seed);
        Self(first.next() ^ first.next().rotate_left(32))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
