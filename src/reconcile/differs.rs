//! What of a running Dolt is not as it should be, and whether mending it needs a restart.
//!
//! Pure.

use crate::model::{Applied, Desired, Record};
use jiff::{SignedDuration, Timestamp};

/// A certificate is renewed when so much of its life is left: a third of 90 days, as Let's Encrypt advises.
pub const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One GiB.
pub const GIB: u64 = 1024 * 1024 * 1024;

/// What a deploy would mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs, in words.
    pub why: String,
    /// Dolt must be started anew for it.
    pub restarts: bool,
    /// A new certificate is part of it.
    pub certificate: bool,
}

/// The names that a deployment's certificate carries: what clients on this machine use.
pub fn certificate_names(desired: &Desired, address: std::net::IpAddr) -> Vec<String> {
    let mut names = vec![format!("{}.localhost", desired.name), "localhost".to_owned(), address.to_string()];
    if address != std::net::IpAddr::from([127, 0, 0, 1]) {
        names.push("127.0.0.1".to_owned());
    }
    names
}

/// What differs between what runs and what should; none when a deploy would change nothing.
pub fn deploy(applied: &Applied, record: &Record, desired: &Desired, now: Timestamp) -> Option<Difference> {
    let mut why = settings(applied, desired);
    if applied.restart_id != record.restart_id {
        why.push("a restart was asked for".to_owned());
    }
    let left = applied.certificate_not_after.duration_since(now);
    let certificate = left < RENEW_BEFORE;
    if certificate {
        why.push(format!("its certificate has {} days left", left.as_hours().max(0) / 24));
    }
    let restarts = !why.is_empty();
    let volume = u64::from(desired.spec.volume_gib) * GIB;
    if applied.volume_bytes < volume {
        why.push(format!("its volume has grown to {} GiB", desired.spec.volume_gib));
    }
    (!why.is_empty()).then(|| Difference { why: why.join("; "), restarts, certificate })
}

fn settings(applied: &Applied, desired: &Desired) -> Vec<String> {
    let wanted = desired.spec.settings.as_map();
    let changed = wanted.iter().filter_map(|(key, to)| match applied.settings.get(key) {
        Some(from) if from == to => None,
        Some(from) => Some(format!("{key} {from} → {to}")),
        None => Some(format!("{key} → {to}")),
    });
    let taken_back =
        applied.settings.keys().filter(|key| !wanted.contains_key(*key)).map(|key| format!("{key} → default"));
    changed.chain(taken_back).collect()
}
