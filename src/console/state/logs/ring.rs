//! Lines of one log or several, by time, in bounded memory.
//!
//! Guarantees
//! - Never more lines and never more bytes of text than [`Limits`] say; what went is counted.
//! - Lines stand by their time; lines of one log keep the order in which they came, also those that tell no time.
//! - To add costs what is added, and what is newer than it: a line that comes at the end moves no other.
//!
//! Why one ring for all logs and not one each that are merged while drawing: a row on the screen is then one line at one
//! place, so that scrolling, searching and filtering know nothing of where lines are from.

use super::level::Level;
use std::{collections::VecDeque, sync::Arc};

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was said (Unix milliseconds); 0 where it tells no time.
    pub time: i64,
    /// By what it stands in order: its time, or that of the line before it in its log.
    pub at: i64,
    /// How serious.
    pub level: Level,
    /// It says so itself.
    pub said: bool,
    /// Whose; see `Logs::sources`.
    pub source: u8,
    /// What it says. Shared, so that saving a log copies no text.
    pub text: Arc<str>,
}

/// What is kept at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines.
    pub lines: usize,
    /// Bytes of text.
    pub bytes: usize,
}

/// What goes when there is no more room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The oldest goes: one follows.
    #[default]
    Newest,
    /// The newest is not taken in: one reads from a time on, and that must not go while one reads.
    Oldest,
}

/// What adding did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// From this place on, lines are new or stand elsewhere than before.
    pub from: usize,
    /// How many went at the beginning.
    pub gone: usize,
    /// Where the line is now that was asked about; none where it went.
    pub mark: Option<usize>,
}

/// The lines.
#[derive(Clone, Debug)]
pub struct Ring {
    lines: VecDeque<Line>,
    bytes: usize,
    limits: Limits,
    /// How many went at the beginning, ever; also the number of the first line that is there.
    first: u64,
    /// How many were not taken in.
    left_out: u64,
    keep: Keep,
}

