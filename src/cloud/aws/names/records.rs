//! What changes in the hosted zone: pure.
//!
//! Guarantees
//! - A record is changed only where our ownership record stands beside it, or where nothing stood before; then it is
//!   CREATEd, which Route 53 itself refuses when somebody else was quicker.
//! - An ownership record that was taken away is put back by itself, beside exactly the record that whoever asks expects.
//! - What is deleted is exactly what was read; anything else Route 53 refuses.

use super::owner::{self, Owner};
use crate::{
    cloud::CloudError,
    model::{DeploymentId, NameRecord},
};
use aws_sdk_route53::types::{Change, ChangeAction, ResourceRecord, ResourceRecordSet, RrType};
use std::{collections::BTreeMap, net::IpAddr};

/// All record sets of a zone, or of some names of it, by name.
pub type Sets = BTreeMap<String, Vec<ResourceRecordSet>>;

/// A name as everyone else writes it: lower case, no dot at its end, no escapes.
pub fn plain(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*").to_ascii_lowercase()
}

/// What is to be done to one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It leads to an address.
    Publish { name: String, to: IpAddr, ttl: u32, deployment: DeploymentId },
    /// It leads to that address already, and is marked as the deployment's.
    Mark { name: String, to: IpAddr, ttl: u32, deployment: DeploymentId },
    /// It leads nowhere.
    Withdraw { name: String, deployment: DeploymentId },
    /// Its text records are these.
    Challenge { name: String, values: Vec<String> },
}

impl Wish {
    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Wish::Publish { name, .. }
            | Wish::Mark { name, .. }
            | Wish::Withdraw { name, .. }
            | Wish::Challenge { name, .. } => name,
        }
    }

    /// The changes that it takes, from what is there; none: it is so already.
    ///
    /// # Errors
    /// A refusal where the name is somebody else's.
    pub fn changes(&self, there: &Sets, control_plane: &str) -> Result<Vec<Change>, CloudError> {
        let made = match self {
            Wish::Publish { name, to, ttl, deployment } => publish(name, *to, *ttl, deployment, there, control_plane)?,
            Wish::Mark { name, to, ttl, deployment } => mark(name, *to, *ttl, deployment, there, control_plane)?,
            Wish::Withdraw { name, deployment } => withdraw(name, deployment, there, control_plane),
            Wish::Challenge { name, values } => challenge(name, values, there),
        };
        made.into_iter()
            .map(|(action, set)| Change::builder().action(action).resource_record_set(set?).build())
            .collect::<Result<_, _>>()
            .map_err(|error| CloudError::Refused(format!("the record of {} cannot be made: {error}", self.name())))
    }
}

type Made = Vec<(ChangeAction, Result<ResourceRecordSet, aws_sdk_route53::error::BuildError>)>;

