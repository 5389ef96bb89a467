//! The branch that a console shows.
//!
//! As on a moment of the past, a console on a branch is one of its own, with a state and streams of its own. What is
//! changed there is a commit of the branch and touches nothing that runs; what is about what runs, or about main alone, is
//! not offered there.
//!
//! The change requests themselves are records of main: they are read and said on every branch alike (see `runner`).

use crate::console::{
    command::Command,
    effect::Effect,
    locator::{Aspect, Locator},
};
use doltops_proto::hosted_api::change::Change;

/// Whether a command is about main: about what runs, or about what was done there.
pub fn is_of_main(command: Command) -> bool {
    matches!(
        command,
        Command::Connect
            | Command::Client
            | Command::Forward
            | Command::Forwards
            | Command::Logs
            | Command::Metrics
            | Command::Events
            | Command::Activity
            | Command::Pulse
            | Command::Orphans
            | Command::Certificates
            | Command::Incidents
            | Command::NewIncident
            | Command::Blame
            | Command::Copy
            | Command::CopyClone
            | Command::Restart
            | Command::Undo
            | Command::RollBack
            | Command::RollBackAll
            | Command::At
            | Command::Checks
            | Command::OwnChecks
    )
}

/// What to do instead, where there is something.
pub fn instead(command: Command) -> Option<&'static str> {
    match command {
        Command::Undo => Some("change it back, or discard the change request"),
        Command::RollBack | Command::RollBackAll => Some("doltops rollback NAME --to COMMIT --branch B does that"),
        _ => None,
    }
}

/// Whether a view is about main.
pub fn shows_main(locator: &Locator) -> bool {
    match locator {
        Locator::Deployment(_, aspect) => !matches!(aspect, Aspect::Whole | Aspect::History(_) | Aspect::Diff(..)),
        Locator::Deployments
        | Locator::History(_)
        | Locator::Diff(..)
        | Locator::Commands
        | Locator::Branches
        | Locator::Branch(_) => false,
        _ => true,
    }
}

/// Whether an effect reaches what a branch has not; see `update`.
pub fn reaches_main(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Logs { .. }
            | Effect::Metrics { .. }
            | Effect::Curves { .. }
            | Effect::Events { .. }
            | Effect::Orphans { .. }
            | Effect::RemoveOrphan { .. }
            | Effect::Incidents { .. }
            | Effect::Timeline { .. }
            | Effect::ChangeIncident { .. }
            | Effect::Blame { .. }
            | Effect::Resolve(_)
            | Effect::Check { .. }
            | Effect::CheckRows { .. }
            | Effect::SqlOpen { .. }
            | Effect::Client { .. }
            | Effect::Forward { .. }
    )
}

/// Whether an effect is about the branch that is shown: the others are about the change requests themselves, on main.
pub fn is_on_branch(effect: &Effect) -> bool {
    let merges = |change: &Change| matches!(change, Change::Merge(_));
    match effect {
        Effect::Plan { change, .. } => !merges(change),
        Effect::Change { request, .. } => {
            !request.change.as_ref().and_then(|change| change.change.as_ref()).is_some_and(merges)
        }
        Effect::Status | Effect::History { .. } | Effect::Diff { .. } => true,
        _ => false,
    }
}
