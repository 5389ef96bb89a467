//! Of what a clone is shown, where one is, and what of the console there is none on a clone.

use crate::{
    console::{
        command::Command,
        locator::{Aspect, Locator},
        state::then,
    },
    model::CommitHash,
};

/// What the title says of a clone: nobody takes it for the fleet that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneOf {
    /// Main's head when it was taken.
    pub commit: CommitHash,
    /// When that was (Unix milliseconds).
    pub taken: i64,
}

/// Whether a command is about what runs, or about people who are told: neither is in a clone. Change requests are, and what
/// is marked for a change.
pub fn needs_more(command: Command) -> bool {
    let is_kept = matches!(
        command,
        Command::Branches | Command::SwitchBranch | Command::Mark | Command::MarkShown | Command::InvertMarks
    );
    let of_people = matches!(
        command,
        Command::NewIncident | Command::Acknowledge | Command::Note | Command::HandOver | Command::Resolve
    );
    of_people || command == Command::Metrics || (then::is_of_now(command) && !is_kept)
}

/// Whether a view is.
pub fn shows_more(locator: &Locator) -> bool {
    match locator {
        Locator::Deployment(_, Aspect::Metrics) => true,
        Locator::Branches | Locator::Branch(_) => false,
        _ => then::shows_now(locator),
    }
}

/// Why there is none of it.
pub fn why_not(what: &str) -> String {
    format!("{what}: this is a clone, in which nothing runs and nothing was measured; ask the control plane itself")
}
