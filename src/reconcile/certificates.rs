//! Certificates of a public authority: ordered, kept, and what is known of them.
//!
//! Guarantees
//! - A chain is kept before anybody is told of it: a crash between the order and the deploy costs no second order, because
//!   the order first looks whether the kept chain fits the key that the agent still waits with.
//! - The chain before it is kept too, so that a client's trust does not end while the new one waits for its window.
//! - After a refusal the authority is left alone for ever longer; a change of the deployment asks anew.
//!
//! Caveats: refusals and the authority's wishes stand in memory only. After a restart they are asked for again; the
//! authority's limits are kept by `certificates::acme`.

use super::executor::StepError;
use crate::{
    certificates::{
        Chain,
        public::{Order, OrderError, PublicAuthority, Renewal},
    },
    env::Env,
    model::{DeploymentId, Generation, Incarnation, Issued, Observed, OrderFailure, Ordering, Record, Suggested},
    secrets::{Secret, SecretError, Secrets},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// After the first refusal: what people put right takes them minutes, and five failures an hour are all that Let's Encrypt
/// bears.
const FIRST_REFUSAL: SignedDuration = SignedDuration::from_mins(15);
/// And no refusal is left alone for longer: whoever sees to it on the next day finds it done.
const LONGEST_REFUSAL: SignedDuration = SignedDuration::from_hours(12);

/// An authority that does not answer, or stumbles: its outages are of minutes, seldom of hours.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// And no outage is waited out for longer than this.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// What is kept of a deployment's certificates.
pub struct Certificates {
    authority: Option<Arc<dyn PublicAuthority>>,
    secrets: Arc<dyn Secrets>,
    env: Arc<dyn Env>,
    known: Mutex<BTreeMap<DeploymentId, Known>>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    issued: Option<Issued>,
    suggested: Option<Suggested>,
    failure: Option<Failure>,
}

#[derive(Clone, Debug)]
struct Failure {
    told: OrderFailure,
    /// A later one asks anew; none: a limit, which no change of the deployment lifts.
    generation: Option<Generation>,
}

impl Certificates {
    /// `authority`: none where no public one can be asked.
    pub fn new(authority: Option<Arc<dyn PublicAuthority>>, secrets: Arc<dyn Secrets>, env: Arc<dyn Env>) -> Self {
        Self { authority, secrets, env, known: Mutex::default() }
    }

    /// Adds what is known here to what was seen of a deployment.
    pub fn add_to(&self, observed: &mut Observed, record: &Record) {
        let Some(known) = self.lock().get(&record.id).cloned() else { return };
        observed.issued = known.issued;
        let current = |failure: &Failure| failure.generation.is_none_or(|generation| generation >= record.generation);
        let failure = known.failure.filter(current).map(|failure| failure.told);
        observed.ordering = Ordering { suggested: known.suggested, failure };
    }

    /// Has a certificate signed for the agent's `request`, unless one that fits is kept already. `serves`: the serial of
    /// the one that the database has now.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn order(
        &self,
        record: &Record,
        incarnation: Incarnation,
        request: Vec<u8>,
        names: Vec<String>,
        serves: Option<&str>,
    ) -> Result<(), StepError> {
        let kept = self.kept(&record.id).await?;
        if let Some(chain) = kept.as_ref().filter(|chain| chain.fits(&request, &names, self.env.now())) {
            self.now_issued(record, incarnation, chain);
            return Ok(());
        }
        let authority = self.authority.as_ref().ok_or_else(no_authority)?;
        // Also one whose key went with its instance: it is of no use to anybody any more.
        let replaces = kept.clone().filter(|chain| chain.names == names);
        let due = |chain: &Chain| serves == Some(chain.serial.as_str()) || chain.is_old(self.env.now());
        let renewal = match &replaces {
            None => Renewal::New,
            Some(chain) if due(chain) => Renewal::Due,
            Some(_) => Renewal::Early,
        };
        match authority.order(&Order { names, request, replaces, renewal }).await {
            Ok(chain) => {
                // What is served stays known, also where an earlier order for it was of no use.
                if let Some(before) = kept.filter(|kept| serves.is_none_or(|serves| serves == kept.serial)) {
                    self.keep(&before_name(&record.id), &before).await?;
                }
                self.keep(&name(&record.id), &chain).await?;
                self.now_issued(record, incarnation, &chain);
                Ok(())
            }
            Err(error) => {
                self.failed(record, &error);
                Err(error.into())
            }
        }
    }

    /// Why a first certificate for `names` could not be ordered now, as far as is known; none: nothing stands in the way.
    pub async fn hindrance(&self, names: &[String]) -> Option<String> {
        match &self.authority {
            Some(authority) => authority.hindrance(names).await.map(|error| error.to_string()),
            None => Some(no_authority().to_string()),
        }
    }

    /// The kept chain for the agent's `request`, to be deployed.
    ///
    /// # Errors
    /// When it does not fit any more: it has to be ordered again.
    pub async fn fitting(&self, record: &Record, request: &[u8], names: &[String]) -> Result<Chain, StepError> {
        let kept = self.kept(&record.id).await?.filter(|chain| chain.fits(request, names, self.env.now()));
        if kept.is_none() {
            self.lock().entry(record.id.clone()).or_default().issued = None;
        }
        kept.ok_or(StepError::Gone("certificate for its agent's key"))
    }

    /// Asks the authority when it wants the certificate renewed that is served. Gives whether that is news.
    ///
    /// Of what is signed and not served yet it has no wish, and what it said of the one before was lost with the process
    /// that ordered: so it is asked again.
    pub async fn ask_wish(&self, record: &Record) -> bool {
        let Some(authority) = &self.authority else { return false };
        let suggested = match self.served(record).await {
            Ok(Some(chain)) => match authority.renewal(&chain).await {
                Ok(suggested) => suggested,
                Err(error) => {
                    tracing::info!(deployment = %record.id, %error, "the authority's wish for a renewal is not known");
                    return false;
                }
            },
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(deployment = %record.id, %error, "the kept certificate cannot be read");
                return false;
            }
        };
        let mut all = self.lock();
        let known = all.entry(record.id.clone()).or_default();
        // It waits to be deployed already.
        if known.issued.as_ref().is_some_and(|issued| issued.serial != record.certificate_serial) {
            return false;
        }
        std::mem::replace(&mut known.suggested, suggested) != suggested
    }

    /// The chain that stands in the record: the last that was signed, or the one before.
    async fn served(&self, record: &Record) -> Result<Option<Chain>, SecretError> {
        for name in [name(&record.id), before_name(&record.id)] {
            let chain = self.read(&name).await?;
            if chain.as_ref().is_some_and(|chain| chain.serial == record.certificate_serial) {
                return Ok(chain);
            }
        }
        Ok(None)
    }

    /// PEM of whom a client trusts that connects to a deployment with a public certificate: the top of what was signed last
    /// and of what was signed before, because one of both is served. None: nothing was signed yet.
    ///
    /// # Errors
    /// The secrets' own.
    pub async fn trusted(&self, deployment: &DeploymentId) -> Result<Option<String>, SecretError> {
        let mut tops: Vec<String> = Vec::new();
        for name in [name(deployment), before_name(deployment)] {
            tops.extend(self.read(&name).await?.map(|chain| chain.top_pem()));
        }
        tops.dedup();
        Ok((!tops.is_empty()).then(|| tops.concat()))
    }

    /// Removes what is kept of a deployment's certificates.
    ///
    /// # Errors
    /// The secrets' own.
    pub async fn forget(&self, deployment: &DeploymentId) -> Result<(), SecretError> {
        for name in [name(deployment), before_name(deployment)] {
            self.secrets.remove(&name).await?;
        }
        self.lock().remove(deployment);
        Ok(())
    }

    /// Forgets deployments that are gone.
    pub fn retain(&self, keep: impl Fn(&DeploymentId) -> bool) {
        self.lock().retain(|id, _| keep(id));
    }

    fn now_issued(&self, record: &Record, incarnation: Incarnation, chain: &Chain) {
        let issued = Issued {
            incarnation,
            serial: chain.serial.clone(),
            names: chain.names.clone(),
            not_before: chain.not_before,
            not_after: chain.not_after,
        };
        // The wish was for the one before.
        let known = Known { issued: Some(issued), suggested: None, failure: None };
        self.lock().insert(record.id.clone(), known);
    }

    fn failed(&self, record: &Record, error: &OrderError) {
        let now = self.env.now();
        let mut all = self.lock();
        let known = all.entry(record.id.clone()).or_default();
        let (times, since) =
            known.failure.as_ref().map_or((1, now), |f| (f.told.times.saturating_add(1), f.told.since));
        let (generation, again) = match error {
            OrderError::NotBefore { until, .. } => (None, *until),
            OrderError::Refused(_) => (Some(record.generation), later(now, FIRST_REFUSAL, LONGEST_REFUSAL, times)),
            OrderError::Later(_) | OrderError::Secret(_) => {
                (Some(record.generation), later(now, FIRST_PAUSE, LONGEST_PAUSE, times))
            }
        };
        let told = OrderFailure { error: error.to_string(), times, since, again };
        known.failure = Some(Failure { told, generation });
    }

    async fn kept(&self, deployment: &DeploymentId) -> Result<Option<Chain>, SecretError> {
        self.read(&name(deployment)).await
    }

    /// What cannot be read is as good as none: it is ordered again.
    async fn read(&self, name: &str) -> Result<Option<Chain>, SecretError> {
        Ok(self.secrets.get(name).await?.and_then(|pem| Chain::read(pem.reveal()).ok()))
    }

    async fn keep(&self, name: &str, chain: &Chain) -> Result<(), SecretError> {
        self.secrets.put(name, &Secret::new(chain.pem())).await
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<DeploymentId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(now: Timestamp, first: SignedDuration, longest: SignedDuration, times: u32) -> Timestamp {
    let doubled = 2i32.saturating_pow(times.saturating_sub(1).min(16));
    now.saturating_add(first.saturating_mul(doubled).min(longest)).unwrap_or(Timestamp::MAX)
}

fn no_authority() -> OrderError {
    let what = "this control plane has no public certificate authority: see [acme] in doltops.toml, or use self-signed";
    OrderError::Refused(what.to_owned())
}

/// No secret, but what outlives the machine of the control plane is kept among them.
fn name(deployment: &DeploymentId) -> String {
    format!("deployments/{deployment}/certificate")
}

fn before_name(deployment: &DeploymentId) -> String {
    format!("deployments/{deployment}/certificate-before")
}

#[cfg(test)]
mod tests;
