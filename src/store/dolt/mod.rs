//! The store in a Dolt database.
//!
//! How it keeps the promises of [`crate::store`]
//! - One change is one SQL transaction that ends in one Dolt commit (`landing`); what races is told by guard rows
//!   (`guards`), since Dolt merges transactions cell by cell.
//! - Landings go one at a time through one queue: concurrent committers are slower together than one after the other.
//!   Other programs may write to the same database; they are met by the guards and the lease, not by the queue.
//! - Every call ends in ten seconds (a large landing a little later), whatever the network does.
//! - The server may go and come back: the pool looks at a connection before it gives it out, and opens another.
//!
//! Tables are of three classes. Desired: `deployments`, `settings`. Record: `records`, `operations`,
//! `client_certificates`, `incidents` with their notes and requests, `pages`, `change_requests` with what people said of
//! them, `control_plane`, `schema_migrations`. Live, in no commit:
//! `live_lease`, `live_guards`, `live_intents`, `live_incidents`, `live_pages`, `live_daemons`.
//!
//! What it costs was measured with Dolt 2.2.0 on loopback, on two busy cores (`benches/store.rs`, a debug
//! build): a landing of one change and its operation p50 11 ms, of which the commit itself is 3; a lease's renewal 7 ms;
//! a snapshot when nothing has changed 2 ms, after one change 7 ms with 200 deployments and 16 ms with 5,000, and from
//! nothing 110 ms with 6,000 commits.

mod address;
mod branches;
mod change_requests;
mod client_certificates;
mod clone;
pub mod cluster;
mod control_plane;
mod daemons;
mod deployments;
mod diff;
mod error;
mod garbage;
mod guards;
mod history;
mod incidents;
mod intents;
mod landing;
mod lease;
mod log;
mod message;
mod operations;
mod pages;
mod readers;
mod records;
mod schema;
mod servers;
mod settings;
mod snapshot;
mod table;
mod then;

pub use address::Address;
pub use message::author_name;

use super::{
    ClientCertificate, Fence, HistoryQuery, IncidentQuery, IncidentRequest, Intent, Landing, Lease, Snapshot, Store,
    StoreError,
    branches::{Branch, Branches, Reviewed},
    daemons::{Daemon, Daemons, Told},
    pages::Pages,
};
use crate::{
    env::Env,
    model::{
        BranchName, CellChange, ChangeRequest, CommitEntry, CommitHash, CommitPrefix, Delivery, DeploymentId, Desired,
        Epoch, Incident, IncidentId, Moment, Operation, OperationId,
    },
};
use async_trait::async_trait;
use garbage::Garbage;
use log::Log;
use mysql_async::{Conn, Pool, Row, prelude::*};
use servers::{Servers, Watch};
use std::{
    collections::BTreeMap,
    future::Future,
    path::PathBuf,
    sync::{Arc, Mutex as Slot, PoisonError},
    time::Duration,
};
use tokio::{sync::Mutex, time};

/// How long a call may take, the wait for its turn included.
///
/// A landing takes milliseconds; a server that has not answered after ten seconds is away for whoever waits.
const CALL: Duration = Duration::from_secs(10);

/// What each edit adds to that: a roll-back of thousands of deployments is one landing, and an edit takes about 2 ms.
const EDIT: Duration = Duration::from_millis(10);

/// How long opening the store may take: migrations, and another program's that are waited for.
const OPENING: Duration = Duration::from_secs(90);

/// The store in a Dolt database.
#[derive(Debug)]
pub struct DoltStore {
    servers: Arc<Servers>,
    /// Follows promotions as long as the store is open.
    _watch: Option<Watch>,
    address: Address,
    /// Whose turn it is to land. Taken before `lease`.
    turn: Mutex<()>,
    /// Whose turn it is to touch the lease's row: a renewal must not lose a race to our own writes, and must not wait
    /// for a large landing that a person asked for.
    lease: Mutex<()>,
    log: Mutex<Log>,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    diffs: Slot<diff::Cache>,
    garbage: Option<Garbage>,
}

impl DoltStore {
    /// Opens the store, and makes or migrates its database first.
    ///
    /// # Errors
    /// The server is away, or the database is not for this program: it holds other tables or a newer schema.
    pub async fn connect(address: &Address, env: Arc<dyn Env>) -> Result<Self, StoreError> {
        Self::connect_any(vec![address.clone()], None, env).await
    }

