//! Which lines of a log count: those that match something, and perhaps some around each.
//!
//! Guarantees: says what a look at every line would say, though only lines that are new or have moved are looked at, so
//! that the cost of a filter follows what arrives and not what is kept. Pure.

use std::collections::VecDeque;

/// Numbers of lines, ascending; see `Ring::first`.
#[derive(Clone, Debug, Default)]
pub struct Index {
    rows: VecDeque<u64>,
}

/// What the lines are, and what of them has changed.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The number of the first line.
    pub first: u64,
    /// How many there are.
    pub len: usize,
    /// From this place on they are new or have moved.
    pub from: usize,
    /// How many lines around a hit count as well.
    pub around: usize,
}

impl Index {
    /// How many lines count.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of the line at this place among those that count.
    pub fn get(&self, place: usize) -> Option<u64> {
        self.rows.get(place).copied()
    }

    /// The place of the first line that counts and whose number is not smaller.
    pub fn place_of(&self, number: u64) -> usize {
        self.rows.partition_point(|row| *row < number)
    }

    /// Whether this line counts.
    pub fn holds(&self, number: u64) -> bool {
        self.get(self.place_of(number)) == Some(number)
    }

    /// Looks at what has changed; `hit` says whether the line at a place matches.
    pub fn update(&mut self, change: Change, hit: impl Fn(usize) -> bool) {
        let Change { first, len, from, around } = change;
        let number = |place: usize| first + u64::try_from(place).unwrap_or(0);
        let gone = self.place_of(first);
        self.rows.drain(..gone);
        // A new hit makes lines before it count.
        let start = from.min(len).saturating_sub(around);
        let kept = self.place_of(number(start));
        self.rows.truncate(kept);
        let mut last = (start.saturating_sub(around)..start).rev().find(|place| hit(*place));
        let mut next = start;
        for place in start..len {
            if hit(place) {
                self.rows.extend((next.max(place.saturating_sub(around))..=place).map(number));
                (next, last) = (place + 1, Some(place));
            } else if last.is_some_and(|last| place - last <= around) {
                self.rows.push_back(number(place));
                next = place + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(index: &Index) -> Vec<u64> {
        (0..index.len()).filter_map(|place| index.get(place)).collect()
    }

    #[test]
    fn lines_around_a_hit_count_once() {
        let mut index = Index::default();
        index.update(Change { first: 10, len: 9, from: 0, around: 1 }, |place| [1, 2, 7].contains(&place));
        assert_eq!(all(&index), [10, 11, 12, 13, 16, 17, 18]);
        assert_eq!((index.place_of(14), index.holds(14), index.holds(16)), (4, false, true));
    }

    proptest! {
        /// Whatever comes and goes, in whatever pieces: the same as a look at everything.
        #[test]
        fn a_look_at_what_is_new_is_as_good_as_one_at_all(
            steps in prop::collection::vec((prop::collection::vec(prop::bool::weighted(0.3), 0..8), 0_usize..5, 0_usize..6), 1..20),
            around in 0_usize..4,
        ) {
            let (mut lines, mut first, mut index) = (Vec::<bool>::new(), 0_u64, Index::default());
            for (new, back, drop) in steps {
                // New lines may stand before the last ones.
                let from = lines.len().saturating_sub(back);
                lines.splice(from..from, new);
                let drop = drop.min(lines.len());
                lines.drain(..drop);
                first += drop as u64;
                let change = Change { first, len: lines.len(), from: from.saturating_sub(drop), around };
                index.update(change, |place| lines[place]);
                let near = |place: usize| (place.saturating_sub(around)..=place + around).any(|at| lines.get(at) == Some(&true));
                let expected: Vec<u64> = (0..lines.len()).filter(|place| near(*place)).map(|place| first + place as u64).collect();
                // A line that counted for a hit that has since gone at the beginning may still be there.
                let early = first + around as u64;
                let late = |rows: Vec<u64>| rows.into_iter().filter(|row| *row >= early).collect::<Vec<_>>();
                prop_assert_eq!(late(all(&index)), late(expected));
            }
        }
    }
}
