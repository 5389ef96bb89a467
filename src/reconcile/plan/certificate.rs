//! What a public authority must have signed.

use super::{Next, Waiting, Wanted, step};
use crate::{
    model::{CertificateKind, Desired, Instance, Observed, Step},
    reconcile::renewal,
};
use jiff::Timestamp;

/// What comes before Dolt can start there; none where nothing is missing, or one of the control plane's own stands in.
pub(super) fn first(
    wanted: &Wanted<'_>,
    desired: &Desired,
    observed: &Observed,
    instance: &Instance,
    now: Timestamp,
) -> Option<Next> {
    let public = desired.spec.certificate == CertificateKind::WebPki;
    if !public || renewal::issued(observed, instance.incarnation, now).is_some() {
        return None;
    }
    if renewal::stand_in(observed, now).is_some() {
        return None;
    }
    if renewal::not_yet(observed, now).is_some() {
        return Some(Next::Wait(Waiting::Authority));
    }
    Some(order(wanted, desired, instance, "its database has no certificate yet"))
}

/// An order, for what the agent asks to be signed.
pub(super) fn order(wanted: &Wanted<'_>, desired: &Desired, instance: &Instance, reason: impl Into<String>) -> Next {
    let name = wanted.site.host_name(desired.name.as_str());
    step(wanted, Step::OrderCertificate { instance: Some(instance.id.clone()), name }, reason)
}
