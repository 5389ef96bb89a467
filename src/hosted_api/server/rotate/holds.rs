//! Why a rotation is not done yet at one deployment, or with one client certificate. Pure.

use crate::{
    certificates::Bundle,
    model::{CertificateKind, Desired, DoltState, InstanceState, Observed, Record, Seen},
    reconcile::{differs, health},
    store::ClientCertificate,
};
use jiff::Timestamp;

/// One deployment, as far as it decides.
pub(super) struct Subject<'a> {
    pub(super) record: &'a Record,
    pub(super) desired: Option<&'a Desired>,
    pub(super) observed: &'a Observed,
    /// By the last handshake with its agent; none: it is not connected.
    pub(super) in_step: Option<bool>,
    pub(super) now: Timestamp,
}

/// Why nothing can be asked of its agent now; none: it can, or there is none and the next one knows what holds then.
pub(super) fn out_of_reach(it: &Subject<'_>) -> Option<&'static str> {
    match &it.observed.instance {
        Seen::Unknown => Some("the cloud could not be looked at"),
        Seen::Absent => None,
        Seen::Present(instance) => match instance.state {
            InstanceState::Terminated => None,
            InstanceState::Stopped | InstanceState::Stopping => Some("it is stopped: start it, or delete it"),
            InstanceState::Pending | InstanceState::ShuttingDown => Some("its instance changes its state"),
            InstanceState::Running => match it.observed.agent.present() {
                None => Some("its agent does not answer"),
                Some(report) if health::is_silent(report, it.now) => Some("its agent does not answer"),
                Some(report) if !report.enrolled => Some("it is being set up"),
                Some(report) if report.trust.is_some_and(|trust| !trust.renews) => {
                    Some("its agent is of an earlier version: give it the present one")
                }
                Some(_) if it.desired.is_some_and(|desired| desired.paused) => Some("it is paused: resume it"),
                Some(_) => None,
            },
        },
    }
}

/// Why its agent would be locked out, or lock the control plane out, if the old control CA went now.
pub(super) fn control(it: &Subject<'_>) -> Option<&'static str> {
    let lives = it.observed.instance.present().is_some_and(|instance| instance.state != InstanceState::Terminated);
    match out_of_reach(it) {
        None if lives && it.in_step != Some(true) => Some("its agent is being told"),
        why if lives || it.observed.instance == Seen::Unknown => why,
        _ => None,
    }
}

/// Why clients of its database would be locked out if the old deployment CA went now.
pub(super) fn deployment(it: &Subject<'_>, authority: &Bundle) -> Option<&'static str> {
    let applied = it.observed.agent.present().and_then(|report| report.applied.as_ref());
    let own = it.desired.is_some_and(|desired| desired.spec.certificate == CertificateKind::SelfSigned);
    let (serial, own) = match applied {
        Some(applied) => (&applied.certificate_serial, differs::is_own(&applied.certificate_names)),
        // What it comes back with.
        None => (&it.record.certificate_serial, own || authority.oldest().tag().signed(&it.record.certificate_serial)),
    };
    if it.observed.instance == Seen::Unknown {
        return Some("the cloud could not be looked at");
    }
    let lives = it.observed.instance.present().is_some_and(|instance| instance.state != InstanceState::Terminated);
    let stays = !own || serial.is_empty() || authority.stays(serial);
    // With which one it comes up shows when it has.
    let starts = it.observed.agent.present().is_some_and(|report| report.dolt == DoltState::Starting);
    if !lives || (stays && !starts) {
        return None;
    }
    Some(out_of_reach(it).unwrap_or("its database restarts with another certificate, in its service window"))
}

/// Until when the holder of a certificate would be locked out if the old control CA went now.
pub(super) fn client(it: &ClientCertificate, control: &Bundle, now: Timestamp) -> Option<Timestamp> {
    (it.revoked.is_none() && it.not_after > now && !control.stays(&it.serial)).then_some(it.not_after)
}