    /// The same with several servers, of which one is the primary at a time; `remembers`: where the highest epoch of their
    /// roles is kept.
    ///
    /// # Errors
    /// The same, and none of them is the primary.
    pub async fn connect_any(
        addresses: Vec<Address>,
        remembers: Option<PathBuf>,
        env: Arc<dyn Env>,
    ) -> Result<Self, StoreError> {
        let servers = Servers::new(addresses, remembers);
        let first = within(OPENING, async {
            let pool = servers.pool().await?;
            let address = servers.address().cloned();
            let address = address.ok_or_else(|| StoreError::Unavailable("no server is named".to_owned()))?;
            let mut connection = open(&pool, &address).await?;
            schema::migrate(&mut connection, env.as_ref()).await?;
            Ok((address, pool))
        });
        let (address, pool) = first.await?;
        let garbage = address.ours.then(|| Garbage::new(pool));
        Ok(Self {
            _watch: servers.watch(),
            servers,
            address,
            turn: Mutex::default(),
            lease: Mutex::default(),
            log: Mutex::default(),
            snapshot: Mutex::default(),
            diffs: Slot::default(),
            garbage,
        })
    }

    /// Closes its connections.
    pub async fn close(self) {
        let _ = time::timeout(CALL, self.servers.close()).await;
    }

    /// The control plane whose store this is; none before the first has claimed it.
    ///
    /// # Errors
    /// The store is away.
    pub async fn belongs_to(&self) -> Result<Option<String>, StoreError> {
        within(CALL, async { control_plane::belongs_to(&mut self.connection().await?).await }).await
    }

    /// Makes this the store of the control plane `id`, unless it is another's already; gives whose it is.
    ///
    /// # Errors
    /// The store is away.
    pub async fn claim(&self, id: &str) -> Result<String, StoreError> {
        within(CALL, async {
            let _turn = self.turn.lock().await;
            control_plane::claim(&mut self.connection().await?, id).await
        })
        .await
    }

    async fn connection(&self) -> Result<Conn, StoreError> {
        self.servers.connection().await
    }

    fn wrote(&self) {
        if let Some(garbage) = &self.garbage {
            garbage.wrote();
        }
    }

    /// What differs between two commits, from what was read before where that is at hand.
    async fn changes(
        &self,
        connection: &mut Conn,
        from: &CommitHash,
        to: &CommitHash,
    ) -> Result<Vec<CellChange>, StoreError> {
        let kept = self.diffs.lock().unwrap_or_else(PoisonError::into_inner).get(from, to);
        if let Some(changes) = kept {
            return Ok(changes.to_vec());
        }
        let changes = Arc::new(diff::read(connection, from, to).await?);
        self.diffs.lock().unwrap_or_else(PoisonError::into_inner).keep(from, to, &changes);
        Ok(changes.to_vec())
    }

    /// Follows main's log up to its head, and asks it something.
    async fn ask_log<T>(
        &self,
        connection: &mut Conn,
        ask: impl FnOnce(&Log) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut log = self.log.lock().await;
        let head = landing::head(connection).await?;
        log.follow(connection, &head).await?;
        ask(&log)
    }

    /// Main as it is, from `earlier` where that is at hand.
    async fn read_snapshot(
        &self,
        connection: &mut Conn,
        earlier: Option<&Arc<Snapshot>>,
    ) -> Result<Arc<Snapshot>, StoreError> {
        // The log is held while the head is read, so that it is never ahead of the snapshot.
        let mut log = self.log.lock().await;
        let commit = landing::head(connection).await?;
        if let Some(same) = earlier.filter(|earlier| earlier.commit == commit) {
            return Ok(same.clone());
        }
        log.follow(connection, &commit).await?;
        let last_change = log.last_change().clone();
        drop(log);
        let (desired, records) = match earlier {
            // It is refused where a newer program has changed the tables meanwhile, or the earlier commit is gone.
            Some(earlier) => match snapshot::advance(connection, earlier, &commit).await {
                Err(StoreError::Broken(_)) => snapshot::read(connection, &commit).await?,
                state => state?,
            },
            None => snapshot::read(connection, &commit).await?,
        };
        Ok(Arc::new(Snapshot { commit, desired, records, last_change }))
    }
}

/// Opens a connection, and makes the database where it is not there yet.
async fn open(pool: &Pool, address: &Address) -> Result<Conn, StoreError> {
    match pool.get_conn().await {
        Err(error) if error::code(&error) == Some(error::NO_DATABASE) => {
            let mut connection = Conn::new(address.options(false)).await?;
            connection.query_drop(format!("CREATE DATABASE IF NOT EXISTS `{}`", address.database())).await?;
            connection.disconnect().await?;
            Ok(pool.get_conn().await?)
        }
        other => Ok(other?),
    }
}

/// Gives up after `limit`: whether it happened is then not known.
async fn within<T>(limit: Duration, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    time::timeout(limit, call)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable(format!("no answer in {} seconds", limit.as_secs()))))
}

