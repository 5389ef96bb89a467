//! Desired state and history.
//!
//! Guarantees
//! - Every change is one Dolt commit with its author and its reason, or nothing.
//! - A landing names the commit that it was decided on; when main has moved on since, it is a [`StoreError::Conflict`]
//!   and nothing is done. Decide again on a new snapshot: see [`land`].
//! - With a fence, a landing also fails when the lease has another holder or epoch.
//! - An answer that was lost is [`StoreError::Unavailable`]: the landing may have happened. Every landing that a person
//!   asks for carries an operation id, so that a repeat can be known.
//! - No secret is in any table: whoever clones the database would have it.
//!
//! Not here: what may be asked for (`hosted_api`) and what follows from it (`reconcile`).

pub mod branches;
pub mod clones;
pub mod daemons;
pub mod dolt;
pub mod embedded;
pub mod pages;
pub mod readers;

use crate::model::{
    CellChange, CommitEntry, CommitHash, CommitPrefix, DeploymentId, Desired, Epoch, Incarnation, Incident, IncidentId,
    Moment, Operation, OperationId, Record,
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use thiserror::Error;

/// Main at one commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Main's head when it was read.
    pub commit: CommitHash,
    /// What should be.
    pub desired: BTreeMap<DeploymentId, Desired>,
    /// What is known for good, deleted ones included.
    pub records: BTreeMap<DeploymentId, Record>,
    /// The last commit that changed what is desired of each.
    pub last_change: BTreeMap<DeploymentId, CommitHash>,
}

/// One row that is written or taken away.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A deployment as it should be, with its settings.
    PutDesired(Desired),
    /// It should not be any more.
    RemoveDesired(DeploymentId),
    /// A record, whole.
    PutRecord(Record),
    /// An operation that was asked for; its id must be new.
    PutOperation(Operation),
    /// A person's certificate, new or revoked.
    PutClientCertificate(ClientCertificate),
    /// An incident, whole. Its notes are only added to; a second one that is not over of the same cause is a conflict.
    PutIncident(Incident),
    /// What a person asked for about an incident; its id must be new.
    PutIncidentRequest(IncidentRequest),
    /// What people did about a change request.
    Review(branches::ReviewEdit),
    /// Whether an incident's cause is away, and how often it came back. Alone it makes no commit.
    MarkIncident(Incident),
    /// What was about to be done is done: the intent goes in the same transaction.
    ClearIntent(DeploymentId),
}

/// A change of main: one transaction, one commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
    /// The snapshot that it was decided on.
    pub base: CommitHash,
    /// In order.
    pub edits: Vec<Edit>,
    /// The commit's author.
    pub author: String,
    /// The commit's message: a line of what, then why.
    pub message: String,
    /// Under which lease; absent for what people ask for.
    pub fence: Option<Fence>,
}

/// The lease under which the reconciler writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Who holds it.
    pub holder: String,
    /// Since which change of holder.
    pub epoch: Epoch,
}

/// What one try for the lease gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lease {
    /// It is ours under this epoch until its time has passed.
    Held(Fence),
    /// Another has it; try again after this time.
    Taken {
        /// Who.
        holder: String,
        /// What is left of their time.
        left: Duration,
    },
}

/// What the executor is about to do to a deployment; written down before the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Whose.
    pub deployment: DeploymentId,
    /// The step's word.
    pub action: String,
    /// The client token of the call, and all its parameters as JSON: replayed unchanged.
    pub token: String,
    /// See `token`.
    pub parameters: String,
    /// The incarnation that it makes or acts on.
    pub incarnation: Incarnation,
    /// When it was written down.
    pub at: Timestamp,
}

/// A client certificate's metadata; the key was never here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Hexadecimal, lower case.
    pub serial: String,
    /// Whose.
    pub name: String,
    /// viewer, operator, admin.
    pub role: String,
    /// When it ends.
    pub not_after: Timestamp,
    /// When it was taken back.
    pub revoked: Option<Timestamp>,
}

/// A person's request about an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentRequest {
    /// The request's own id.
    pub id: String,
    /// What it was about, or what it opened.
    pub incident: IncidentId,
    /// Of all that it asked for: a repeat with another one is refused.
    pub digest: String,
}

/// Which incidents, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncidentQuery {
    /// All that are not over.
    Open {
        /// And those that have been since.
        or_resolved_since: Timestamp,
    },
    /// The last so many, over or not.
    Newest(usize),
    /// One.
    One(IncidentId),
}

/// Which commits, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Only those that changed this deployment.
    pub deployment: Option<DeploymentId>,
    /// Begin after this commit.
    pub before: Option<CommitHash>,
    /// None that is newer than this one: the history as it was then.
    pub until: Option<CommitHash>,
    /// At most so many.
    pub limit: usize,
}

