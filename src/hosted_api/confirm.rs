//! The word that must be typed before a change deletes deployments that it does not name itself.
//!
//! Asked when a change is landed and not when it is decided: a plan is shown without it, so that whoever types it has
//! seen what goes. A deletion's own word is the deployment's name, and is `decide`'s.
//!
//! | change | word |
//! |---|---|
//! | roll-back of everything | `all` |
//! | undo | the deployment's name; `all` where several go |
//! | batch, merge | how many go |

use super::{decide::Decision, problem::Problem};
use crate::{model::Change, store::Snapshot};

/// What is typed for everything: as the flag that asks for it.
const WORD: &str = "all";

/// Whether a change that was decided may be landed as far as it asks for a typed word.
///
/// # Errors
/// The word is missing or another; the refusal names what would go.
pub fn typed(change: &Change, decision: &Decision, snapshot: &Snapshot) -> Result<(), Problem> {
    let goes: Vec<&str> = decision
        .after
        .iter()
        .filter(|after| after.desired.is_none() && snapshot.desired.contains_key(&after.record.id))
        .map(|after| after.record.name.as_str())
        .collect();
    if goes.is_empty() {
        return Ok(());
    }
    let (typed, word) = match change {
        Change::RollBack { name: None, confirm, .. } => (confirm, WORD.to_owned()),
        Change::Undo { confirm, .. } => (confirm, if let [only] = *goes { only.to_owned() } else { WORD.to_owned() }),
        Change::Batch { confirm, .. } | Change::Merge { confirm, .. } => (confirm, goes.len().to_string()),
        _ => return Ok(()),
    };
    if *typed == word {
        return Ok(());
    }
    let what = format!("it deletes {}; type {word} to confirm it", goes.join(", "));
    Err(Problem::invalid("confirm", what).next(next(change, &word)))
}

fn next(change: &Change, word: &str) -> String {
    match change {
        Change::RollBack { to, .. } => format!("doltops rollback --all --to {to} --confirm {word}"),
        Change::Undo { operation, .. } => format!("doltops undo {operation} --confirm {word}"),
        Change::Merge { branch, .. } => format!("doltops branch merge {branch} --confirm {word}"),
        _ => format!("confirm with {word}"),
    }
}
