//! What of a running Dolt is not as it should be, and whether mending it needs a restart.
//!
//! Pure.

use super::renewal::{self, Due};
use crate::model::{Applied, CertificateKind, Desired, Record, Site};
use jiff::Timestamp;
use std::net::{IpAddr, Ipv4Addr};

/// What each of the control plane's own certificates names, and none of a public authority.
const LOCAL: &str = "localhost";

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

/// The names that a deployment's certificate carries. A public authority signs no address and no `localhost`: by these
/// the agent, and clients on this machine, may ask for the database otherwise.
pub fn certificate_names(desired: &Desired, site: &Site, address: IpAddr) -> Vec<String> {
    match desired.spec.certificate {
        CertificateKind::WebPki => vec![site.host_name(desired.name.as_str())],
        CertificateKind::SelfSigned => own_names(desired, site, address),
    }
}

/// The names that one of the control plane's own carries, whatever kind is wanted.
pub fn own_names(desired: &Desired, site: &Site, address: IpAddr) -> Vec<String> {
    let host = site.host_name(desired.name.as_str());
    let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
    let local = || LOCAL.to_owned();
    if site.names {
        vec![host, address.to_string(), local()]
    } else if address == loopback {
        vec![host, local(), loopback.to_string()]
    } else {
        vec![host, local(), address.to_string(), loopback.to_string()]
    }
}

/// Whether a certificate with these names is one of the control plane's own: no public authority signs [`LOCAL`].
pub fn is_own(names: &[String]) -> bool {
    names.iter().any(|name| name == LOCAL)
}

/// What differs between what runs and what should, `due` of its certificate included; none when a deploy would change
/// nothing.
pub fn deploy(applied: &Applied, record: &Record, desired: &Desired, due: Due, now: Timestamp) -> Option<Difference> {
    let mut why = settings(applied, desired);
    if applied.restart_id != record.restart_id {
        why.push("a restart was asked for".to_owned());
    }
    // What restarts anyway restarts with the new certificate that is there for it.
    let certificate = due == Due::Deploy || (due == Due::IfRestarted && !why.is_empty());
    if certificate {
        why.push(renewal::why(desired, applied, now));
    }
    let restarts = !why.is_empty();
    let volume = u64::from(desired.spec.volume_gib) * GIB;
    if applied.volume_bytes < volume {
        why.push(format!("its volume has grown to {} GiB", desired.spec.volume_gib));
    }
    (!why.is_empty()).then(|| Difference { why: why.join("; "), restarts, certificate })
}

fn settings(applied: &Applied, desired: &Desired) -> Vec<String> {
    let wanted = desired.spec.settings.of_dolt();
    let changed = wanted.iter().filter_map(|(key, to)| match applied.settings.get(key) {
        Some(from) if from == to => None,
        Some(from) => Some(format!("{key} {from} → {to}")),
        None => Some(format!("{key} → {to}")),
    });
    let taken_back =
        applied.settings.keys().filter(|key| !wanted.contains_key(*key)).map(|key| format!("{key} → default"));
    changed.chain(taken_back).collect()
}
