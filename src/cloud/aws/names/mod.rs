//! Host names in the hosted zone: an A record, and beside it a TXT record that says whose it is.
//!
//! Guarantees
//! - No record is touched that has no ownership record of ours beside it (see `records`).
//! - Changes that are asked for within a moment are one call; what Route 53 refuses in company is tried alone, so that
//!   one name costs the others nothing.
//! - The zone is read whole at most once in [`KEPT`]; what was changed from here is known at once. Before a change the
//!   names that it is about are read anew.
//!
//! Not here: waiting until resolvers have forgotten the old address. Only challenges wait, until every name server has
//! them.

mod owner;
mod read;
mod records;

use self::records::{Sets, Wish};
use super::{
    batch::Batch,
    calls::{Call, Calls},
    errors::{Fault, Verdict},
};
use crate::{
    cloud::CloudError,
    env::Env,
    model::{DeploymentId, NameRecord},
};
use aws_sdk_route53::{
    Client,
    types::{Change, ChangeBatch, ChangeStatus},
};
use futures::future::join_all;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time};

/// A page of 300 records is a call, and Route 53 allows five calls a second: a zone of 3,000 must not take them all.
const KEPT: Duration = Duration::from_secs(60);

/// While Route 53 does not answer, an older reading serves, so that instances and volumes are still looked at.
const STALEST: Duration = Duration::from_secs(10 * 60);

/// Route 53's name servers agree within a minute, as its pages say.
const IN_SYNC: Duration = Duration::from_secs(120);

/// Between two questions whether they do.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What the zone is reached with.
pub struct Zone {
    inner: Arc<Inner>,
    changes: Batch<Wish, Option<String>>,
    /// Whether a change is known to every name server.
    synced: Batch<String, bool>,
}

/// Which zone, and whose records in it.
pub struct ZoneOptions {
    /// Its id, `Z…`.
    pub id: String,
    /// Deployments are NAME.domain.
    pub domain: String,
    /// Seconds for which resolvers may keep a record.
    pub ttl: u32,
    /// Whose.
    pub control_plane: String,
}

struct Inner {
    route53: Client,
    calls: Arc<Calls>,
    env: Arc<dyn Env>,
    options: ZoneOptions,
    /// The zone as it was last read, with what was changed from here since. Held while it is read and changed.
    seen: Mutex<Option<(Sets, Duration)>>,
}

impl Zone {
    /// Nothing is asked yet.
    pub fn new(route53: Client, calls: Arc<Calls>, env: Arc<dyn Env>, options: ZoneOptions) -> Self {
        let inner = Arc::new(Inner { route53, calls, env, options, seen: Mutex::default() });
        let (changer, asker) = (Arc::clone(&inner), Arc::clone(&inner));
        Self {
            changes: Batch::new(move |wishes: Vec<Wish>| {
                let inner = Arc::clone(&changer);
                async move { inner.carry_out(wishes).await }
            }),
            synced: Batch::new(move |ids: Vec<String>| {
                let inner = Arc::clone(&asker);
                async move { inner.synced(ids).await }
            }),
            inner,
        }
    }

