//! The daemons of one shared store, as this one knows them: who acts, and where people find whom.
//!
//! Guarantees: nothing is decided by it. Who acts is the lease's to say ([`super::lease`]); what a daemon tells of itself
//! is for people, and for the text of a refusal.

use super::lease::LeaseKeeper;
use crate::store::daemons::{Daemon, Daemons, Told};
use jiff::SignedDuration;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time;

/// Each daemon tells of itself this often: one row, in no commit.
const EVERY: Duration = Duration::from_secs(5);

/// One that has said nothing for so long is away: it has missed three turns.
const AWAY: SignedDuration = SignedDuration::from_secs(20);

/// Who acts in the place of this daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// As in the lease.
    pub name: String,
    /// Where it listens; empty where that is not known.
    pub address: String,
}

impl fmt::Display for Acting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.address.is_empty() { Ok(()) } else { write!(f, " ({})", self.address) }
    }
}

/// This daemon among the others.
pub struct Peers {
    me: Daemon,
    store: Arc<dyn Daemons>,
    lease: Arc<LeaseKeeper>,
    all: Mutex<Arc<Vec<Told>>>,
}

impl Peers {
    /// `me` among those of `store`; nothing is told before [`Peers::run`].
    pub fn new(me: Daemon, store: Arc<dyn Daemons>, lease: Arc<LeaseKeeper>) -> Arc<Self> {
        Arc::new(Self { me, store, lease, all: Mutex::default() })
    }

    /// Tells of this daemon, and hears of the others, until it is dropped.
    pub async fn run(self: Arc<Self>) {
        loop {
            match self.store.tell(&self.me).await {
                Ok(all) => *self.all.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(all),
                // What ails the store is told by those who need it.
                Err(error) => tracing::debug!(%error, "the other daemons are not known"),
            }
            time::sleep(EVERY).await;
        }
    }

    /// It ends: nobody is to look for it here.
    pub async fn leave(&self) {
        if let Err(error) = self.store.leave(&self.me.name).await {
            tracing::debug!(%error, "the row of this daemon stays until it is forgotten");
        }
    }

    /// Everyone, as of the last turn; whether each is this one, acts, or is away.
    pub fn all(&self) -> Arc<Vec<Told>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The name of this one.
    pub fn me(&self) -> &str {
        &self.me.name
    }

    /// Who acts in the place of this one; none while this one does.
    pub fn acting(&self) -> Option<Acting> {
        let name = self.lease.other()?;
        let all = self.all();
        let found = all.iter().find(|told| told.daemon.name == name);
        let address = found.map(|told| told.daemon.address.clone()).unwrap_or_default();
        Some(Acting { name, address })
    }
}

/// acting, standing by, or away.
pub fn state(told: &Told, acts: bool) -> &'static str {
    match () {
        () if told.silent > AWAY => "away",
        () if acts => "acting",
        () => "standing by",
    }
}
