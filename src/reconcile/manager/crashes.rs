//! When a deployment's Dolt, or its whole instance, ended though nobody had asked for it. Pure.
//!
//! An agent counts the ends of its Dolt from its own start on, and an instance that was started again has a new agent.
//! So what is remembered is the last count, of which start of which instance; what the next look has more is new.
//!
//! In memory only: after a restart of the host the count begins anew, and [`Crashes::since`] says when it did. Ends that
//! came before are not made up for.

use crate::model::{Crashes, InstanceId, InstanceState, Observed, Seen};
use jiff::Timestamp;

/// The newest are enough: a rule asks for 20 at most.
const KEPT: usize = 32;

/// What is remembered from one look to the next.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    seen: Option<Counted>,
    crashes: Crashes,
    /// Of these, how many the last look has found.
    fresh: usize,
}

/// How often Dolt had ended, of one start of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counted {
    instance: InstanceId,
    started: Timestamp,
    /// None: its agent was not heard yet.
    ends: Option<u32>,
}

impl Memory {
    /// After a look at `now`; `asked`: what is done to it now was asked for.
    pub fn look(&self, observed: &Observed, asked: bool, now: Timestamp) -> Self {
        let mut next = Self { fresh: 0, ..self.clone() };
        next.crashes.since.get_or_insert(now);
        let instance = match &observed.instance {
            Seen::Present(instance) if instance.state == InstanceState::Running => instance,
            // What it was is compared with what it will be.
            Seen::Present(_) | Seen::Absent | Seen::Unknown => return next,
        };
        let report = observed.word(instance);
        let ends = report.map(|report| report.dolt_restarts);
        let same = self.seen.as_ref().filter(|seen| seen.instance == instance.id && seen.started == instance.started);
        let was = same.and_then(|seen| seen.ends);
        let new = match (&self.seen, same, ends) {
            // The first look: how long ago that was is not known.
            (None, ..) => 0,
            // Another start. What its Dolt did since is new as well.
            (Some(_), None, ends) => u32::from(!asked).saturating_add(ends.unwrap_or(0)),
            // An agent that was started again counts from nothing.
            (Some(_), Some(_), Some(ends)) => ends.checked_sub(was.unwrap_or(0)).unwrap_or(ends),
            (Some(_), Some(_), None) => 0,
        };
        let new = usize::try_from(new).unwrap_or(KEPT).min(KEPT);
        next.fresh = new;
        next.crashes.times.extend(std::iter::repeat_n(now, new));
        let old = next.crashes.times.len().saturating_sub(KEPT);
        next.crashes.times.drain(..old);
        next.seen = Some(Counted { instance: instance.id.clone(), started: instance.started, ends: ends.or(was) });
        next
    }

    /// The machine's power switch is off: that it is started again afterwards is no crash.
    pub fn rest(&self) -> Self {
        Self { seen: None, crashes: self.crashes.clone(), fresh: 0 }
    }

    /// What the last look has found, in words; none: nothing new.
    pub fn news(&self, observed: &Observed) -> Option<String> {
        let times = match self.fresh {
            0 => return None,
            1 => String::new(),
            more => format!(" {more} times"),
        };
        let error = observed.agent.present().map(|report| report.last_error.as_str()).unwrap_or_default();
        let why = if error.is_empty() { String::new() } else { format!(": {error}") };
        Some(format!("its database ended{times} unasked and is started again{why}"))
    }

    /// What was counted.
    pub fn crashes(&self) -> &Crashes {
        &self.crashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::plan::tests::{but, instance};
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    /// An instance that was started then, whose agent tells of so many ends; none: it was not heard yet.
    fn world(started: i64, ends: Option<u32>) -> Observed {
        but(|observed| {
            instance(observed).started = at(started);
            let Seen::Present(report) = &mut observed.agent else { panic!("a report") };
            report.heard = at(started + 1);
            match ends {
                Some(ends) => report.dolt_restarts = ends,
                None => observed.agent = Seen::Absent,
            }
        })
    }

    fn times(memory: &Memory) -> Vec<i64> {
        memory.crashes().times.iter().map(|time| time.as_second()).collect()
    }

    #[test]
    fn what_an_agent_counts_more_is_new() {
        let first = Memory::default().look(&world(0, Some(7)), false, at(10));
        assert_eq!((times(&first), first.crashes().since), (vec![], Some(at(10))), "that was before");
        let again = first.look(&world(0, Some(7)), false, at(12)).look(&world(0, Some(9)), false, at(14));
        assert_eq!((times(&again), again.crashes().since), (vec![14, 14], Some(at(10))));
        let news = again.news(&world(0, Some(9)));
        assert_eq!(news.as_deref(), Some("its database ended 2 times unasked and is started again"));
        assert_eq!(again.look(&world(0, Some(9)), false, at(15)).news(&world(0, Some(9))), None);
        // An agent that was started again has counted one since.
        assert_eq!(times(&again.look(&world(0, Some(1)), false, at(16))), [14, 14, 16]);
    }

    #[test]
    fn an_instance_that_dies_is_one_and_one_that_was_asked_to_is_none() {
        let first = Memory::default().look(&world(0, Some(0)), false, at(10));
        let back = first.look(&world(20, None), false, at(21)).look(&world(20, Some(2)), false, at(23));
        assert_eq!(times(&back), [21, 23, 23]);
        let resized = first.look(&world(20, None), true, at(21)).look(&world(20, Some(0)), true, at(23));
        assert!(times(&resized).is_empty());
        let switched_on = first.rest().look(&world(20, Some(0)), false, at(21));
        assert!(times(&switched_on).is_empty());
    }

    #[test]
    fn what_is_not_seen_is_no_crash() {
        let unseen = but(|observed| observed.instance = Seen::Unknown);
        let first = Memory::default().look(&world(0, Some(1)), false, at(10));
        let seen = first.look(&unseen, false, at(12)).look(&world(0, Some(1)), false, at(14));
        assert!(times(&seen).is_empty());
    }

    proptest! {
        /// However an agent's count and the starts go: no more than there were, oldest first, and bounded.
        #[test]
        fn no_end_is_counted_twice(ends in prop::collection::vec((0u32..4, any::<bool>()), 1..60)) {
            let (mut started, mut counted, mut all) = (0, 0, 0);
            let mut memory = Memory::default().look(&world(0, Some(0)), false, at(1));
            for (second, (more, dies)) in (2..).zip(ends) {
                if dies {
                    (started, counted, all) = (second - 1, 0, all + 1);
                }
                (counted, all) = (counted + more, all + more);
                memory = memory.look(&world(started, Some(counted)), false, at(second));
                // Another look at the same.
                memory = memory.look(&world(started, Some(counted)), false, at(second));
            }
            let told = times(&memory);
            prop_assert_eq!(told.len(), usize::try_from(all).expect("small").min(KEPT));
            prop_assert!(told.is_sorted());
        }
    }
}
