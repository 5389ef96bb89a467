//! What belongs to nothing: told to anyone, removed by an administrator's word.

use super::Server;
use crate::{
    hosted_api::{
        access::Caller,
        convert::ms,
        problem::{Kind, Problem},
    },
    reconcile::orphans::Orphan,
};
use doltops_proto::hosted_api::{self as wire, ListOrphansResponse, RemoveOrphanRequest, RemoveOrphanResponse};

impl Server {
    pub(super) async fn read_orphans(&self) -> Result<ListOrphansResponse, Problem> {
        let found = self.found_orphans().await?;
        Ok(ListOrphansResponse { orphans: found.iter().map(|orphan| self.told(orphan)).collect() })
    }

    async fn found_orphans(&self) -> Result<Vec<Orphan>, Problem> {
        self.ready().await;
        self.manager.orphans().await.ok_or_else(|| {
            Problem::new(Kind::Unreachable, "the cloud could not be looked at").next("try again in a moment")
        })
    }

    /// Looks again first: what has found its deployment since is no orphan any more.
    pub(super) async fn remove_orphan_of(
        &self,
        caller: &Caller,
        request: RemoveOrphanRequest,
    ) -> Result<RemoveOrphanResponse, Problem> {
        if request.confirm != request.id {
            return Err(Problem::invalid("confirm", format!("type the id of what is to be removed: {}", request.id)));
        }
        let found = self.found_orphans().await?;
        let orphan = found.iter().find(|orphan| orphan.id == request.id).ok_or_else(|| {
            Problem::new(Kind::NotFound, format!("there is no orphan {}", request.id.escape_default()))
                .next("see: doltops orphans")
        })?;
        let counts = orphan.counts(&self.manager.executor.orphans);
        if counts > self.manager.executor.env.now() {
            let what = format!(
                "{} belongs to no deployment only since a moment ago; it counts from {counts:.0} on",
                orphan.id
            );
            return Err(Problem::new(Kind::Refused, what).next("what is still so then can be removed"));
        }
        let what = format!("Remove the orphan {} {}", orphan.kind.as_str(), orphan.id);
        self.manager.events.add(&orphan.name, "asked", what, &caller.name);
        self.manager
            .remove_orphan(orphan)
            .await
            .map_err(|error| Problem::new(Kind::Failed, format!("{} was not removed: {error}", orphan.id)))?;
        Ok(RemoveOrphanResponse {})
    }

    fn told(&self, orphan: &Orphan) -> wire::Orphan {
        let executor = &self.manager.executor;
        let counts = orphan.counts(&executor.orphans);
        let next = match (counts > executor.env.now(), orphan.kind.holds_data()) {
            (true, _) => format!("it counts from {counts:.0} on, if it is still so: then it can be removed"),
            (false, true) => "it holds data: removed, that is gone for good".to_owned(),
            (false, false) => "it holds no data, and can be removed".to_owned(),
        };
        wire::Orphan {
            kind: orphan.kind.as_str().to_owned(),
            id: orphan.id.clone(),
            deployment: orphan.deployment.to_string(),
            name: orphan.name.clone(),
            why: orphan.why.clone(),
            since_ms: ms(orphan.since),
            next,
            counts_ms: ms(counts),
            gib: orphan.gib,
        }
    }
}