fn publish(
    name: &str,
    to: IpAddr,
    ttl: u32,
    deployment: &DeploymentId,
    there: &Sets,
    control_plane: &str,
) -> Result<Made, CloudError> {
    let (stands, owner) = (leads(name, there), owner_of(name, there, control_plane));
    let action = match owner {
        Owner::Ours(other) if other == *deployment => ChangeAction::Upsert,
        Owner::Ours(other) => {
            return Err(CloudError::Later(format!("{name} still belongs to the deployment {other}")));
        }
        Owner::Other(text) => {
            return Err(CloudError::Refused(format!(
                "{name} belongs to somebody else, as the TXT record {} says: {text}; choose another name",
                owner::place(name)
            )));
        }
        Owner::Nobody if stands.is_empty() => ChangeAction::Create,
        Owner::Nobody => {
            return Err(CloudError::Refused(format!(
                "{name} has a record that doltops did not make (there is no TXT record {}): remove it, or choose another \
                 name",
                owner::place(name)
            )));
        }
    };
    let kind = if to.is_ipv4() { RrType::A } else { RrType::Aaaa };
    let value = to.to_string();
    let mut made: Made = Vec::new();
    // Of another type: a CNAME stands beside nothing, and an address of the other family would still be found.
    made.extend(
        stands.iter().filter(|set| *set.r#type() != kind).map(|set| (ChangeAction::Delete, Ok((*set).clone()))),
    );
    let right = |set: &&&ResourceRecordSet| {
        let values = set.resource_records();
        *set.r#type() == kind && set.ttl() == Some(i64::from(ttl)) && values.len() == 1 && values[0].value() == value
    };
    if !stands.iter().any(|set| right(&set)) {
        made.push((action.clone(), record(name, kind, ttl, [value])));
    }
    if action == ChangeAction::Create {
        let text = owner::text(control_plane, deployment);
        made.push((action, record(&owner::place(name), RrType::Txt, ttl, [text])));
    }
    Ok(made)
}

fn mark(
    name: &str,
    to: IpAddr,
    ttl: u32,
    deployment: &DeploymentId,
    there: &Sets,
    control_plane: &str,
) -> Result<Made, CloudError> {
    let values: Vec<&str> =
        leads(name, there).iter().flat_map(|set| set.resource_records()).map(ResourceRecord::value).collect();
    match owner_of(name, there, control_plane) {
        Owner::Ours(other) if other == *deployment => Ok(Vec::new()),
        Owner::Nobody if values == [to.to_string()] => {
            let text = owner::text(control_plane, deployment);
            Ok(vec![(ChangeAction::Create, record(&owner::place(name), RrType::Txt, ttl, [text]))])
        }
        // As for any other: what is to be done about it is in the words.
        _ => publish(name, to, ttl, deployment, there, control_plane),
    }
}

fn withdraw(name: &str, deployment: &DeploymentId, there: &Sets, control_plane: &str) -> Made {
    if owner_of(name, there, control_plane) != Owner::Ours(deployment.clone()) {
        return Vec::new();
    }
    leads(name, there)
        .into_iter()
        .chain(texts(&owner::place(name), there))
        .map(|set| (ChangeAction::Delete, Ok(set.clone())))
        .collect()
}

fn challenge(name: &str, values: &[String], there: &Sets) -> Made {
    /// A challenge is asked for once, within a minute.
    const TTL: u32 = 30;
    let stands = texts(name, there);
    if values.is_empty() {
        return stands.into_iter().map(|set| (ChangeAction::Delete, Ok(set.clone()))).collect();
    }
    let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let has: Vec<&str> = stands.iter().flat_map(|set| set.resource_records()).map(ResourceRecord::value).collect();
    if has == values {
        return Vec::new();
    }
    vec![(ChangeAction::Upsert, record(name, RrType::Txt, TTL, values))]
}

fn record(
    name: &str,
    kind: RrType,
    ttl: u32,
    values: impl IntoIterator<Item = String>,
) -> Result<ResourceRecordSet, aws_sdk_route53::error::BuildError> {
    let values: Result<Vec<_>, _> =
        values.into_iter().map(|value| ResourceRecord::builder().value(value).build()).collect();
    ResourceRecordSet::builder().name(name).r#type(kind).ttl(i64::from(ttl)).set_resource_records(Some(values?)).build()
}

/// What answers who asks for the address of a name.
fn leads<'a>(name: &str, there: &'a Sets) -> Vec<&'a ResourceRecordSet> {
    let leads = |set: &&ResourceRecordSet| matches!(set.r#type(), RrType::A | RrType::Aaaa | RrType::Cname);
    there.get(name).into_iter().flatten().filter(leads).collect()
}

fn texts<'a>(name: &str, there: &'a Sets) -> Vec<&'a ResourceRecordSet> {
    there.get(name).into_iter().flatten().filter(|set| *set.r#type() == RrType::Txt).collect()
}

fn owner_of(name: &str, there: &Sets, control_plane: &str) -> Owner {
    let texts = texts(&owner::place(name), there);
    owner::parse(texts.iter().flat_map(|set| set.resource_records()).map(ResourceRecord::value), control_plane)
}

/// The host names under the domain: those that lead somewhere, and those that are ours and lead nowhere any more.
pub fn told(there: &Sets, domain: &str, control_plane: &str) -> Vec<NameRecord> {
    let below = format!(".{domain}");
    // One label below the domain: what stands deeper is no deployment's.
    let hosts = there.keys().map(|name| name.strip_prefix("_doltops.").unwrap_or(name));
    let hosts = hosts.filter(|name| name.strip_suffix(&below).is_some_and(|label| !label.contains(['.', '_'])));
    let hosts: std::collections::BTreeSet<&str> = hosts.collect();
    let record = |name: &str| {
        let stands = leads(name, there);
        let owner = match owner_of(name, there, control_plane) {
            Owner::Ours(deployment) => Some(deployment),
            Owner::Nobody | Owner::Other(_) => None,
        };
        if stands.is_empty() && owner.is_none() {
            return None;
        }
        let addresses = stands.iter().flat_map(|set| set.resource_records()).filter_map(|one| one.value().parse().ok());
        let ttl = stands.iter().filter_map(|set| u32::try_from(set.ttl()?).ok()).next().unwrap_or_default();
        Some(NameRecord { name: name.to_owned(), addresses: addresses.collect(), ttl, owner })
    };
    hosts.into_iter().filter_map(record).collect()
}

/// What is there once `changes` are done.
pub fn apply(there: &mut Sets, changes: &[Change]) {
    for change in changes {
        let Some(set) = change.resource_record_set() else { continue };
        let name = plain(set.name());
        let same = |other: &ResourceRecordSet| {
            other.r#type() == set.r#type() && other.set_identifier() == set.set_identifier()
        };
        let sets = there.entry(name.clone()).or_default();
        sets.retain(|other| !same(other));
        if *change.action() != ChangeAction::Delete {
            sets.push(set.clone());
        }
        if sets.is_empty() {
            there.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests;