/// Why the store did not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Main has moved on since the landing was decided. Nothing was done.
    #[error("the control plane's state has changed since")]
    Conflict,
    /// The lease has another holder or epoch. Nothing was done, and nothing more must be.
    #[error("the lease was lost")]
    LeaseLost,
    /// No commit of main.
    #[error("there is no commit {0}")]
    NoSuchCommit(String),
    /// More than one commit of main begins so.
    #[error("more than one commit begins with {0}")]
    Ambiguous(String),
    /// A commit from before the present schema.
    #[error("commit {commit} is from before the present schema: {what}")]
    OldSchema {
        /// Which.
        commit: String,
        /// What it lacks.
        what: String,
    },
    /// The store cannot be reached, or the answer was lost: whether it happened is not known.
    #[error("the store is away: {0}")]
    Unavailable(String),
    /// The store answered something that it should not.
    #[error("the store answered: {0}")]
    Broken(String),
}

/// Where desired state and history are kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Main's head; cheap.
    async fn head(&self) -> Result<CommitHash, StoreError>;
    /// Main as it is; the same `Arc` while the head has not moved.
    async fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError>;
    /// The only commit of main that begins so: [`StoreError::NoSuchCommit`] or [`StoreError::Ambiguous`] where it is
    /// not exactly one.
    async fn resolve(&self, beginning: &CommitPrefix) -> Result<CommitHash, StoreError>;
    /// Main as it was at a moment, as a commit: [`StoreError::NoSuchCommit`] where it was not there yet, and as
    /// [`Store::resolve`].
    async fn moment(&self, moment: &Moment) -> Result<CommitEntry, StoreError>;
    /// What was desired at a commit of main.
    async fn desired_at(&self, commit: &CommitHash) -> Result<BTreeMap<DeploymentId, Desired>, StoreError>;
    /// Main as it was at a commit of it; what its schema had no column for yet reads as a later migration filled it in.
    async fn snapshot_at(&self, commit: &CommitHash) -> Result<Snapshot, StoreError>;
    /// Incidents as they stood at a commit of main.
    async fn incidents_at(&self, query: IncidentQuery, commit: &CommitHash) -> Result<Vec<Incident>, StoreError>;
    /// One change of main; see the module's guarantees.
    async fn land(&self, landing: Landing) -> Result<CommitHash, StoreError>;
    /// An operation by its id, with the commit that recorded it.
    async fn operation(&self, id: &OperationId) -> Result<Option<(Operation, CommitHash)>, StoreError>;
    /// The last so many operations with the commits that recorded them, newest first.
    async fn operations(&self, limit: usize) -> Result<Vec<(Operation, CommitHash)>, StoreError>;
    /// Commits of main, newest first.
    async fn history(&self, query: HistoryQuery) -> Result<Vec<CommitEntry>, StoreError>;
    /// What differs between two commits, cell by cell; `live_*` tables never.
    async fn diff(&self, from: &CommitHash, to: &CommitHash) -> Result<Vec<CellChange>, StoreError>;
    /// Every client certificate.
    async fn client_certificates(&self) -> Result<Vec<ClientCertificate>, StoreError>;
    /// Incidents with their notes, newest first; bounded.
    async fn incidents(&self, query: IncidentQuery) -> Result<Vec<Incident>, StoreError>;
    /// What was asked about an incident under this id.
    async fn incident_request(&self, id: &str) -> Result<Option<IncidentRequest>, StoreError>;

    /// What is wrong with the standby of a store of several servers, as it was last asked; none: nothing, or it has none.
    fn standby_trouble(&self) -> Option<String> {
        None
    }

    /// Takes the lease, keeps it, or says who has it. A new holder, or one that comes back, has a higher epoch;
    /// the holder itself keeps its epoch, unless that is not above `above`: then it gets one that is.
    async fn lease(&self, holder: &str, held: Option<Epoch>, above: Epoch, time: Duration)
    -> Result<Lease, StoreError>;
    /// Gives the lease back, so that the next holder need not wait.
    async fn release(&self, fence: &Fence) -> Result<(), StoreError>;

    /// Writes down what is about to be done, under the lease. No Dolt commit.
    async fn intend(&self, intent: &Intent, fence: &Fence) -> Result<(), StoreError>;
    /// What was about to be done and is not yet known to be.
    async fn intents(&self) -> Result<Vec<Intent>, StoreError>;
}

/// How often a landing is decided again when main moves under it: writers are few, and each round lets one win.
pub const ROUNDS: usize = 20;

/// Lands what `decide` makes of the newest snapshot, and decides again when main has moved on meanwhile.
///
/// `decide` may refuse; `None` means that nothing is to be done. Gives the commit, or the snapshot's where there was
/// nothing to do.
///
/// # Errors
/// `decide`'s own, and the store's.
pub async fn land<E, F>(store: &dyn Store, decide: F) -> Result<CommitHash, E>
where
    E: From<StoreError>,
    F: Fn(&Snapshot) -> Result<Option<Landing>, E> + Send,
{
    for _ in 0..ROUNDS {
        let snapshot = store.snapshot().await?;
        let Some(landing) = decide(&snapshot)? else { return Ok(snapshot.commit.clone()) };
        match store.land(landing).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other?),
        }
    }
    Err(StoreError::Conflict.into())
}
