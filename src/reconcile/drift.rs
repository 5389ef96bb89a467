//! What was changed behind the control plane's back.
//!
//! Pure: what was written down the last time that all was as it should be, against what is seen now. What a newer
//! generation asks for, and is under way, is no drift; nor is what the reconciler itself is mending in its own way,
//! once it is written down again.

use super::{
    differs,
    plan::{addresses, has_type, is_right_type, living, lost_its_mark, somebody_elses},
};
use crate::model::{Desired, Drift, Instance, InstanceState, Observed, Power, Record, Seen, Site};

/// Everything of a deployment that is otherwise than it was written down, though nobody asked for it here.
///
/// `stopped`: the reconciler itself has stopped the instance, for something that needs it stopped, and not started it yet.
pub fn drift(
    record: &Record,
    desired: Option<&Desired>,
    observed: &Observed,
    site: &Site,
    stopped: bool,
) -> Vec<Drift> {
    // What is being deleted, was never written down or is not seen has nothing to compare.
    let Some(desired) = desired.filter(|_| record.instance.is_some()) else { return Vec::new() };
    if observed.instance == Seen::Unknown || observed.volume == Seen::Unknown {
        return Vec::new();
    }
    let same = living(observed).filter(|instance| record.instance.as_ref() == Some(&instance.id));
    let mut all: Vec<Drift> = volume(record, desired, observed).into_iter().collect();
    all.extend(attachment(record, observed, same, site));
    all.extend(same.and_then(|instance| instance_type(record, desired, instance)));
    // A detached volume is attached again while the instance is stopped: that stop is ours, also of a process before this.
    if all.is_empty() && !stopped {
        all.extend(same.and_then(|instance| power(record, desired, observed, instance, site)));
    }
    all.extend(same.is_none().then(|| instance(record, desired, observed)).flatten());
    all.extend(address(record, observed, same, site));
    all.extend(name(record, desired, observed, same, site));
    all
}

fn instance(record: &Record, desired: &Desired, observed: &Observed) -> Option<Drift> {
    let expected = record.instance.as_ref()?.to_string();
    let seen = match observed.instance.present() {
        Some(now) if now.id.as_str() == expected => format!("it is {}", now.state.as_str()),
        Some(now) if now.state != InstanceState::Terminated => format!("it is gone, {} was launched", now.id),
        _ => "it is gone".to_owned(),
    };
    let remedy = match (living(observed), desired.power) {
        (Some(_), _) => "the new one takes its place, with its volume",
        (None, Power::Running) => "a new instance is launched with its volume",
        (None, Power::Stopped) => "a new instance is launched with its volume when it is started",
    };
    Some(Drift { what: "instance", expected, seen, remedy: remedy.to_owned() })
}

fn volume(record: &Record, desired: &Desired, observed: &Observed) -> Option<Drift> {
    let expected = record.volume.as_ref()?;
    let Some(volume) = observed.volume.present() else {
        let remedy =
            format!("for a person: bring it back, or delete {}; an empty one is never put in its place", desired.name);
        return Some(Drift { what: "volume", expected: expected.to_string(), seen: "it is gone".to_owned(), remedy });
    };
    // Dolt was told of a larger one: a volume cannot shrink, so this is another one.
    let applied = observed.agent.present().and_then(|report| report.applied.as_ref())?;
    let told = applied.volume_bytes / differs::GIB;
    (u64::from(volume.gib) < told).then(|| Drift {
        what: "volume",
        expected: format!("{expected} with {told} GiB"),
        seen: format!("{} GiB", volume.gib),
        remedy: format!("it grows to {} GiB", desired.spec.volume_gib),
    })
}

fn attachment(record: &Record, observed: &Observed, same: Option<&Instance>, site: &Site) -> Option<Drift> {
    let (instance, volume) = (same?, observed.volume.present()?);
    let ours = record.volume.as_ref() == Some(&volume.id);
    if !site.volume_follows || !ours || volume.attached.as_ref() == Some(&instance.id) {
        return None;
    }
    let (seen, remedy) = match &volume.attached {
        None => ("attached to nothing".to_owned(), "it is attached again, and the instance boots with it".to_owned()),
        Some(other) => (format!("attached to {other}"), format!("for a person: detach it from {other}")),
    };
    Some(Drift { what: "attachment", expected: format!("{} at {}", volume.id, instance.id), seen, remedy })
}

fn instance_type(record: &Record, desired: &Desired, instance: &Instance) -> Option<Drift> {
    let asked_for = is_right_type(instance, desired) || has_type(instance, &record.instance_type);
    let written_down = record.instance_type.is_empty() || instance.instance_type == record.instance_type;
    (!written_down && !asked_for).then(|| Drift {
        what: "type",
        expected: record.instance_type.clone(),
        seen: instance.instance_type.clone(),
        remedy: format!("it is stopped, becomes {} and is started", desired.spec.instance_type),
    })
}

/// Stopped though nobody asked.
fn power(record: &Record, desired: &Desired, observed: &Observed, instance: &Instance, site: &Site) -> Option<Drift> {
    let stopped = matches!(instance.state, InstanceState::Stopping | InstanceState::Stopped);
    // One that rests by request has its name withdrawn, and is served by no newer deploy than that request.
    let served = if site.names {
        !record.host_name.is_empty()
    } else {
        observed.agent.present().is_some_and(|report| report.generation >= record.generation)
    };
    let ours = !is_right_type(instance, desired) || instance.instance_type != record.instance_type;
    (desired.power == Power::Running && stopped && served && !ours).then(|| Drift {
        what: "power",
        expected: "running".to_owned(),
        seen: instance.state.as_str().to_owned(),
        remedy: "it is started".to_owned(),
    })
}

fn address(record: &Record, observed: &Observed, same: Option<&Instance>, site: &Site) -> Option<Drift> {
    let instance = same.filter(|_| site.elastic && !record.address.is_empty())?;
    let (seen, remedy) = match &observed.address {
        Seen::Absent => ("it is gone", "another one is allocated, and its name follows"),
        Seen::Present(address) if address.instance.as_ref() != Some(&instance.id) => {
            ("it does not lead to the instance", "it is led there again")
        }
        Seen::Present(_) | Seen::Unknown => return None,
    };
    Some(Drift {
        what: "address",
        expected: format!("{} at {}", record.address, instance.id),
        seen: seen.to_owned(),
        remedy: remedy.to_owned(),
    })
}

fn name(
    record: &Record,
    desired: &Desired,
    observed: &Observed,
    same: Option<&Instance>,
    site: &Site,
) -> Option<Drift> {
    let runs = same.is_some_and(|instance| instance.state == InstanceState::Running);
    if !site.names || !runs || record.host_name.is_empty() || desired.power == Power::Stopped {
        return None;
    }
    let again = || "it is led there again".to_owned();
    let (seen, remedy) = match &observed.name {
        Seen::Unknown => return None,
        Seen::Absent => ("it leads nowhere".to_owned(), again()),
        Seen::Present(found) if lost_its_mark(record, found) => {
            let seen = "it leads there, but the TXT record that says whose it is, is gone".to_owned();
            (seen, "that record is put back".to_owned())
        }
        Seen::Present(found) if found.owner.as_ref() != Some(&record.id) => {
            (format!("it leads to {} and is not marked as its own", addresses(found)), somebody_elses(found))
        }
        Seen::Present(found) if addresses(found) == record.address => return None,
        Seen::Present(found) => (format!("it leads to {}", addresses(found)), again()),
    };
    Some(Drift { what: "name", expected: format!("{} at {}", record.host_name, record.address), seen, remedy })
}

#[cfg(test)]
mod tests;
