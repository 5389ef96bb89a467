//! What the pictures of rows are drawn from where metrics are kept apart from the agents: asked for what is in view.
//!
//! Guarantees: at most one request is under way; what was asked for a moment ago is not asked for again, whether it was
//! answered or not; the source and the age of what is shown are known.

use crate::{console::state::Ticket, hosted_api::problem::Problem};
use doltops_proto::hosted_api::{MetricsResponse, Sample};
use std::collections::BTreeMap;

/// How often something new is there (milliseconds): instances send once a minute.
pub const EVERY: i64 = 60_000;
/// How soon a request follows on another one: rows that pass by are not asked for one by one.
pub const LEAST: i64 = 1_000;
/// How soon one that failed is tried again.
const AGAIN: i64 = 10_000;
/// An answer that is this late never comes.
const LOST: i64 = 30_000;
/// Older than this, a value looks stale: two are missing then.
const STALE: i64 = 3 * EVERY;

/// What is in view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Rows of the list: their processor and queries.
    Rows(Vec<String>),
    /// One deployment: everything.
    One(String),
}

/// What is known of one deployment.
#[derive(Clone, Debug)]
struct Known {
    samples: Vec<Sample>,
    /// All of each sample, not the processor and the queries alone.
    whole: bool,
}

/// A request that is under way.
#[derive(Clone, Debug)]
struct Asked {
    ticket: Ticket,
    wanted: Wanted,
}

/// What is known of all that was in view.
#[derive(Clone, Debug, Default)]
pub struct Curves {
    known: BTreeMap<String, Known>,
    under_way: Option<Asked>,
    /// When something was last asked for, by our clock.
    asked: i64,
    /// Where the last answer came from: agent, cloudwatch; empty before the first.
    pub source: String,
    /// When that source was asked, by the control plane's clock.
    pub as_of: i64,
    /// Why the last request had no answer.
    pub problem: Option<Problem>,
}

impl Curves {
    /// The samples of a deployment, oldest first.
    pub fn of(&self, name: &str) -> &[Sample] {
        self.known.get(name).map_or(&[], |known| &known.samples)
    }

    /// Whether what is shown is older than it should be at `now` (by the control plane's clock).
    pub fn is_stale(&self, now: i64) -> bool {
        self.as_of != 0 && now - self.as_of > STALE
    }

    /// Whether `wanted` is to be asked for at `now`.
    pub fn is_due(&self, wanted: &Wanted, now: i64) -> bool {
        let since = now - self.asked;
        if self.under_way.is_some() {
            return since >= LOST;
        }
        match &self.problem {
            Some(_) => since >= AGAIN,
            None => since >= EVERY || (since >= LEAST && !self.knows(wanted)),
        }
    }

    /// It is asked for now; gives the ticket of a request that is given up for it.
    pub fn ask(&mut self, ticket: Ticket, wanted: Wanted, now: i64) -> Option<Ticket> {
        self.asked = now;
        self.under_way.replace(Asked { ticket, wanted }).map(|lost| lost.ticket)
    }

    /// An answer has come; false where it was not for this.
    pub fn answered(&mut self, ticket: Ticket, answer: &Result<MetricsResponse, Problem>) -> bool {
        let Some(asked) = self.under_way.take_if(|asked| asked.ticket == ticket) else { return false };
        match answer {
            Err(problem) => self.problem = Some(problem.clone()),
            Ok(answer) => {
                self.problem = None;
                self.source.clone_from(&answer.source);
                self.as_of = answer.as_of_ms;
                self.take(asked.wanted, answer);
            }
        }
        true
    }

    fn take(&mut self, wanted: Wanted, answer: &MetricsResponse) {
        match wanted {
            Wanted::One(name) => {
                self.known.insert(name, Known { samples: answer.samples.clone(), whole: true });
            }
            Wanted::Rows(names) => {
                // What has left the view is let go of; it is a request away.
                self.known.retain(|name, _| names.contains(name));
                for name in names {
                    let of_it = answer.series.iter().find(|series| series.name == name);
                    let samples = of_it.map(|series| series.samples.clone()).unwrap_or_default();
                    self.known.insert(name, Known { samples, whole: false });
                }
            }
        }
    }

    fn knows(&self, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Rows(names) => names.iter().all(|name| self.known.contains_key(name)),
            Wanted::One(name) => self.known.get(name).is_some_and(|known| known.whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosted_api::problem::Kind;
    use doltops_proto::hosted_api::Series;

    fn rows(names: &[&str]) -> Wanted {
        Wanted::Rows(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn answer(names: &[&str]) -> Result<MetricsResponse, Problem> {
        let series = |name: &&str| Series { name: (*name).to_owned(), samples: vec![Sample::default()] };
        Ok(MetricsResponse { series: names.iter().map(series).collect(), as_of_ms: 1, ..Default::default() })
    }

    #[test]
    fn what_is_in_view_is_asked_for_once_a_minute() {
        let mut curves = Curves::default();
        let now = 1_000_000;
        assert!(curves.is_due(&rows(&["a", "b"]), now));
        curves.ask(Ticket(1), rows(&["a", "b"]), now);
        assert!(!curves.is_due(&rows(&["a", "b"]), now + 5_000), "one is under way");
        assert!(!curves.answered(Ticket(9), &answer(&["a"])), "not what was asked for");
        // One of the two is not there: that is an answer too.
        assert!(curves.answered(Ticket(1), &answer(&["a"])));
        assert!(!curves.is_due(&rows(&["a", "b"]), now + EVERY - 1));
        assert!(curves.is_due(&rows(&["a", "b"]), now + EVERY));
        assert!(curves.is_due(&rows(&["b", "c"]), now + LEAST), "a row has come into view");
        assert!(!curves.is_due(&rows(&["b", "c"]), now + LEAST - 1));
        assert!(curves.is_due(&Wanted::One("a".to_owned()), now + LEAST), "a row is not the whole");
    }

    #[test]
    fn a_request_that_fails_or_is_lost_is_made_again_later() {
        let mut curves = Curves::default();
        let now = 1_000_000;
        curves.ask(Ticket(1), rows(&["a"]), now);
        curves.answered(Ticket(1), &Err(Problem::new(Kind::Unreachable, "away")));
        assert!(!curves.is_due(&rows(&["a"]), now + AGAIN - 1) && curves.is_due(&rows(&["a"]), now + AGAIN));
        curves.ask(Ticket(2), rows(&["a"]), now + AGAIN);
        assert!(curves.is_due(&rows(&["a"]), now + AGAIN + LOST));
        assert_eq!(curves.ask(Ticket(3), rows(&["a"]), now + AGAIN + LOST), Some(Ticket(2)));
    }
}
