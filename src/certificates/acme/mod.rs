//! Certificates of a public authority, by ACME (RFC 8555) with challenges in the DNS.
//!
//! Guarantees
//! - The authority's limits are asked before the authority: an order that would pass one is not made.
//! - Few orders at a time; one that finds no place says so at once, and keeps no one waiting.
//! - The challenge's record is gone after each order, signed or not.
//!
//! Not here: which certificate is due (`reconcile::renewal`), keeping what was signed (`reconcile::certificates`), and
//! trying a refused order again: the authority's limits are of hours and days.

mod account;
mod ledger;
mod limits;
mod order;
mod renewal_info;
mod words;

use super::{
    Chain,
    public::{Challenges, Order, OrderError, PublicAuthority, Renewal},
};
use crate::{
    env::Env,
    model::Suggested,
    secrets::{SecretError, Secrets},
};
use account::Keeper;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use ledger::Ledger;
use limits::Outcome;
use order::{Failed, Kind};
use renewal_info::Windows;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time};

/// Orders at once: fewer than the reconciler has hands, so that a slow authority never ties all of them.
const AT_ONCE: usize = 8;

/// One that found no place asks again after this; an order takes some seconds.
const NO_PLACE: SignedDuration = SignedDuration::from_secs(5);

/// Whole orders are made again when something broke in their middle: with nonces refused now and then 1 in 20 fails after
/// the client's own tries of a call (seen with Pebble), and of three none did.
const TRIES: u32 = 3;

/// Before an order is made again; an authority that stumbles is mostly up within a second.
const PAUSE: Duration = Duration::from_secs(1);

/// How an authority is reached, and what it allows.
#[derive(Clone, Debug)]
pub struct AcmeOptions {
    /// The directory's URL.
    pub directory: String,
    /// `mailto:ops@example.com`.
    pub contact: Option<String>,
    /// One of the authority's profiles; none: its default.
    pub profile: Option<String>,
    /// PEM of the CA that the directory itself is known by; none: the public ones.
    pub root: Option<PathBuf>,
    /// New certificates that the authority allows for the domain in 7 days.
    pub certificates_per_week: u32,
}

/// An authority, by ACME.
pub struct Acme {
    options: AcmeOptions,
    env: Arc<dyn Env>,
    challenges: Arc<dyn Challenges>,
    account: Keeper,
    ledger: Ledger,
    windows: Windows,
    places: Semaphore,
}

impl Acme {
    /// Asks nothing of the authority yet: a control plane starts without it.
    pub fn new(
        options: AcmeOptions,
        secrets: Arc<dyn Secrets>,
        env: Arc<dyn Env>,
        challenges: Arc<dyn Challenges>,
    ) -> Self {
        let orders = format!("acme/orders-{}", account::directory_word(&options.directory));
        Self {
            account: Keeper::new(&options, secrets.clone()),
            ledger: Ledger::new(secrets, env.clone(), orders),
            windows: Windows::default(),
            places: Semaphore::new(AT_ONCE),
            options,
            env,
            challenges,
        }
    }

    /// One order from the beginning to its end, with what the ledger must know of it.
    async fn attempt(&self, order: &Order) -> Result<Chain, Failed> {
        let per_week = self.options.certificates_per_week;
        let account = self.account.get().await?;
        let written = match self.ledger.begin(order.names.clone(), order.renewal, per_week).await? {
            Ok(written) => written,
            Err(wait) => return Err(Failed::limit(wait.until, wait.why)),
        };
        let result = order::one(&account, self.options.profile.as_deref(), order, self.challenges.as_ref()).await;
        let outcome = match &result {
            Ok(_) => Outcome::Issued,
            Err(failed) if failed.kind == Kind::NotAuthorized => Outcome::NotAuthorized,
            Err(_) => Outcome::Failed,
        };
        if let Err(error) = self.ledger.end(&written, outcome).await {
            // It counts as the worse of both; a certificate that was signed is not thrown away for that.
            tracing::warn!(%error, "the end of an order could not be written down");
        }
        result
    }
}

#[async_trait]
impl PublicAuthority for Acme {
    async fn order(&self, order: &Order) -> Result<Chain, OrderError> {
        let Ok(_place) = self.places.try_acquire() else {
            let why = format!("{AT_ONCE} other orders are under way");
            return Err(OrderError::NotBefore { until: self.env.now() + NO_PLACE, why });
        };
        let mut order = order.clone();
        let mut tried = 1;
        loop {
            match self.attempt(&order).await {
                Ok(chain) => return Ok(chain),
                // It was replaced already, by an order whose answer was lost, or this authority does not know it, as after
                // a change of directories: this one is a new one, within the limits.
                Err(failed) if matches!(failed.kind, Kind::Replaced | Kind::Refused) && order.replaces.is_some() => {
                    (order.replaces, order.renewal) = (None, Renewal::New);
                }
                Err(failed) if failed.kind == Kind::Passing && tried < TRIES => {
                    tracing::info!(error = failed.what, "an order broke off; it is made again");
                    time::sleep(PAUSE).await;
                }
                Err(failed) => {
                    if failed.kind == Kind::Account {
                        self.account.forget().await;
                    }
                    return Err(failed.into_error(self.env.now()));
                }
            }
            tried += 1;
        }
    }

    async fn hindrance(&self, names: &[String]) -> Option<OrderError> {
        match self.ledger.hindrance(names, self.options.certificates_per_week).await {
            Ok(wait) => wait.map(|wait| OrderError::NotBefore { until: wait.until, why: wait.why }),
            Err(error) => Some(error.into()),
        }
    }

    async fn renewal(&self, chain: &Chain) -> Result<Option<Suggested>, OrderError> {
        let now = self.env.now();
        if let Some(known) = self.windows.fresh(chain, now) {
            return Ok(known);
        }
        let account = self.account.get().await.map_err(|failed| failed.into_error(now))?;
        self.windows.ask(&account, chain, now).await.map_err(|failed| failed.into_error(now))
    }
}

impl From<SecretError> for Failed {
    fn from(error: SecretError) -> Self {
        Failed { kind: Kind::Secret, what: error.to_string(), until: None }
    }
}

/// The authority's word for a time that it does not name: its shortest limit is of an hour.
const UNTOLD: SignedDuration = SignedDuration::from_hours(1);

impl Failed {
    fn limit(until: Timestamp, why: String) -> Self {
        Failed { kind: Kind::Limit, what: why, until: Some(until) }
    }

    fn into_error(self, now: Timestamp) -> OrderError {
        match self.kind {
            Kind::Limit => OrderError::NotBefore { until: self.until.unwrap_or(now + UNTOLD), why: self.what },
            Kind::Passing | Kind::Secret => OrderError::Later(self.what),
            Kind::Refused | Kind::NotAuthorized | Kind::Replaced | Kind::Account => OrderError::Refused(self.what),
        }
    }
}
