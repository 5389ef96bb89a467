//! The instance runs with its volume: its agent and Dolt.

use super::{Next, Waiting, Wanted, certificate, first_answer, step};
use crate::{
    model::{Desired, DoltState, Instance, Observed, Step},
    reconcile::{
        differs, health,
        renewal::{self, Due},
    },
};
use jiff::Timestamp;

/// The instance runs as it should; what of Dolt on it?
pub(super) fn serve(
    wanted: &Wanted<'_>,
    desired: &Desired,
    observed: &Observed,
    instance: &Instance,
    now: Timestamp,
) -> Next {
    let report = observed
        .word(instance)
        .filter(|report| report.incarnation == instance.incarnation)
        // One that has fallen silent before it was enrolled may have let its first identity pass: as if never heard.
        .filter(|report| report.enrolled || !health::is_silent(report, now));
    let Some(report) = report else {
        // One that was written down as serving has used its first identity: it comes back by itself or by a person.
        let fresh = wanted.record.incarnation < instance.incarnation;
        if fresh && now.duration_since(observed.started(instance)) > first_answer(wanted.site) {
            return step(
                wanted,
                Step::TerminateInstance { instance: instance.id.clone() },
                format!("its agent has not answered within {} min of its start", first_answer(wanted.site).as_mins()),
            );
        }
        return Next::Wait(Waiting::Agent);
    };
    let silent = health::is_silent(report, now);
    if silent {
        return Next::Wait(Waiting::Agent);
    }
    if report.disk_lost && wanted.site.volume_follows {
        // It is attached again, as was seen before this, and to no use: the filesystem that lost it stays dead.
        let reason = "its data volume was taken from under its filesystem: only a boot mounts it anew";
        return step(wanted, Step::StopInstance { instance: instance.id.clone() }, reason);
    }
    let deploy = |enrol, restarts, reason: String| {
        step(wanted, Step::Deploy { instance: Some(instance.id.clone()), enrol, restarts }, reason)
    };
    if !report.enrolled || report.dolt == DoltState::NotDeployed {
        if let Some(before) = certificate::first(wanted, desired, observed, instance, now) {
            return before;
        }
        return deploy(true, true, "Dolt was not started there yet".to_owned());
    }
    match (&report.applied, report.dolt) {
        (_, DoltState::Starting) => Next::Wait(Waiting::Dolt),
        // A setting that keeps Dolt from starting is put right by another deploy, so a dead one is no reason to wait.
        (None, _) if report.generation < wanted.record.generation => {
            deploy(false, true, "Dolt does not start".to_owned())
        }
        (None, _) => Next::Wait(Waiting::Dolt),
        (Some(applied), state) => {
            let due = renewal::due(desired, applied, observed, instance.incarnation, now);
            match differs::deploy(applied, wanted.record, desired, due, now) {
                Some(difference) => deploy(difference.certificate, difference.restarts, difference.why),
                None if due == Due::Order => {
                    certificate::order(wanted, desired, instance, renewal::why(desired, applied, now))
                }
                None if state == DoltState::Down => Next::Wait(Waiting::Dolt),
                None => Next::Settled,
            }
        }
    }
}