impl Ring {
    /// Without a line.
    pub fn new(limits: Limits, keep: Keep) -> Self {
        Self { lines: VecDeque::new(), bytes: 0, limits, first: 0, left_out: 0, keep }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Bytes of text.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number of the first line: numbers stay with their lines as long as nothing is put in before them.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many were not taken in for want of room.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// What goes first.
    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// What goes first from now on.
    pub fn set_keep(&mut self, keep: Keep) {
        self.keep = keep;
    }

    /// The line at this place.
    pub fn get(&self, place: usize) -> Option<&Line> {
        self.lines.get(place)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    /// The first place whose line is not older than `time`.
    pub fn place_at(&self, time: i64) -> usize {
        self.lines.partition_point(|line| line.at < time)
    }

    /// Takes lines of one log in, oldest first; says where the line at `mark` is afterwards.
    pub fn add(&mut self, mut batch: Vec<Line>, mark: usize) -> Added {
        if self.keep == Keep::Oldest {
            self.cut(&mut batch);
        }
        let Some(start) = batch.first().map(|line| line.at) else {
            return Added { from: self.len(), gone: 0, mark: Some(mark) };
        };
        self.bytes += batch.iter().map(|line| line.text.len()).sum::<usize>();
        let from = self.lines.partition_point(|line| line.at <= start);
        let mark = if from == self.len() {
            self.lines.extend(batch);
            mark
        } else {
            self.merge(from, batch, mark)
        };
        let gone = self.trim();
        Added { from: from.saturating_sub(gone), gone, mark: mark.checked_sub(gone) }
    }

    /// Takes the lines of one log out.
    pub fn remove(&mut self, source: u8) {
        self.lines.retain(|line| line.source != source);
        self.bytes = self.lines.iter().map(|line| line.text.len()).sum();
    }

    /// Of what came, only what there is room for.
    fn cut(&mut self, batch: &mut Vec<Line>) {
        let mut room = self.limits.bytes.saturating_sub(self.bytes);
        let lines = self.limits.lines.saturating_sub(self.len());
        let fits = batch.iter().take(lines).take_while(|line| {
            let fits = line.text.len() <= room;
            room = room.saturating_sub(line.text.len());
            fits
        });
        let fits = fits.count();
        self.left_out += u64::try_from(batch.len() - fits).unwrap_or(0);
        batch.truncate(fits);
    }

    /// Puts the batch among the lines from `from` on; at the same time, what was there first stands first.
    fn merge(&mut self, from: usize, batch: Vec<Line>, mark: usize) -> usize {
        let tail = self.lines.split_off(from);
        let mut batch = batch.into_iter().peekable();
        let mut moved = mark;
        for (place, line) in tail.into_iter().enumerate() {
            while let Some(earlier) = batch.next_if(|new| new.at < line.at) {
                self.lines.push_back(earlier);
            }
            if from + place == mark {
                moved = self.lines.len();
            }
            self.lines.push_back(line);
        }
        self.lines.extend(batch);
        moved
    }

    fn trim(&mut self) -> usize {
        let mut gone = 0;
        while self.lines.len() > self.limits.lines || self.bytes > self.limits.bytes {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes -= line.text.len();
            gone += 1;
        }
        self.first += u64::try_from(gone).unwrap_or(0);
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(at: i64, source: u8, text: &str) -> Line {
        Line { time: at, at, level: Level::Info, said: true, source, text: text.into() }
    }

    const LIMITS: Limits = Limits { lines: 20, bytes: 200 };

    fn texts(ring: &Ring) -> Vec<&str> {
        ring.iter().map(|line| &*line.text).collect()
    }

    #[test]
    fn logs_are_merged_by_time_and_the_line_that_one_reads_is_found_again() {
        let mut ring = Ring::new(LIMITS, Keep::Newest);
        ring.add(vec![line(1, 0, "a1"), line(3, 0, "a3"), line(5, 0, "a5")], 0);
        let added = ring.add(vec![line(2, 1, "b2"), line(3, 1, "b3")], 1);
        assert_eq!(texts(&ring), ["a1", "b2", "a3", "b3", "a5"]);
        assert_eq!(added, Added { from: 1, gone: 0, mark: Some(2) });
        ring.remove(0);
        assert_eq!((texts(&ring), ring.bytes()), (vec!["b2", "b3"], 4));
    }

    #[test]
    fn one_who_reads_from_a_time_on_loses_nothing_of_it() {
        let mut ring = Ring::new(Limits { lines: 2, bytes: 200 }, Keep::Oldest);
        ring.add(vec![line(1, 0, "a"), line(2, 0, "b"), line(3, 0, "c")], 0);
        ring.add(vec![line(4, 0, "d")], 0);
        assert_eq!((texts(&ring), ring.left_out(), ring.first()), (vec!["a", "b"], 2, 0));
    }

    proptest! {
        #[test]
        fn memory_is_bounded_and_time_goes_forward(
            batches in prop::collection::vec((0_u8..3, prop::collection::vec((0_i64..50, 0_usize..90), 0..12)), 1..20),
            oldest in any::<bool>(),
        ) {
            let mut ring = Ring::new(LIMITS, if oldest { Keep::Oldest } else { Keep::Newest });
            let mut added = 0;
            for (source, mut times) in batches {
                times.sort_unstable();
                let batch: Vec<Line> = times.iter().map(|(at, long)| line(*at, source, &"x".repeat(*long))).collect();
                added += batch.len();
                let marked = ring.get(0).cloned();
                let told = ring.add(batch, 0);
                prop_assert!(ring.len() <= LIMITS.lines && ring.bytes() <= LIMITS.bytes);
                prop_assert_eq!(ring.bytes(), ring.iter().map(|line| line.text.len()).sum::<usize>());
                prop_assert!(ring.iter().is_sorted_by_key(|line| line.at));
                prop_assert_eq!(ring.first() + ring.left_out() + ring.len() as u64, added as u64);
                if let (Some(line), Some(place)) = (marked, told.mark) {
                    prop_assert_eq!(ring.get(place), Some(&line));
                }
            }
        }
    }
}