    /// Host names under the domain.
    pub async fn names(&self) -> Result<Vec<NameRecord>, CloudError> {
        let inner = &self.inner;
        let mut seen = inner.seen.lock().await;
        let now = inner.env.elapsed();
        let age = seen.as_ref().map(|(_, at)| now.saturating_sub(*at));
        if age.is_none_or(|age| age >= KEPT) {
            match inner.whole().await {
                Ok(sets) => *seen = Some((sets, now)),
                Err(fault) if age.is_some_and(|age| age < STALEST) => {
                    tracing::warn!(error = %CloudError::from(fault), "the hosted zone cannot be read; what was read before serves");
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        let sets =
            seen.as_ref().map(|(sets, _)| records::told(sets, &inner.options.domain, &inner.options.control_plane));
        Ok(sets.unwrap_or_default())
    }

    /// Leads `name` to `to`.
    pub async fn publish(&self, name: &str, to: IpAddr, deployment: &DeploymentId) -> Result<(), CloudError> {
        let (name, ttl) = (self.inner.below(name)?, self.inner.options.ttl);
        if to.is_unspecified() {
            return Err(CloudError::Later(format!("there is no address yet that {name} could lead to")));
        }
        self.changes.ask(Wish::Publish { name, to, ttl, deployment: deployment.clone() }).await.map(drop)
    }

    /// Puts our ownership record beside `name`, which leads to `to`.
    pub async fn mark(&self, name: &str, to: IpAddr, deployment: &DeploymentId) -> Result<(), CloudError> {
        let (name, ttl) = (self.inner.below(name)?, self.inner.options.ttl);
        self.changes.ask(Wish::Mark { name, to, ttl, deployment: deployment.clone() }).await.map(drop)
    }

    /// Takes `name` away where it is the deployment's.
    pub async fn withdraw(&self, name: &str, deployment: &DeploymentId) -> Result<(), CloudError> {
        let name = self.inner.below(name)?;
        self.changes.ask(Wish::Withdraw { name, deployment: deployment.clone() }).await.map(drop)
    }

    /// Makes the text records of `name` these, and waits until every name server says so. Nobody waits for their end.
    pub async fn challenge(&self, name: &str, values: &[String]) -> Result<(), CloudError> {
        let name = self.inner.below(name)?;
        if !name.starts_with("_acme-challenge.") {
            return Err(CloudError::Refused(format!(
                "{name} is no name of a challenge: those begin with _acme-challenge."
            )));
        }
        let change = self.changes.ask(Wish::Challenge { name: name.clone(), values: values.to_vec() }).await?;
        let (Some(change), false) = (change, values.is_empty()) else { return Ok(()) };
        let agree = async {
            while !self.synced.ask(change.clone()).await? {
                time::sleep(ASK_AGAIN).await;
            }
            Ok(())
        };
        let late = || CloudError::Later(format!("Route 53's name servers do not agree on {name} yet"));
        time::timeout(IN_SYNC, agree).await.unwrap_or_else(|_| Err(late()))
    }
}

impl Inner {
    /// The plain name, which must be below the domain: nothing else in the zone is ours.
    fn below(&self, name: &str) -> Result<String, CloudError> {
        let (name, domain) = (records::plain(name), &self.options.domain);
        match name.strip_suffix(domain.as_str()).and_then(|label| label.strip_suffix('.')) {
            Some(label) if !label.is_empty() => Ok(name),
            _ => Err(CloudError::Refused(format!("{name} is not below {domain}, where deployments have their names"))),
        }
    }

    /// Each wish's change, by its id; none where it took none.
    async fn carry_out(&self, wishes: Vec<Wish>) -> Vec<Result<Option<String>, CloudError>> {
        let mut seen = self.seen.lock().await;
        let known = seen.as_ref().map(|(sets, _)| sets);
        let there = match self.now(&wishes, known).await {
            Ok(there) => there,
            Err(fault) => return wishes.iter().map(|_| Err(fault.clone().into())).collect(),
        };
        let mut result = Vec::with_capacity(wishes.len());
        let mut together: Vec<Change> = Vec::new();
        let mut after = there;
        for wish in &wishes {
            // Each sees what those before it will have done: two for one name do not meet in one call unnoticed.
            let changes = wish.changes(&after, &self.options.control_plane);
            if let Ok(changes) = &changes {
                records::apply(&mut after, changes);
                together.extend(changes.iter().cloned());
            }
            result.push(changes);
        }
        let alone =
            result.iter().filter(|changes| changes.as_ref().is_ok_and(|changes| !changes.is_empty())).count() < 2;
        let sent = self.send(&together).await;
        let mut done: Vec<Change> = Vec::new();
        let mut answers = Vec::with_capacity(result.len());
        for (wish, changes) in wishes.iter().zip(result) {
            let answer = match (changes, &sent) {
                (Err(refused), _) => Err(refused),
                (Ok(changes), _) if changes.is_empty() => Ok(None),
                (Ok(changes), Ok(id)) => {
                    done.extend(changes);
                    Ok(id.clone())
                }
                (Ok(changes), Err(fault)) if is_invalid(fault) && !alone => match self.send(&changes).await {
                    Ok(id) => {
                        done.extend(changes);
                        Ok(id)
                    }
                    Err(fault) => Err(unlike(wish, fault)),
                },
                (Ok(_), Err(fault)) => Err(unlike(wish, fault.clone())),
            };
            answers.push(answer);
        }
        let all = answers.iter().all(Result::is_ok);
        match (seen.as_mut(), sent.is_ok() && all) {
            (Some((sets, _)), true) => records::apply(sets, &done),
            // Something was otherwise than it was read, or may have been done: it is read anew at the next look.
            _ => *seen = None,
        }
        answers
    }

    /// Sends changes; gives the id of what they became, none where there are none.
    async fn send(&self, changes: &[Change]) -> Result<Option<String>, Fault> {
        let call = Call::names("ChangeResourceRecordSets");
        if changes.is_empty() {
            return Ok(None);
        }
        let batch = ChangeBatch::builder().set_changes(Some(changes.to_vec())).build().map_err(|error| Fault {
            call: call.action(),
            code: String::new(),
            message: error.to_string(),
            answered: true,
            verdict: Verdict::Refused,
        })?;
        let ask = self.route53.change_resource_record_sets().hosted_zone_id(&self.options.id).change_batch(batch);
        let done = self.calls.make(call, || ask.clone().send()).await?;
        Ok(done.change_info().map(|info| info.id().to_owned()))
    }

    async fn synced(&self, ids: Vec<String>) -> Vec<Result<bool, CloudError>> {
        let mut different = ids.clone();
        different.sort();
        different.dedup();
        let asked = join_all(different.iter().map(|id| async move {
            let ask = self.route53.get_change().id(id);
            let told = self.calls.make(Call::names("GetChange"), || ask.clone().send()).await?;
            Ok(told.change_info().is_some_and(|info| *info.status() == ChangeStatus::Insync))
        }));
        let answers: Vec<Result<bool, Fault>> = asked.await;
        let of = |id: &String| different.binary_search(id).ok().and_then(|at| answers.get(at)).cloned();
        ids.iter().map(|id| of(id).unwrap_or(Ok(false)).map_err(CloudError::from)).collect()
    }
}

fn is_invalid(fault: &Fault) -> bool {
    fault.code == "InvalidChangeBatch"
}

/// What Route 53 refused because something stands otherwise than it was read a moment ago: the next try reads it anew.
fn unlike(wish: &Wish, fault: Fault) -> CloudError {
    if is_invalid(&fault) {
        return CloudError::Later(format!(
            "{} was changed at the same time by somebody else: {}",
            wish.name(),
            fault.message
        ));
    }
    fault.into()
}
