//! Minutes that wait to be sent.
//!
//! Pure. Guarantees
//! - It is bounded; when it is full the oldest minute goes, and is counted.
//! - What is taken and put back is sent first, in order.
//! - Nothing leaves it that CloudWatch would refuse for its time.
//!
//! It is filled again from the samples on disk when the agent starts, so that an agent's restart loses nothing.

use super::minute::{self, MINUTE_MS, Minute};
use crate::metrics::Sample;
use std::collections::VecDeque;

/// A day, as much as the samples on disk: some 400 KiB.
const MOST: usize = 24 * 60;
/// A minute is closed this long after its end: a sample that was being taken then still belongs to it.
const SETTLE_MS: i64 = 5_000;
/// CloudWatch takes nothing older than two weeks; an hour less, for clocks that differ.
const OLDEST_MS: i64 = (14 * 24 - 1) * 60 * MINUTE_MS;
/// And nothing further in the future than two hours: a clock was wrong, and its minutes mean nothing.
const NEWEST_MS: i64 = 60 * MINUTE_MS;

/// Minutes, oldest first.
#[derive(Debug, Default)]
pub struct Buffer {
    closed: VecDeque<Minute>,
    open: Option<Minute>,
    dropped: u64,
}

impl Buffer {
    /// Adds the newest sample.
    pub fn push(&mut self, sample: &Sample) {
        // Also when the clock has been set back: what it said before must not hold up what it says now.
        if self.open.as_ref().is_some_and(|open| open.start_ms != minute::start(sample)) {
            self.close();
        }
        self.open.get_or_insert_with(|| Minute::of(sample)).add(sample);
    }

    /// At most `most` minutes that are over at `now_ms`, oldest first.
    pub fn take(&mut self, most: usize, now_ms: i64) -> Vec<Minute> {
        if self.open.as_ref().is_some_and(|open| now_ms >= open.start_ms.saturating_add(MINUTE_MS + SETTLE_MS)) {
            self.close();
        }
        let times = now_ms.saturating_sub(OLDEST_MS)..now_ms.saturating_add(NEWEST_MS);
        let before = self.closed.len();
        self.closed.retain(|minute| times.contains(&minute.start_ms));
        self.count_dropped(before - self.closed.len());
        self.closed.drain(..most.min(self.closed.len())).collect()
    }

    /// What was taken and could not be sent.
    pub fn put_back(&mut self, minutes: Vec<Minute>) {
        for minute in minutes.into_iter().rev() {
            self.closed.push_front(minute);
        }
        self.bound();
    }

    /// How many minutes wait.
    pub fn waiting(&self) -> usize {
        self.closed.len()
    }

    /// How many minutes were never sent, since the last call.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Counts minutes that CloudWatch will never have.
    pub fn count_dropped(&mut self, minutes: usize) {
        self.dropped = self.dropped.saturating_add(u64::try_from(minutes).unwrap_or(u64::MAX));
    }

    fn close(&mut self) {
        self.closed.extend(self.open.take());
        self.bound();
    }

    fn bound(&mut self) {
        let over = self.closed.len().saturating_sub(MOST);
        self.closed.drain(..over);
        self.count_dropped(over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(second: i64) -> Sample {
        Sample { time_ms: second * 1000, ..Sample::default() }
    }

    fn starts(minutes: &[Minute]) -> Vec<i64> {
        minutes.iter().map(|minute| minute.start_ms / MINUTE_MS).collect()
    }

    #[test]
    fn a_minute_goes_out_once_it_is_over() {
        let mut buffer = Buffer::default();
        for second in [60, 65, 115] {
            buffer.push(&sample(second));
        }
        assert!(buffer.take(9, 121_000).is_empty(), "a sample may be under way");
        let taken = buffer.take(9, 125_000);
        assert_eq!((starts(&taken), taken[0].statistics[0].count), (vec![1], 3));
        buffer.put_back(taken);
        buffer.push(&sample(180));
        assert_eq!(starts(&buffer.take(9, 300_000)), [1, 3], "a minute without Dolt is a gap");
        assert!(buffer.take(9, 400_000).is_empty());
    }

    #[test]
    fn a_wrong_clock_holds_nothing_up() {
        let mut buffer = Buffer::default();
        buffer.push(&sample(10_000_000));
        buffer.push(&sample(60));
        buffer.push(&sample(120));
        assert_eq!(starts(&buffer.take(9, 200_000)), [1, 2]);
        assert_eq!(buffer.take_dropped(), 1);
    }

    proptest! {
        #[test]
        fn it_is_bounded_in_order_and_counts_what_it_drops(minutes in 1..4_000_usize, sent in 0..200_usize) {
            let mut buffer = Buffer::default();
            for minute in 0..minutes {
                buffer.push(&sample(i64::try_from(minute).expect("small") * 60));
            }
            let now = i64::try_from(minutes).expect("small") * MINUTE_MS + SETTLE_MS;
            let taken = buffer.take(sent, now);
            prop_assert!(taken.is_sorted_by(|a, b| a.start_ms < b.start_ms));
            let took = taken.len();
            buffer.push(&sample(i64::try_from(minutes).expect("small") * 60));
            buffer.put_back(taken);
            prop_assert!(buffer.waiting() <= MOST && took <= sent);
            let waiting = buffer.waiting();
            let dropped = usize::try_from(buffer.take_dropped()).expect("small");
            prop_assert_eq!(waiting + dropped, minutes);
        }
    }
}
