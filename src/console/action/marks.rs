//! Marking deployments in the fleet.

use crate::console::{command::Command, effect::Effect, state::State};

/// Marks the row under the cursor, all that are shown, or those that are not.
pub fn run(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::MarkShown => state.fleet.mark_shown(),
        Command::InvertMarks => state.fleet.invert_marks(),
        _ => state.fleet.toggle_mark(),
    }
    Vec::new()
}
