//! The word that must be typed before a roll-back of everything deletes what was made since.
//!
//! Asked when a change is landed and not when it is decided: a plan is shown without it, so that whoever types it has
//! seen what goes. A deletion's own word is the deployment's name, and is `decide`'s.

use super::{decide::Decision, problem::Problem};
use crate::{model::Change, store::Snapshot};

/// What is typed: as the flag that asks for everything.
const WORD: &str = "all";

/// Whether a change that was decided may be landed as far as it asks for a typed word.
///
/// # Errors
/// The word is missing or another; the refusal names what would go.
pub fn typed(change: &Change, decision: &Decision, snapshot: &Snapshot) -> Result<(), Problem> {
    let Change::RollBack { name: None, to, confirm } = change else { return Ok(()) };
    let goes: Vec<&str> = decision
        .after
        .iter()
        .filter(|after| after.desired.is_none() && snapshot.desired.contains_key(&after.record.id))
        .map(|after| after.record.name.as_str())
        .collect();
    if goes.is_empty() || confirm == WORD {
        return Ok(());
    }
    let what = format!("it deletes what was made since: {}; type {WORD} to confirm it", goes.join(", "));
    Err(Problem::invalid("confirm", what).next(format!("doltops rollback --all --to {to} --confirm {WORD}")))
}
