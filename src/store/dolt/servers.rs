//! The servers of a store: the one that is written to, found by asking.
//!
//! Guarantees
//! - Of one server nothing is asked: it is the store, whatever it is to a cluster.
//! - Of several, a connection is to the one that [`cluster::choose`] names; it is looked for when a connection fails, and
//!   all are asked every [`EVERY`], so that a promotion is followed also where the old one goes on answering.
//! - The highest epoch of roles that was ever seen outlives this process, in a file.

use super::{
    Address,
    cluster::{self, Role, Seen},
};
use crate::store::StoreError;
use futures::future::join_all;
use mysql_async::{Conn, Pool};
use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Arc, Mutex as Slot, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Mutex, task::JoinHandle, time};

/// The servers are asked this often what they are: three reads of a millisecond each.
const EVERY: Duration = Duration::from_secs(1);

/// A server that has not said what it is by then is away.
const LIMIT: Duration = Duration::from_secs(2);

/// One of them.
#[derive(Debug)]
struct Server {
    address: Address,
    /// To the store's database.
    pool: Pool,
    /// To no database: a standby may not have it yet.
    questions: Pool,
}

impl Server {
    fn new(address: Address) -> Self {
        let (pool, questions) = (Pool::new(address.options(true)), Pool::new(address.options(false)));
        Self { address, pool, questions }
    }

    async fn ask(&self) -> Seen {
        let asked = time::timeout(LIMIT, async {
            let mut connection = self.questions.get_conn().await?;
            cluster::ask(&mut connection, self.address.database()).await
        });
        let said = match asked.await {
            Ok(said) => said.map_err(cluster::why),
            Err(_) => Err(format!("no answer in {} seconds", LIMIT.as_secs())),
        };
        Seen { at: self.address.place(), said }
    }
}

/// Which of them is written to.
#[derive(Debug, Default)]
struct Chosen {
    at: Option<usize>,
    /// The highest epoch that was ever seen.
    known: u64,
}

/// All of them.
#[derive(Debug)]
pub struct Servers {
    all: Vec<Server>,
    chosen: Slot<Chosen>,
    /// What the last look found; also whose turn it is to look: many calls fail at once, and one look serves them all.
    found: Mutex<Result<usize, String>>,
    /// How many looks there were.
    looks: AtomicU64,
    /// Where `known` is kept; none: only in memory.
    remembers: Option<PathBuf>,
    seen: Slot<Arc<Vec<Seen>>>,
}

/// Asks as long as it lives.
#[derive(Debug)]
pub struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Servers {
    /// These; nothing is asked yet.
    pub fn new(addresses: Vec<Address>, remembers: Option<PathBuf>) -> Arc<Self> {
        let known = remembers.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let known = known.and_then(|text| text.trim().parse().ok()).unwrap_or_default();
        // There is nothing to choose among one.
        let at = (addresses.len() == 1).then_some(0);
        Arc::new(Self {
            all: addresses.into_iter().map(Server::new).collect(),
            chosen: Slot::new(Chosen { at, known }),
            found: Mutex::new(Err("they were not asked yet".to_owned())),
            looks: AtomicU64::new(0),
            remembers,
            seen: Slot::default(),
        })
    }

    /// Asks them again and again, where there are several.
    pub fn watch(self: &Arc<Self>) -> Option<Watch> {
        let servers = Arc::clone(self);
        let asking = async move {
            loop {
                time::sleep(EVERY).await;
                let _ = servers.look().await;
            }
        };
        (self.all.len() > 1).then(|| Watch(tokio::spawn(asking)))
    }

    /// How they stood when they were last asked; empty: there is one only, or they were not asked yet.
    pub fn seen(&self) -> Arc<Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A connection to the one that is written to.
    pub async fn connection(&self) -> Result<Conn, StoreError> {
        let Some(server) = self.chosen().and_then(|at| self.all.get(at)) else {
            return Ok(self.look().await?.pool.get_conn().await?);
        };
        match server.pool.get_conn().await {
            Ok(connection) => Ok(connection),
            Err(error) if self.all.len() == 1 => Err(error.into()),
            Err(error) => match self.look().await {
                // It was another by then, or is now.
                Ok(other) if other.address.place() != server.address.place() => Ok(other.pool.get_conn().await?),
                Ok(_) => Err(error.into()),
                Err(why) => Err(why),
            },
        }
    }

    /// The pool of the one that is written to.
    pub async fn pool(&self) -> Result<Pool, StoreError> {
        match self.chosen().and_then(|at| self.all.get(at)) {
            Some(server) => Ok(server.pool.clone()),
            None => Ok(self.look().await?.pool.clone()),
        }
    }

    /// The address of the one that is written to; of the first, where that is not known.
    pub fn address(&self) -> Option<&Address> {
        self.all.get(self.chosen().unwrap_or_default()).map(|server| &server.address)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        for server in &self.all {
            // What is left to fail is the farewell to a server that has gone first.
            let _ = server.pool.clone().disconnect().await;
            let _ = server.questions.clone().disconnect().await;
        }
    }

    fn chosen(&self) -> Option<usize> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner).at
    }

    /// Asks all, and chooses anew. Whoever waited while others looked takes what they found.
    async fn look(&self) -> Result<&Server, StoreError> {
        let before = self.looks.load(Ordering::Acquire);
        let mut found = self.found.lock().await;
        if self.looks.load(Ordering::Acquire) == before {
            let all = join_all(self.all.iter().map(Server::ask)).await;
            *found = self.choose(&all);
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
            self.looks.fetch_add(1, Ordering::Release);
        }
        let at = found.clone().map_err(StoreError::Unavailable)?;
        self.all.get(at).ok_or_else(|| StoreError::Unavailable("there is no such server".to_owned()))
    }

    fn choose(&self, all: &[Seen]) -> Result<usize, String> {
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        let found = cluster::choose(all, chosen.known);
        let before = chosen.at;
        match &found {
            Ok(at) => chosen.at = Some(*at),
            // One that says nothing for a moment is what it was; one that says that it is no primary is none.
            Err(_) if before.and_then(|at| all.get(at)).is_some_and(|seen| seen.said.is_err()) => {}
            Err(_) => chosen.at = None,
        }
        let said = all.iter().filter_map(|seen| seen.said.as_ref().ok());
        let highest = said.filter(|it| it.role != Role::Alone).map(|it| it.epoch).max().unwrap_or_default();
        if highest > chosen.known {
            chosen.known = highest;
            self.remember(highest);
        }
        if before != chosen.at {
            match &found {
                Ok(_) => tracing::info!("the store is written to: {}", cluster::listed(all)),
                Err(why) => tracing::warn!("the store is not written to: {why}"),
            }
        }
        found
    }

    /// In a file of its own, whole or not at all. Where it cannot be written, memory has to do.
    fn remember(&self, epoch: u64) {
        let Some(path) = &self.remembers else { return };
        let write = || -> io::Result<()> {
            let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
            let file = tempfile::NamedTempFile::new_in(folder)?;
            fs::write(file.path(), epoch.to_string())?;
            file.as_file().sync_all()?;
            file.persist(path).map(drop).map_err(|error| error.error)
        };
        if let Err(error) = write() {
            tracing::warn!(%error, path = %path.display(), "the epoch of the store's roles is not kept");
        }
    }
}
