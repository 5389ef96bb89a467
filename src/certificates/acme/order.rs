//! One order: the names are proven in the DNS, the agent's request is signed, the chain is fetched.
//!
//! Guarantees
//! - The challenge's records are taken away whatever comes of the order. Only a process that dies in the middle leaves them;
//!   the next order of that name overwrites and clears them.
//! - The authority's "look again after" is kept, within [`READY`].

use super::words;
use crate::certificates::{
    Chain,
    public::{Challenges, Order},
};
use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, Identifier, NewOrder, OrderStatus, RetryPolicy,
};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use std::{collections::BTreeMap, time::Duration};
use tokio::time;

/// An authority looks at a name from several places in the world: seconds, rarely half a minute.
const READY: Duration = Duration::from_secs(60);

/// The whole of it: the records take up to a minute to be seen everywhere, and each of its calls a second.
const WHOLE: Duration = Duration::from_secs(180);

/// What kind of failure an order met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A limit, the authority's or as we count it.
    Limit,
    /// Another try may pass.
    Passing,
    /// The authority refuses.
    Refused,
    /// The authority could not see that the name is ours.
    NotAuthorized,
    /// What was to be replaced was replaced before.
    Replaced,
    /// The account is not what it was.
    Account,
    /// The secrets.
    Secret,
}

/// Why an order gave no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What kind.
    pub kind: Kind,
    /// In words: what happened, to what, and what to do.
    pub what: String,
    /// When it may be ordered again, where the authority says so.
    pub until: Option<Timestamp>,
}

impl Failed {
    /// Another try may pass.
    pub fn passing(what: impl Into<String>) -> Self {
        Self { kind: Kind::Passing, what: what.into(), until: None }
    }
}

/// Makes the order.
///
/// # Errors
/// Why there is no certificate.
pub async fn one(
    account: &Account,
    profile: Option<&str>,
    order: &Order,
    challenges: &dyn Challenges,
) -> Result<Chain, Failed> {
    let mut set = BTreeMap::new();
    let signed = time::timeout(WHOLE, sign(account, profile, order, challenges, &mut set)).await;
    for name in set.keys() {
        if let Err(error) = challenges.clear(name).await {
            tracing::warn!(name, error, "the challenge's record could not be taken away");
        }
    }
    let pem = signed.map_err(|_| words::silent(WHOLE))??;
    let read = Chain::read(&pem).map_err(|why| Failed::passing(format!("the authority's chain cannot be read: {why}")));
    read.map_err(|failed| Failed { kind: Kind::Refused, ..failed })
}

/// `set`: the records that may be there when this ends, in whatever way.
async fn sign(
    account: &Account,
    profile: Option<&str>,
    order: &Order,
    challenges: &dyn Challenges,
    set: &mut BTreeMap<String, Vec<String>>,
) -> Result<String, Failed> {
    let identifiers: Vec<Identifier> = order.names.iter().cloned().map(Identifier::Dns).collect();
    let mut asked = NewOrder::new(&identifiers);
    if let Some(profile) = profile {
        asked = asked.profile(profile);
    }
    let leaf = order.replaces.as_ref().map(|chain| CertificateDer::from(chain.leaf()));
    if let Some(replaces) = leaf.as_ref().and_then(|leaf| CertificateIdentifier::try_from(leaf).ok()) {
        asked = asked.replaces(replaces.into_owned());
    }
    let refused = |error: instant_acme::Error| words::of(&error);
    let mut open = account.new_order(&asked).await.map_err(refused)?;
    prove(&mut open, challenges, set).await?;
    let patience = RetryPolicy::new().timeout(READY);
    match open.poll_ready(&patience).await {
        Ok(OrderStatus::Ready | OrderStatus::Valid) => {}
        Ok(_) => return Err(not_authorized(&mut open, None).await),
        Err(error @ instant_acme::Error::Api(_)) => {
            return Err(not_authorized(&mut open, Some(words::of(&error))).await);
        }
        Err(error) => return Err(words::of(&error)),
    }
    open.finalize_csr(&order.request).await.map_err(refused)?;
    open.poll_certificate(&patience).await.map_err(refused)
}

/// Answers the challenges of all names. The records of all stand before the authority is told to look at any.
async fn prove(
    open: &mut instant_acme::Order,
    challenges: &dyn Challenges,
    set: &mut BTreeMap<String, Vec<String>>,
) -> Result<(), Failed> {
    let mut authorizations = open.authorizations();
    while let Some(next) = authorizations.next().await {
        let mut authorization = next.map_err(|error| words::of(&error))?;
        if authorization.status != AuthorizationStatus::Pending {
            continue;
        }
        let name = authorization.identifier().to_string();
        let Some(challenge) = authorization.challenge(ChallengeType::Dns01) else {
            let what = format!("the authority offers no challenge in the DNS for {name}: use another one");
            return Err(Failed { kind: Kind::Refused, what, until: None });
        };
        let record = format!("_acme-challenge.{}", name.trim_start_matches("*."));
        set.entry(record).or_default().push(challenge.key_authorization().dns_value());
    }
    for (name, values) in set.iter() {
        let wrong = |why| Failed::passing(format!("the challenge's record {name} cannot be set: {why}"));
        challenges.set(name, values).await.map_err(wrong)?;
    }
    let mut authorizations = open.authorizations();
    while let Some(next) = authorizations.next().await {
        let mut authorization = next.map_err(|error| words::of(&error))?;
        if authorization.status == AuthorizationStatus::Pending
            && let Some(mut challenge) = authorization.challenge(ChallengeType::Dns01)
        {
            challenge.set_ready().await.map_err(|error| words::of(&error))?;
        }
    }
    Ok(())
}

/// What the authority says of the names that it could not see; `said`: what it says of the order as a whole.
async fn not_authorized(open: &mut instant_acme::Order, said: Option<Failed>) -> Failed {
    let mut authorizations = open.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let _ = authorization.refresh().await;
        let name = authorization.identifier().to_string();
        let problem = authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref());
        if let Some(problem) = problem {
            return words::not_authorized(&name, problem);
        }
    }
    said.unwrap_or_else(|| Failed::passing("the authority gave the order up and does not say why"))
}
