//! When each instance was started, by our own clock. Pure.
//!
//! The cloud's clock and ours may be minutes apart, and ours may jump: an instance that has just been started must not
//! look as one that has been silent for ten minutes. What counts is the clock that never jumps, from the look that showed
//! the start first.
//!
//! Caveat: what ran before this process began is taken at the cloud's word, as far as that does not lie in the future.

use crate::model::{Instance, InstanceId, InstanceState};
use jiff::{SignedDuration, Timestamp};
use std::{collections::HashMap, time::Duration};

/// Two readings of the two clocks differ by less; what is more is a jump.
const JITTER: SignedDuration = SignedDuration::from_secs(1);

/// Both of our clocks, read together.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// The wall clock.
    pub now: Timestamp,
    /// The one that never jumps.
    pub elapsed: Duration,
}

impl Clocks {
    /// What the wall clock, as it goes now, says of a moment; `kept`: what it said before, which stays where it agrees, so
    /// that nothing changes from one look to the next but for a jump.
    pub fn say(self, moment: Duration, kept: Timestamp) -> Timestamp {
        let said = self.now - ago(self.elapsed, moment);
        if said.duration_since(kept).abs() < JITTER { kept } else { said }
    }
}

fn ago(elapsed: Duration, moment: Duration) -> SignedDuration {
    SignedDuration::try_from(elapsed.saturating_sub(moment)).unwrap_or(SignedDuration::MAX)
}

#[derive(Clone, Copy, Debug)]
struct Start {
    /// As the cloud tells it: another is another start.
    told: Timestamp,
    /// When it was, by the clock that never jumps, and as the wall clock said it first.
    at: Duration,
    said: Timestamp,
}

/// The present start of every instance that runs.
#[derive(Clone, Debug, Default)]
pub struct Starts(HashMap<InstanceId, Start>);

impl Starts {
    /// A look shows this instance now. `before`: when the look began that showed it last otherwise; none: it is the first.
    pub fn saw(&mut self, instance: &Instance, before: Option<Duration>, clocks: Clocks) {
        let known = self.0.get(&instance.id).map(|start| start.told);
        // A look that shows what was is no news.
        if instance.state != InstanceState::Running || known.is_some_and(|told| told >= instance.started) {
            return;
        }
        let up = clocks.now.duration_since(instance.started).max(SignedDuration::ZERO);
        let up = Duration::try_from(up).unwrap_or_default();
        let at = clocks.elapsed.checked_sub(up).unwrap_or_default().max(before.unwrap_or_default());
        let said = if before.is_none() { instance.started.min(clocks.now) } else { clocks.say(at, instance.started) };
        self.0.insert(instance.id.clone(), Start { told: instance.started, at, said });
    }

    /// When it was started last, by our own clock; none: it was not seen running.
    pub fn of(&self, instance: &Instance, clocks: Clocks) -> Option<Timestamp> {
        let start = self.0.get(&instance.id).filter(|start| start.told == instance.started)?;
        // Older than this process: the clock that never jumps knows nothing of then.
        if start.at.is_zero() {
            return Some(start.said.min(clocks.now));
        }
        Some(clocks.say(start.at, start.said))
    }

    /// Forgets all others.
    pub fn retain(&mut self, keep: impl Fn(&InstanceId) -> bool) {
        self.0.retain(|id, _| keep(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::plan::tests::{but, instance};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn clocks(now: i64, elapsed: u64) -> Clocks {
        Clocks { now: at(now), elapsed: Duration::from_secs(elapsed) }
    }

    fn started(second: i64) -> Instance {
        but(|observed| instance(observed).started = at(second)).instance.present().expect("one").clone()
    }

    /// The cloud's clock says 1000 when it starts.
    fn seen(ours: i64) -> (Starts, Instance) {
        let mut starts = Starts::default();
        let instance = started(1000);
        starts.saw(&instance, Some(Duration::from_secs(98)), clocks(ours, 100));
        (starts, instance)
    }

    #[test]
    fn clocks_that_agree_leave_it_as_the_cloud_tells_it() {
        let (starts, instance) = seen(1001);
        assert_eq!(starts.of(&instance, clocks(1002, 101)), Some(at(1000)));
        assert_eq!(starts.of(&instance, clocks(1301, 400)), Some(at(1000)));
    }

    #[test]
    fn a_clock_that_is_ahead_or_behind_makes_it_neither_old_nor_unborn() {
        let (ahead, instance) = seen(1601);
        assert_eq!(ahead.of(&instance, clocks(1601, 100)), Some(at(1599)), "no earlier than the look before");
        let (behind, instance) = seen(401);
        assert_eq!(behind.of(&instance, clocks(401, 100)), Some(at(401)), "no later than it was seen");
        assert_eq!(behind.of(&instance, clocks(411, 110)), Some(at(401)));
    }

    #[test]
    fn a_jump_of_ours_moves_it_along() {
        let (starts, instance) = seen(1001);
        assert_eq!(starts.of(&instance, clocks(1605, 104)), Some(at(1600)));
        assert_eq!(starts.of(&instance, clocks(406, 105)), Some(at(400)));
    }

    #[test]
    fn what_ran_before_us_is_as_old_as_the_cloud_says_and_an_old_look_is_no_news() {
        let mut starts = Starts::default();
        starts.saw(&started(1000), None, clocks(9000, 5));
        assert_eq!(starts.of(&started(1000), clocks(9100, 105)), Some(at(1000)));
        starts.saw(&started(9050), Some(Duration::from_secs(50)), clocks(9052, 57));
        starts.saw(&started(1000), Some(Duration::from_secs(57)), clocks(9053, 58));
        assert_eq!(starts.of(&started(9050), clocks(9100, 105)), Some(at(9050)));
        assert_eq!(starts.of(&started(1000), clocks(9100, 105)), None, "another start");
    }
}
