//! What was measured, by deployment and range, as far as it was on the screen.
//!
//! Guarantees: what is known is not asked for again before something new can be there; one request at a time for each;
//! an answer that nothing waits for is dropped.

use super::range::{ALL, Range};
use crate::{console::state::Ticket, hosted_api::problem::Problem};
use doltops_proto::hosted_api::MetricsResponse;
use std::collections::BTreeMap;

/// How soon a request that failed is made again (milliseconds).
const AGAIN: i64 = 10_000;
/// An answer that is this late never comes.
const LOST: i64 = 30_000;

/// Of one deployment over one range.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The last answer.
    pub answer: Option<MetricsResponse>,
    /// Why the last request had none.
    pub problem: Option<Problem>,
    /// When it was last asked for, by our clock.
    pub asked: i64,
    /// Names the request that is under way.
    under_way: Option<Ticket>,
}

/// All that is known.
#[derive(Clone, Debug, Default)]
pub struct Store {
    known: BTreeMap<String, BTreeMap<Range, Known>>,
}

impl Store {
    /// Whether it is to be asked for at `now`.
    pub fn is_due(&self, name: &str, range: Range, now: i64) -> bool {
        let Some(known) = self.get(name, range) else { return true };
        let since = now - known.asked;
        match (known.under_way, &known.problem) {
            (Some(_), _) => since >= LOST,
            (None, Some(_)) => since >= AGAIN,
            (None, None) => since >= range.every(),
        }
    }

    /// It is asked for now; gives the ticket of a request that is given up for it.
    pub fn ask(&mut self, name: &str, range: Range, ticket: Ticket, now: i64) -> Option<Ticket> {
        let known = self.known.entry(name.to_owned()).or_default().entry(range).or_default();
        known.asked = now;
        known.under_way.replace(ticket)
    }

    /// An answer has come; false where it was not for this.
    pub fn answered(&mut self, ticket: Ticket, answer: &Result<MetricsResponse, Problem>) -> bool {
        let mut all = self.known.values_mut().flat_map(BTreeMap::values_mut);
        let Some(known) = all.find(|known| known.under_way == Some(ticket)) else { return false };
        known.under_way = None;
        match answer {
            Ok(answer) => (known.answer, known.problem) = (Some(answer.clone()), None),
            Err(problem) => known.problem = Some(problem.clone()),
        }
        true
    }

    /// How it stands with one of them.
    pub fn get(&self, name: &str, range: Range) -> Option<&Known> {
        self.known.get(name)?.get(&range)
    }

    /// What is known of a deployment that serves `range` best: its own, the next longer one, or what reaches furthest.
    pub fn best(&self, name: &str, range: Range) -> Option<&MetricsResponse> {
        let known = |range: Range| self.get(name, range).and_then(|known| known.answer.as_ref());
        let longer = ALL.into_iter().filter(|other| *other >= range).find_map(known);
        longer.or_else(|| ALL.into_iter().rev().filter(|other| *other < range).find_map(known))
    }

    /// What is under way.
    pub fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.known.values().flat_map(BTreeMap::values).filter_map(|known| known.under_way)
    }

    /// A deployment is no longer looked at; gives what was under way.
    pub fn forget(&mut self, name: &str) -> Vec<Ticket> {
        let known = self.known.remove(name).unwrap_or_default();
        known.into_values().filter_map(|known| known.under_way).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosted_api::problem::Kind;

    fn answer(source: &str) -> Result<MetricsResponse, Problem> {
        Ok(MetricsResponse { source: source.to_owned(), ..MetricsResponse::default() })
    }

    #[test]
    fn each_range_is_asked_for_as_often_as_something_new_is_there() {
        let mut store = Store::default();
        for range in ALL {
            assert!(store.is_due("a", range, 1_000));
            store.ask("a", range, Ticket(1), 1_000);
            assert!(!store.is_due("a", range, 1_000 + range.every().min(LOST) - 1));
            assert!(store.answered(Ticket(1), &answer("x")) && !store.answered(Ticket(1), &answer("x")));
            assert!(!store.is_due("a", range, 999 + range.every()) && store.is_due("a", range, 1_000 + range.every()));
        }
    }

    #[test]
    fn one_that_failed_or_was_lost_is_asked_for_again() {
        let mut store = Store::default();
        store.ask("a", Range::Day, Ticket(1), 0);
        store.answered(Ticket(1), &Err(Problem::new(Kind::Unreachable, "away")));
        assert!(!store.is_due("a", Range::Day, AGAIN - 1) && store.is_due("a", Range::Day, AGAIN));
        store.ask("a", Range::Day, Ticket(2), AGAIN);
        assert!(store.is_due("a", Range::Day, AGAIN + LOST));
        assert_eq!(store.ask("a", Range::Day, Ticket(3), AGAIN + LOST), Some(Ticket(2)));
        assert_eq!(store.forget("a"), [Ticket(3)]);
    }

    #[test]
    fn what_reaches_further_serves_until_the_answer_is_there() {
        let mut store = Store::default();
        for (range, ticket) in [(Range::Quarter, 1), (Range::Day, 2)] {
            store.ask("a", range, Ticket(ticket), 0);
            store.answered(Ticket(ticket), &answer(range.as_str()));
        }
        let best = |range| store.best("a", range).map(|answer| answer.source.as_str());
        assert_eq!([Range::Quarter, Range::Hour, Range::Week].map(best), [Some("15 min"), Some("24 h"), Some("24 h")]);
    }
}
