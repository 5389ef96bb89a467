//! Since when a deployment is worked on, and whether somebody asked for it. Pure.
//!
//! In memory only: after a restart of the host the clocks begin anew, and whether somebody asked is told by what the
//! agent has: work that an older generation would not need was asked for.

use crate::model::{Generation, Observed, PlannedStep, Record, Work};
use jiff::Timestamp;

/// What is remembered from one look to the next.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The work in hand, and the generation that it is for.
    hand: Option<(Work, Generation)>,
    /// The generation with which it was settled last.
    settled: Option<Generation>,
}

impl Memory {
    /// What is worked on at `now`, where `plan` is what is left to do.
    pub fn look(&self, plan: &[PlannedStep], record: &Record, observed: &Observed, now: Timestamp) -> Self {
        let Some(next) = plan.first() else { return Self { hand: None, settled: Some(record.generation) } };
        let step = next.step.action();
        let same = self.hand.as_ref().filter(|(_, generation)| *generation == record.generation).map(|(work, _)| work);
        let work = Work {
            step,
            step_since: same.filter(|work| work.step == step).map_or(now, |work| work.step_since),
            since: same.map_or(now, |work| work.since),
            asked: same.map_or_else(|| self.is_asked(record, observed), |work| work.asked),
        };
        Self { hand: Some((work, record.generation)), settled: self.settled }
    }

    /// Nothing is worked on by a person's word: it rests.
    pub fn rest(&self) -> Self {
        Self { hand: None, settled: self.settled }
    }

    /// The work in hand.
    pub fn work(&self) -> Option<&Work> {
        self.hand.as_ref().map(|(work, _)| work)
    }

    fn is_asked(&self, record: &Record, observed: &Observed) -> bool {
        match self.settled {
            Some(settled) => settled != record.generation,
            None => {
                record.instance.is_none()
                    || observed.agent.present().is_some_and(|report| report.generation < record.generation)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeploymentId, InstanceId, Step};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn record(generation: u64) -> Record {
        let name = "orders".parse().expect("a name");
        let mut record = Record::new(DeploymentId::new("d-a"), name);
        (record.generation, record.instance) = (Generation(generation), Some(InstanceId::new("i-a")));
        record
    }

    fn planned(step: Step) -> PlannedStep {
        PlannedStep { deployment: "orders".parse().expect("a name"), step, reason: String::new() }
    }

    fn stop() -> PlannedStep {
        planned(Step::StopInstance { instance: InstanceId::new("i-a") })
    }

    fn start() -> PlannedStep {
        planned(Step::StartInstance { instance: InstanceId::new("i-a") })
    }

    #[test]
    fn a_step_has_its_own_clock_and_the_whole_another() {
        let look = |memory: &Memory, plan: &[PlannedStep], generation, second| {
            memory.look(plan, &record(generation), &Observed::default(), at(second))
        };
        let settled = look(&Memory::default(), &[], 1, 1);
        let first = look(&settled, &[stop(), start()], 2, 10);
        let second = look(&look(&first, &[stop(), start()], 2, 15), &[start()], 2, 20);
        let work = second.work().expect("work");
        assert_eq!((work.since, work.step_since, work.step, work.asked), (at(10), at(20), "start-instance", true));
        // Another change begins the whole anew, and what breaks once it is settled was not asked for.
        assert_eq!(look(&second, &[start()], 3, 30).work().expect("work").since, at(30));
        let broke = look(&look(&second, &[], 2, 40), &[start()], 2, 50);
        assert!(!broke.work().expect("work").asked);
        assert!(broke.rest().work().is_none());
    }

    #[test]
    fn a_new_host_takes_what_is_being_made_for_asked_for() {
        let mut new = record(1);
        new.instance = None;
        assert!(Memory::default().look(&[start()], &new, &Observed::default(), at(1)).work().expect("work").asked);
        assert!(
            !Memory::default().look(&[start()], &record(1), &Observed::default(), at(1)).work().expect("work").asked
        );
    }
}
