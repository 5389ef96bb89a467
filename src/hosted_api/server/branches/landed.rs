//! Where a change request was merged: the commit of main, and main as it was right before.
//!
//! That is what its merge was decided on: with it the conflicts that there were, and who decided them, are told for as
//! long as main's history is there. Nothing of it is written down twice.

use super::super::books::Books;
use crate::{
    hosted_api::{
        decide::{Merging, merge},
        problem::Problem,
    },
    model::{CommitHash, DeploymentId, RequestState},
    store::{HistoryQuery, Snapshot},
};

/// Commits of a deployment that are read at a time: a merge is most often among the newest of each that it changed.
const PAGE: usize = 50;

/// A merge that has landed.
pub(super) struct Landed {
    /// Main's commit.
    pub commit: CommitHash,
    /// Main as it was right before.
    pub before: Snapshot,
}

impl Books {
    /// Where it was merged; none: it was not, or main's history does not tell.
    pub(super) async fn landed(&self, merging: &Merging) -> Result<Option<Landed>, Problem> {
        if merging.request().state != RequestState::Merged {
            return Ok(None);
        }
        for id in changed(merging) {
            if let Some((commit, parent)) = self.merge_of(merging, id).await? {
                let before = self.store.snapshot_at(&parent).await?;
                return Ok(Some(Landed { commit, before }));
            }
        }
        Ok(None)
    }

    /// The merge among the commits about one deployment, and its parent.
    async fn merge_of(
        &self,
        merging: &Merging,
        id: &DeploymentId,
    ) -> Result<Option<(CommitHash, CommitHash)>, Problem> {
        let (request, said) = (merging.request(), merge::brings_in(merging.request(), &merging.branch.head));
        let mut before = None;
        loop {
            let query = HistoryQuery { deployment: Some(id.clone()), before, until: None, limit: PAGE };
            let page = self.store.history(query).await?;
            if let Some(found) = page.iter().find(|entry| entry.message.contains(&said)) {
                return Ok(found.parent.clone().map(|parent| (found.hash.clone(), parent)));
            }
            // Nothing was merged before it was opened.
            match page.last().filter(|last| page.len() == PAGE && last.time >= request.opened.at) {
                Some(last) => before = Some(last.hash.clone()),
                None => return Ok(None),
            }
        }
    }
}

/// The deployments that the branch changes.
pub(super) fn changed(merging: &Merging) -> impl Iterator<Item = &DeploymentId> {
    let Merging { base, theirs, .. } = merging;
    let new = theirs.keys().filter(|id| !base.contains_key(*id));
    base.keys().chain(new).filter(|id| base.get(*id) != theirs.get(*id))
}
