//! The moment of the past that a console shows.
//!
//! A console on the past is one of its own, with a state of its own: nothing of today can stand in it by mistake. Its
//! clock stands still at that moment, so that ages are as they were. It changes nothing, as in read-only mode, and does not
//! offer what only is now.

use crate::{
    console::{
        command::Command,
        effect::Effect,
        locator::{Aspect, Locator},
    },
    model::{BranchName, CommitHash},
};

/// The moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Then {
    /// The commit.
    pub commit: CommitHash,
    /// When it is there (Unix milliseconds): the time that was asked for, or when the commit was made.
    pub time: i64,
    /// What a clock on the wall shows meanwhile (Unix milliseconds).
    pub clock: i64,
}

/// To another state than the one that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leap {
    /// To a moment of the past.
    Then(Then),
    /// To a branch.
    Branch(BranchName),
    /// Back to now, and to main.
    Now,
}

/// Whether a command is about what runs now: nobody has kept that of then.
pub fn is_of_now(command: Command) -> bool {
    matches!(
        command,
        Command::Connect
            | Command::Client
            | Command::Forward
            | Command::Forwards
            | Command::Logs
            | Command::Events
            | Command::Activity
            | Command::Pulse
            | Command::Orphans
            | Command::Doctor
            | Command::Examine
            | Command::Copy
            | Command::CopyClone
            | Command::Branches
            | Command::SwitchBranch
            | Command::Checks
            | Command::OwnChecks
            // A mark is for a change.
            | Command::Mark
            | Command::MarkShown
            | Command::InvertMarks
    )
}

/// Whether a view is.
pub fn shows_now(locator: &Locator) -> bool {
    match locator {
        Locator::Deployment(_, aspect) => {
            matches!(aspect, Aspect::Logs | Aspect::Sql | Aspect::Activity | Aspect::Events | Aspect::Checks(_))
        }
        Locator::Events
        | Locator::Activity
        | Locator::Orphans
        | Locator::Pulse
        | Locator::Doctor
        | Locator::Forwards
        | Locator::Checks
        | Locator::Branches
        | Locator::Branch(_) => true,
        _ => false,
    }
}

/// Whether an effect reaches what runs now; see `update`.
pub fn reaches_now(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Logs { .. }
            | Effect::Events { .. }
            | Effect::Orphans { .. }
            | Effect::Examine { .. }
            | Effect::SqlOpen { .. }
            | Effect::Client { .. }
            | Effect::Forward { .. }
            | Effect::Check { .. }
            | Effect::CheckRows { .. }
    )
}