fn known(log: &Log, commit: &CommitHash) -> Result<(), StoreError> {
    if log.has(commit) { Ok(()) } else { Err(StoreError::NoSuchCommit(commit.to_string())) }
}

#[async_trait]
impl Store for DoltStore {
    async fn head(&self) -> Result<CommitHash, StoreError> {
        within(CALL, async { landing::head(&mut self.connection().await?).await }).await
    }

    async fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            // Held while it is read, so that many who ask at once read it once.
            let mut kept = self.snapshot.lock().await;
            let snapshot = self.read_snapshot(&mut connection, kept.as_ref()).await?;
            *kept = Some(snapshot.clone());
            Ok(snapshot)
        })
        .await
    }

    async fn resolve(&self, beginning: &CommitPrefix) -> Result<CommitHash, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            self.ask_log(&mut connection, |log| log.resolve(beginning)).await
        })
        .await
    }

    async fn moment(&self, moment: &Moment) -> Result<CommitEntry, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            let hash = self
                .ask_log(&mut connection, |log| match moment {
                    Moment::Commit(commit) => log.resolve(commit),
                    Moment::Time(time) => log.at(*time),
                })
                .await?;
            let found = history::entries(&mut connection, std::slice::from_ref(&hash)).await?;
            found.into_iter().next().ok_or_else(|| StoreError::NoSuchCommit(hash.to_string()))
        })
        .await
    }

    async fn desired_at(&self, commit: &CommitHash) -> Result<BTreeMap<DeploymentId, Desired>, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            self.ask_log(&mut connection, |log| known(log, commit)).await?;
            snapshot::desired(&mut connection, commit).await
        })
        .await
    }

    async fn land(&self, landing: Landing) -> Result<CommitHash, StoreError> {
        let edits = u32::try_from(landing.edits.len()).unwrap_or(u32::MAX);
        within(CALL.saturating_add(EDIT.saturating_mul(edits)), async {
            let _turn = self.turn.lock().await;
            let _lease = if landing.fence.is_some() { Some(self.lease.lock().await) } else { None };
            let landed = landing::land(&mut self.connection().await?, &landing).await;
            self.wrote();
            landed
        })
        .await
    }

    async fn snapshot_at(&self, commit: &CommitHash) -> Result<Snapshot, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            let last_change = self.ask_log(&mut connection, |log| log.last_change_at(commit)).await?;
            let then = then::Then::open(&mut connection, commit).await?;
            let (desired, records) = then.state(&mut connection).await?;
            Ok(Snapshot { commit: commit.clone(), desired, records, last_change })
        })
        .await
    }

    async fn incidents_at(&self, query: IncidentQuery, commit: &CommitHash) -> Result<Vec<Incident>, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            self.ask_log(&mut connection, |log| known(log, commit)).await?;
            let then = then::Then::open(&mut connection, commit).await?;
            then.incidents(&mut connection, &query).await
        })
        .await
    }

    async fn operation(&self, id: &OperationId) -> Result<Option<(Operation, CommitHash)>, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            let sql = operations::TABLE.select("", "WHERE id = ?");
            let Some(row) = connection.exec_first::<Row, _, _>(sql, (id.as_str(),)).await? else { return Ok(None) };
            let commit = self.ask_log(&mut connection, |log| Ok(log.operation(id).cloned())).await?;
            let commit =
                commit.ok_or_else(|| StoreError::Broken(format!("no commit wrote the operation {id} down")))?;
            Ok(Some((operations::read(row)?, commit)))
        })
        .await
    }

    async fn operations(&self, limit: usize) -> Result<Vec<(Operation, CommitHash)>, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            let written = self.ask_log(&mut connection, |log| Ok(log.last_operations(limit))).await?;
            operations::of(&mut connection, written).await
        })
        .await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<CommitEntry>, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            let page = |log: &Log| log.page(&query);
            let hashes = self.ask_log(&mut connection, page).await?;
            history::entries(&mut connection, &hashes).await
        })
        .await
    }

    async fn diff(&self, from: &CommitHash, to: &CommitHash) -> Result<Vec<CellChange>, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            self.ask_log(&mut connection, |log| known(log, from).and_then(|()| known(log, to))).await?;
            self.changes(&mut connection, from, to).await
        })
        .await
    }

    async fn client_certificates(&self) -> Result<Vec<ClientCertificate>, StoreError> {
        within(CALL, async {
            let sql = client_certificates::TABLE.select("", "ORDER BY serial");
            let rows: Vec<Row> = self.connection().await?.query(sql).await?;
            rows.into_iter().map(client_certificates::read).collect()
        })
        .await
    }

    async fn incidents(&self, query: IncidentQuery) -> Result<Vec<Incident>, StoreError> {
        within(CALL, async { incidents::read(&mut self.connection().await?, &query).await }).await
    }

    async fn incident_request(&self, id: &str) -> Result<Option<IncidentRequest>, StoreError> {
        within(CALL, async { incidents::request(&mut self.connection().await?, id).await }).await
    }

    fn standby_trouble(&self) -> Option<String> {
        cluster::trouble(&self.servers.seen())
    }

    async fn lease(
        &self,
        holder: &str,
        held: Option<Epoch>,
        above: Epoch,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        within(CALL, async {
            let _lease = self.lease.lock().await;
            let lease = lease::take(&mut self.connection().await?, holder, held, above, time).await;
            self.wrote();
            lease
        })
        .await
    }

    async fn release(&self, fence: &Fence) -> Result<(), StoreError> {
        within(CALL, async {
            let _lease = self.lease.lock().await;
            lease::release(&mut self.connection().await?, fence).await
        })
        .await
    }

    async fn intend(&self, intent: &Intent, fence: &Fence) -> Result<(), StoreError> {
        within(CALL, async {
            let _lease = self.lease.lock().await;
            let put = intents::put(&mut self.connection().await?, intent, fence).await;
            self.wrote();
            put
        })
        .await
    }

    async fn intents(&self) -> Result<Vec<Intent>, StoreError> {
        within(CALL, async { intents::all(&mut self.connection().await?).await }).await
    }
}

