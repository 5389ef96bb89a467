//! Decides what an instance's machine has to do next. Pure.

use super::records::InstanceRecord;
use crate::model::InstanceState;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long a terminated instance is told of: EC2's "about an hour", in which its end can be seen and its token is
/// still known.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// How long an agent must have lived for its death to count as the first: longer than any of its own starts.
const STEADY: Duration = Duration::from_secs(10);
/// The wait before the second start in a row; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Long enough to cost nothing, short enough that a person who mended the cause sees it work.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// All is as it should be.
    Nothing,
    /// It should run and has no agent.
    StartAgent,
    /// Its agent runs: write it down.
    NoteRunning,
    /// It should not run: end its processes, and write down where it has arrived.
    PowerOff,
    /// It was told of for long enough.
    Bury,
}

/// What to do for `instance`, whose agent is alive or not, at `now`.
pub fn of(instance: &InstanceRecord, agent_alive: bool, now: Timestamp) -> Duty {
    match (instance.state, agent_alive) {
        (InstanceState::Pending | InstanceState::Running, false) => Duty::StartAgent,
        (InstanceState::Pending, true) => Duty::NoteRunning,
        (InstanceState::Running, true) | (InstanceState::Stopped, _) => Duty::Nothing,
        (InstanceState::Stopping | InstanceState::ShuttingDown, _) => Duty::PowerOff,
        (InstanceState::Terminated, _) => match instance.ended {
            Some(ended) if now.duration_since(ended) < REMEMBERED => Duty::Nothing,
            _ => Duty::Bury,
        },
    }
}

/// How an agent's starts went; times are of the clock that never jumps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Starts {
    in_a_row: u32,
    last: Duration,
}

impl Starts {
    /// When it may be started again.
    pub fn due(self) -> Duration {
        match self.in_a_row {
            0 => Duration::ZERO,
            1 => self.last,
            more => self.last + FIRST_WAIT.saturating_mul(1 << (more - 2).min(16)).min(LONGEST_WAIT),
        }
    }

    /// The same with one more start, at `now`.
    #[must_use]
    pub fn and(self, now: Duration) -> Self {
        let steady = now.saturating_sub(self.last) >= self.due().saturating_sub(self.last) + STEADY;
        Self { in_a_row: if steady { 1 } else { self.in_a_row.saturating_add(1) }, last: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_that_keeps_dying_is_started_ever_less_often() {
        let (mut starts, mut now, mut waits) = (Starts::default(), Duration::ZERO, Vec::new());
        for _ in 0..10 {
            now = now.max(starts.due());
            starts = starts.and(now);
            waits.push(starts.due().saturating_sub(now).as_millis());
        }
        assert_eq!(waits, [0, 250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);

        let later = now + LONGEST_WAIT + STEADY;
        assert_eq!(starts.and(later).due(), later, "after a steady life it is started again at once");
    }
}
