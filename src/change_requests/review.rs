//! Whether enough people have approved a change request as it is now.
//!
//! Guarantees
//! - An approval counts only for what was seen: another commit on the branch, or another decision about a conflict, and
//!   it counts no more. That main moves on does not end it: the plan is made anew and confirmed with the merge.
//! - Where authors may not approve, nobody who had a hand in it counts: who opened it, committed to its branch or decided
//!   a conflict.

use super::settings::Settings;
use crate::model::{Approval, BranchName, CommitHash, Refusal, Resolution};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Where a change request stands with its approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Who has approved it as it is, and counts.
    pub approved_by: BTreeSet<String>,
    /// How many must.
    pub needed: u32,
}

impl Review {
    /// What the approvals come to. `covers` is [`covers`] of the request as it is; `hands` are those who had one in it.
    pub fn of(approvals: &[Approval], covers: &str, hands: &BTreeSet<String>, settings: &Settings) -> Self {
        let counts = |approval: &&Approval| {
            let who = settings.author_may_approve || !hands.contains(&approval.by.who);
            !approval.withdrawn && approval.covers == covers && who
        };
        let approved_by = approvals.iter().filter(counts).map(|approval| approval.by.who.clone()).collect();
        Self { approved_by, needed: settings.approvals.get() }
    }

    /// How many approvals it still lacks.
    pub fn missing(&self) -> u32 {
        self.needed.saturating_sub(u32::try_from(self.approved_by.len()).unwrap_or(u32::MAX))
    }

    /// Whether the request of this name may be merged as far as approvals go.
    ///
    /// # Errors
    /// Says how many it lacks.
    pub fn may_merge(&self, name: &BranchName) -> Result<(), Refusal> {
        match self.missing() {
            0 => Ok(()),
            missing => {
                let people = if missing == 1 { "approval" } else { "approvals" };
                let what = format!("{name} lacks {missing} {people} of {}", self.needed);
                Err(Refusal::forbidden(
                    what,
                    format!("doltops branch approve {name}, by somebody who had no hand in it"),
                ))
            }
        }
    }
}

/// What an approval given now is for: the branch's head and every decision about a conflict.
pub fn covers(head: &CommitHash, resolutions: &[Resolution]) -> String {
    let mut hash = Sha256::new();
    hash.update(head.as_str());
    let mut decided: Vec<_> =
        resolutions.iter().map(|r| (&r.deployment, &r.cell, &r.ours, &r.theirs, &r.value)).collect();
    decided.sort();
    // Of tuples of texts: this cannot fail.
    hash.update(serde_json::to_vec(&decided).unwrap_or_default());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{By, Cell, DeploymentId};
    use jiff::Timestamp;

    fn by(who: &str) -> By {
        By { at: Timestamp::UNIX_EPOCH, who: who.to_owned() }
    }

    fn head(number: u8) -> CommitHash {
        format!("{number:032}").parse().expect("a hash")
    }

    fn approval(who: &str, covers: &str) -> Approval {
        Approval { by: by(who), head: head(1), covers: covers.to_owned(), withdrawn: false }
    }

    fn missing(approvals: &[Approval], covers: &str, settings: &str) -> u32 {
        let settings: Settings = toml::from_str(settings).expect("valid");
        Review::of(approvals, covers, &BTreeSet::from(["ann".to_owned()]), &settings).missing()
    }

    #[test]
    fn an_approval_counts_for_what_was_seen_alone() {
        let resolution = Resolution {
            deployment: DeploymentId::new("d-1"),
            cell: Cell::InstanceType,
            ours: Some("a".to_owned()),
            theirs: Some("b".to_owned()),
            value: Some("a".to_owned()),
            by: by("ann"),
        };
        let other = Resolution { value: Some("b".to_owned()), ..resolution.clone() };
        let later = Resolution { by: by("bea"), ..resolution.clone() };
        let seen = covers(&head(1), &[resolution]);
        assert_eq!(seen, covers(&head(1), &[later]), "who decided it does not matter");
        for now in [covers(&head(2), &[]), covers(&head(1), &[]), covers(&head(1), &[other])] {
            assert_eq!(missing(&[approval("bea", &seen)], &now, "approvals = 1"), 1);
        }
        assert_eq!(missing(&[approval("bea", &seen)], &seen, "approvals = 1"), 0);
        let withdrawn = Approval { withdrawn: true, ..approval("bea", &seen) };
        assert_eq!(missing(&[withdrawn], &seen, "approvals = 1"), 1);
    }

    #[test]
    fn an_author_counts_only_where_that_is_wanted() {
        let both = [approval("ann", "x"), approval("bea", "x")];
        assert_eq!(missing(&both[..1], "x", "approvals = 1"), 1);
        assert_eq!(missing(&both[..1], "x", "approvals = 1\nauthor_may_approve = true"), 0);
        assert_eq!(missing(&both, "x", "approvals = 2"), 1);
        assert_eq!(missing(&[], "x", ""), 0, "nobody is needed by default");
        let twice = [approval("bea", "x"), approval("bea", "x")];
        assert_eq!(missing(&twice, "x", "approvals = 2"), 1, "one person is one");
    }
}