#[async_trait]
impl Pages for DoltStore {
    async fn unsettled(&self) -> Result<Vec<Delivery>, StoreError> {
        within(CALL, async { pages::unsettled(&mut self.connection().await?).await }).await
    }

    async fn about(&self, incidents: &[IncidentId]) -> Result<Vec<Delivery>, StoreError> {
        within(CALL, async { pages::about(&mut self.connection().await?, incidents).await }).await
    }

    async fn write_down(&self, written: &[Delivery], message: &str, fence: &Fence) -> Result<(), StoreError> {
        within(CALL, async {
            // Its turn only where it makes a commit: a try must not wait for a large landing.
            let ends = written.iter().any(|page| page.state.is_final());
            let _turn = if ends { Some(self.turn.lock().await) } else { None };
            let _lease = self.lease.lock().await;
            let done = pages::write_down(&mut self.connection().await?, written, message, fence).await;
            self.wrote();
            done
        })
        .await
    }
}

#[async_trait]
impl Daemons for DoltStore {
    async fn tell(&self, me: &Daemon) -> Result<Vec<Told>, StoreError> {
        within(CALL, async { daemons::tell(&mut self.connection().await?, me).await }).await
    }

    async fn leave(&self, name: &str) -> Result<(), StoreError> {
        within(CALL, async { daemons::leave(&mut self.connection().await?, name).await }).await
    }
}

#[async_trait]
impl Branches for DoltStore {
    async fn reviews(&self, at: &CommitHash) -> Result<Vec<Reviewed>, StoreError> {
        within(CALL, async { change_requests::read(&mut self.connection().await?, None, at).await }).await
    }

    async fn review(&self, name: &BranchName, at: &CommitHash) -> Result<Option<Reviewed>, StoreError> {
        let read = async { change_requests::read(&mut self.connection().await?, Some(name), at).await };
        Ok(within(CALL, read).await?.pop())
    }

    async fn branch(&self, request: &ChangeRequest) -> Result<Branch, StoreError> {
        within(CALL, async {
            let mut connection = self.connection().await?;
            let behind = self.ask_log(&mut connection, |log| log.since(&request.base)).await?;
            branches::read(&mut connection, request, behind).await
        })
        .await
    }

    async fn desired_on(&self, commit: &CommitHash) -> Result<BTreeMap<DeploymentId, Desired>, StoreError> {
        within(CALL, async { snapshot::desired(&mut self.connection().await?, commit).await }).await
    }

    async fn differs(&self, from: &CommitHash, to: &CommitHash) -> Result<Vec<CellChange>, StoreError> {
        within(CALL, async { self.changes(&mut self.connection().await?, from, to).await }).await
    }

    async fn land_on(
        &self,
        request: &ChangeRequest,
        landing: Landing,
        operation: &OperationId,
    ) -> Result<CommitHash, StoreError> {
        let edits = u32::try_from(landing.edits.len()).unwrap_or(u32::MAX);
        within(CALL.saturating_add(EDIT.saturating_mul(edits)), async {
            // In turn with landings on main: one of those may be this branch's merge.
            let _turn = self.turn.lock().await;
            let mut main = self.connection().await?;
            let landed = branches::land(
                &mut main,
                self.servers.address().unwrap_or(&self.address),
                request,
                &landing,
                operation,
            )
            .await;
            self.wrote();
            landed
        })
        .await
    }
}
