//! Dolt's state, from what is known of its process and its answers.
//!
//! Pure. `Up` means that it answered a query a moment ago, never that a process exists; `Starting` has an end.

use jiff::{SignedDuration, Timestamp};

/// Without an answer for so long, it is down: two probes of two seconds each, and a bit.
const SILENCE: SignedDuration = SignedDuration::from_secs(5);

/// How long a start may take before it counts as down.
///
/// A start takes 0.1 s, with 11,000 commits 0.4 s; a journal of some GiB that must be read takes tens of seconds. It
/// is only called down then, and left to go on.
const FIRST_ANSWER: SignedDuration = SignedDuration::from_secs(60);

/// Dolt's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no deploy to start it with.
    NotDeployed,
    /// It is being started, as someone asked, or runs and has not answered yet.
    Starting,
    /// It answers.
    Up,
    /// It has ended, or does not answer.
    Down,
}

/// What is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whether there is a deploy.
    pub deployed: bool,
    /// Since when it is on its way because someone asked for it: between two runs.
    pub asked: Option<Timestamp>,
    /// When the process that runs was started.
    pub started: Option<Timestamp>,
    /// When it last answered a query.
    pub answered: Option<Timestamp>,
}

/// The state at `now`.
pub fn state(known: Known, now: Timestamp) -> State {
    match (known.started, known.answered) {
        _ if !known.deployed => State::NotDeployed,
        (None, _) => match known.asked {
            Some(asked) if now.duration_since(asked) <= FIRST_ANSWER => State::Starting,
            _ => State::Down,
        },
        (Some(_), Some(answered)) if now.duration_since(answered) <= SILENCE => State::Up,
        (Some(_), Some(_)) => State::Down,
        (Some(started), None) if now.duration_since(started) <= FIRST_ANSWER => State::Starting,
        (Some(_), None) => State::Down,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn known(started: Option<i64>, answered: Option<i64>) -> Known {
        Known { deployed: true, asked: None, started: started.map(at), answered: answered.map(at) }
    }

    #[test]
    fn up_is_an_answer_a_moment_ago() {
        assert_eq!(state(known(Some(0), Some(100)), at(105)), State::Up);
        assert_eq!(state(known(Some(0), Some(100)), at(106)), State::Down);
    }

    #[test]
    fn starting_has_an_end() {
        assert_eq!(state(known(Some(0), None), at(60)), State::Starting);
        assert_eq!(state(known(Some(0), None), at(61)), State::Down);
    }

    #[test]
    fn without_a_process_it_is_down_and_without_a_deploy_it_is_not_deployed() {
        assert_eq!(state(known(None, Some(100)), at(100)), State::Down);
        let asked = Known { asked: Some(at(100)), ..known(None, Some(100)) };
        assert_eq!((state(asked, at(101)), state(asked, at(161))), (State::Starting, State::Down));
        assert_eq!(state(Known { deployed: false, ..known(Some(1), Some(1)) }, at(1)), State::NotDeployed);
    }
}
