//! What is wrong with the store, as it is told. Pure.
//!
//! Reading and writing fail apart: a store whose disk is full answers every question and takes nothing. The one says
//! nothing of the other, so each is remembered until its own kind of call succeeds.

use jiff::Timestamp;

/// Which calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Those that look.
    Reads,
    /// Those that change: the lease's renewal is one, every few seconds.
    Writes,
}

/// What fails now.
#[derive(Clone, Debug, Default)]
pub struct StoreTrouble {
    reads: String,
    writes: String,
    since: Option<Timestamp>,
}

impl StoreTrouble {
    /// In words; empty: nothing. Reads first: without them nothing is known.
    pub fn shown(&self) -> &str {
        if self.reads.is_empty() { &self.writes } else { &self.reads }
    }

    /// Since when anything is.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Such a call went so at `now`; empty: well. Gives whether people must be told that it begins or ends.
    pub fn take(&mut self, calls: Calls, trouble: String, now: Timestamp) -> bool {
        let was = self.shown().is_empty();
        match calls {
            Calls::Reads => self.reads = trouble,
            // Nothing is known of writes while the store cannot even be read: what is told is of both.
            Calls::Writes => self.writes = trouble,
        }
        let is = self.shown().is_empty();
        if is != was {
            self.since = (!is).then_some(now);
        }
        is != was
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn a_store_that_answers_and_takes_nothing_is_told_until_it_takes_something() {
        let mut trouble = StoreTrouble::default();
        assert!(trouble.take(Calls::Writes, "full".to_owned(), at(1)));
        assert!(!trouble.take(Calls::Reads, String::new(), at(2)), "an answer says nothing of writing");
        assert_eq!((trouble.shown(), trouble.since()), ("full", Some(at(1))));
        assert!(!trouble.take(Calls::Reads, "gone".to_owned(), at(3)));
        assert_eq!((trouble.shown(), trouble.since()), ("gone", Some(at(1))), "it has gone on since");
        assert!(!trouble.take(Calls::Reads, String::new(), at(4)));
        assert!(trouble.take(Calls::Writes, String::new(), at(5)));
        assert_eq!((trouble.shown(), trouble.since()), ("", None));
    }
}
