//! Where clients find it: an address that stays, and a name that leads to it.
//!
//! While an instance is stopped for a moment, for another type or a volume, its name stays: resolvers keep the answer
//! "there is no such name" for longer than the stop lasts.

use super::{Next, Waiting, Wanted, step};
use crate::model::{Desired, Instance, NameRecord, Observed, Record, Seen, Step};
use std::net::IpAddr;

/// The address that clients use.
pub fn clients_address(observed: &Observed, instance: &Instance) -> IpAddr {
    observed.address.present().map_or(instance.database.ip(), |address| address.ip)
}

/// An address of its own, at its instance; none: it is there, or the site has no such addresses.
pub(super) fn keep_address(wanted: &Wanted<'_>, observed: &Observed, instance: &Instance) -> Option<Next> {
    if !wanted.site.elastic {
        return None;
    }
    match &observed.address {
        Seen::Unknown => Some(Next::Wait(Waiting::Look)),
        Seen::Absent => Some(step(wanted, Step::AllocateAddress, "it has no address of its own yet")),
        Seen::Present(address) if address.instance.as_ref() == Some(&instance.id) => None,
        Seen::Present(address) => {
            let associate = Step::AssociateAddress { instance: instance.id.clone(), address: address.id.clone() };
            Some(step(wanted, associate, format!("{} does not lead to its instance", address.ip)))
        }
    }
}

/// It serves: its name leads to it.
pub(super) fn publish(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed, instance: &Instance) -> Next {
    if !wanted.site.names {
        return Next::Settled;
    }
    let (name, to) = (wanted.site.host_name(desired.name.as_str()), clients_address(observed, instance));
    let reason = match &observed.name {
        Seen::Unknown => return Next::Wait(Waiting::Look),
        Seen::Absent => "its name leads nowhere yet".to_owned(),
        // First to where it leads, so that nothing but the mark changes; then to where it should.
        Seen::Present(found) if lost_its_mark(wanted.record, found) => {
            let to = found.addresses.first().copied().unwrap_or(to);
            return step(wanted, Step::PublishName { name, to }, "the record that says whose its name is, is gone");
        }
        Seen::Present(found) if !is_ours(wanted, found) => return Next::Blocked(somebody_elses(found)),
        Seen::Present(found) if found.addresses == [to] => return Next::Settled,
        Seen::Present(found) => format!("its name leads to {}", addresses(found)),
    };
    step(wanted, Step::PublishName { name, to }, reason)
}

/// Its name is to lead nowhere; none: it does not lead anywhere, or is somebody else's.
pub(super) fn withdraw(wanted: &Wanted<'_>, observed: &Observed, why: &str) -> Option<Next> {
    let found = observed.name.present().filter(|found| wanted.site.names && is_ours(wanted, found))?;
    Some(step(wanted, Step::WithdrawName { name: found.name.clone() }, why))
}

/// Whether a record is as it was written down, and only the one beside it that says whose it is was taken away.
pub fn lost_its_mark(record: &Record, found: &NameRecord) -> bool {
    found.owner.is_none()
        && found.name == record.host_name
        && matches!(found.addresses.as_slice(), [one] if one.to_string() == record.address)
}

fn is_ours(wanted: &Wanted<'_>, found: &NameRecord) -> bool {
    found.owner.as_ref() == Some(&wanted.record.id)
}

/// What a person reads of a record that is not to be touched.
pub fn somebody_elses(found: &NameRecord) -> String {
    let whose = found.owner.as_ref().map_or("somebody else's".to_owned(), |owner| format!("{owner}'s"));
    format!(
        "the name {} is {whose} and leads to {}; it is left as it is: remove that record",
        found.name,
        addresses(found)
    )
}

/// Where a record leads, in words.
pub fn addresses(found: &NameRecord) -> String {
    let all: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
    if all.is_empty() { "no address".to_owned() } else { all.join(", ") }
}
