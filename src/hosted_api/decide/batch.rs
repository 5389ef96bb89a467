//! Several changes as one: each is decided on the state that the ones before it leave.
//!
//! Guarantees: all of it or nothing; a refusal names the deployment that it is about. Deletions in it ask for no name
//! each: how many there are is typed once, when it is landed (see `hosted_api::confirm`).
//!
//! Not here: roll-backs, undos and batches; each of those is a decision about the past, and is asked for alone.

use super::{After, Decision, Situation, decide};
use crate::{
    model::{Change, DeploymentId, Refusal},
    store::Snapshot,
};
use std::collections::BTreeMap;

/// More at once than a person can look at in one plan, and than the operation's own row holds.
pub const MOST: usize = 50;

/// As many are named in the summary; the plan has them all.
const NAMED: usize = 3;

/// Decides them in order.
pub(super) fn batch(changes: &[Change], situation: Situation<'_>) -> Result<Decision, Refusal> {
    if changes.is_empty() || changes.len() > MOST {
        return Err(Refusal::invalid("changes", format!("from 1 to {MOST} at once, not {}", changes.len())));
    }
    let mut snapshot = situation.snapshot.clone();
    let mut all: BTreeMap<DeploymentId, After> = BTreeMap::new();
    let mut decision = Decision::default();
    let mut summaries = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        let new_id = DeploymentId::new(format!("{}{number}", situation.new_id));
        let at = Situation { snapshot: &snapshot, new_id: &new_id, ..situation };
        let one = match change {
            Change::RollBack { .. } | Change::Undo { .. } | Change::Batch { .. } | Change::Merge { .. } => {
                Err(Refusal::invalid("changes", format!("a {} is asked for alone", change.kind())))
            }
            Change::Delete { name, .. } => {
                decide(&Change::Delete { name: name.clone(), confirm: name.to_string() }, at)
            }
            _ => decide(change, at),
        };
        let one = one.map_err(|refusal| named(refusal, change))?;
        for after in one.after {
            apply(&mut snapshot, &after);
            all.insert(after.record.id.clone(), after);
        }
        decision.notes.extend(one.notes);
        summaries.push(one.summary);
    }
    decision.after = all.into_values().collect();
    decision.after.sort_by(|a, b| a.record.name.cmp(&b.record.name));
    decision.summary = summary(&summaries);
    Ok(decision)
}

fn apply(snapshot: &mut Snapshot, after: &After) {
    let id = &after.record.id;
    match &after.desired {
        Some(desired) => _ = snapshot.desired.insert(id.clone(), desired.clone()),
        None => _ = snapshot.desired.remove(id),
    }
    snapshot.records.insert(id.clone(), after.record.clone());
}

/// The refusal, with whose it is where it does not say so.
fn named(refusal: Refusal, change: &Change) -> Refusal {
    let Some(name) = change.name() else { return refusal };
    let told = |what: String| if what.contains(name.as_str()) { what } else { format!("{name}: {what}") };
    match refusal {
        Refusal::Invalid { field, what } => Refusal::Invalid { field, what: told(what) },
        Refusal::Forbidden { what, next } => Refusal::Forbidden { what: told(what), next },
        other => other,
    }
}

fn summary(all: &[String]) -> String {
    let first = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    match all.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first}; and {more} more"),
    }
}
