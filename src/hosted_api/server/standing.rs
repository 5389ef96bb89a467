//! What a daemon that stands by answers.
//!
//! Guarantees
//! - It shows what it shows truly: the store, the cloud and the agents are looked at as by the one that acts.
//! - Whatever changes something is refused, with who acts and where that one is reached.
//! - A certificate that is taken back there ends its calls here too.
//!
//! Why refused and not forwarded: a change is answered under the caller's own name and role, which the transport proves
//! (see `access`). A daemon that passed it on would have to be believed about whom it speaks for; whoever holds the key of
//! one standby could then act as anybody. Consoles and commands that know several addresses go to the one that acts by
//! themselves.

use super::Server;
use crate::{
    hosted_api::{
        convert,
        problem::{Kind, Problem},
    },
    reconcile::peers::{self, Acting},
};
use doltops_proto::hosted_api::Daemon;

impl Server {
    /// Who acts while this daemon stands by.
    pub(super) fn acting(&self) -> Option<Acting> {
        self.peers.as_ref()?.acting()
    }

    /// Refuses while this daemon stands by.
    ///
    /// # Errors
    /// Who acts, and where to ask.
    pub(super) fn acts_here(&self) -> Result<(), Problem> {
        let Some(acting) = self.acting() else { return Ok(()) };
        let next = match acting.address.as_str() {
            "" => "ask there, or wait until this one takes over: doltops status".to_owned(),
            address => format!("ask there: doltops --connect {address}"),
        };
        Err(Problem::new(Kind::Refused, format!("this daemon stands by: {} acts", acting.name)).next(next))
    }

    /// Ends calls of certificates that another daemon takes back; returns when the manager ends.
    pub async fn follow_revocations(self) {
        let mut fleet = self.manager.fleet();
        let mut read_at = None;
        while fleet.changed().await.is_ok() {
            // Each revocation is a commit.
            let commit = fleet.borrow_and_update().commit.clone();
            if commit == read_at {
                continue;
            }
            // Where it cannot be read, the next change of the fleet asks again: it changes as the store comes back.
            if let Ok(known) = self.manager.executor.store.client_certificates().await {
                read_at = commit;
                let revoked = known.into_iter().filter(|certificate| certificate.revoked.is_some());
                self.revocations.add(revoked.map(|certificate| certificate.serial));
            }
        }
    }

    /// The daemons of the store, as they are told.
    pub(super) fn daemons(&self) -> Vec<Daemon> {
        let Some(peers) = &self.peers else { return Vec::new() };
        let acts = self.acting().map(|acting| acting.name);
        let leads = self.manager.executor.lease.fence().is_some();
        let told = |told: &crate::store::daemons::Told| {
            let daemon = told.daemon.clone();
            let here = daemon.name == peers.me();
            let is_acting = if here { leads } else { acts.as_ref() == Some(&daemon.name) };
            Daemon {
                here,
                state: peers::state(told, is_acting).to_owned(),
                seen_ms: convert::ms(told.seen),
                name: daemon.name,
                host: daemon.host,
                process: daemon.process,
                address: daemon.address,
            }
        };
        peers.all().iter().map(told).collect()
    }
}
