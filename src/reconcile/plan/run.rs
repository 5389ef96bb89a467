//! It should run: an instance with its volume, of the right type, that serves.

use super::{Next, Waiting, Wanted, credentials, identity, living, names, protect, serve, step, volume};
use crate::model::{Desired, Incarnation, Instance, InstanceState, Observed, Step, Volume};
use jiff::Timestamp;

pub(super) fn run(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed, now: Timestamp) -> Next {
    let Some(volume) = observed.volume.present() else { return volume::again(wanted, desired, observed) };
    let Some(instance) = living(observed) else {
        return volume::held(wanted, observed, volume)
            .unwrap_or_else(|| launch(wanted, desired, observed, Some(volume)));
    };
    if !matches!(instance.state, InstanceState::Running | InstanceState::Stopped) {
        return Next::Wait(Waiting::Instance);
    }
    if let Some(next) = volume::attach(wanted, observed, instance, volume) {
        return next;
    }
    if instance.state == InstanceState::Stopped {
        return start(wanted, desired, instance, volume);
    }
    if let Some(next) = volume::grow(wanted, desired, volume) {
        return next;
    }
    if !is_right_type(instance, desired) {
        return step(
            wanted,
            Step::StopInstance { instance: instance.id.clone() },
            format!(
                "its type changes from {} to {}, which it can only while it is stopped",
                instance.instance_type, desired.spec.instance_type
            ),
        );
    }
    if let Some(next) = protect(wanted, desired, instance).or_else(|| names::keep_address(wanted, observed, instance)) {
        return next;
    }
    let next = match serve::serve(wanted, desired, observed, instance, now) {
        // Only now: a name never leads to a database that is not this deployment's.
        Next::Settled => names::publish(wanted, desired, observed, instance),
        other => other,
    };
    match next {
        Next::Settled => last(wanted, observed, instance, now).unwrap_or(Next::Settled),
        other => other,
    }
}

/// What comes when it serves as it should; for none of it anything waits.
fn last(wanted: &Wanted<'_>, observed: &Observed, instance: &Instance, now: Timestamp) -> Option<Next> {
    let report = observed.agent.present();
    identity::renew(wanted, instance, report)
        .or_else(|| identity::logins(wanted, instance, report))
        .or_else(|| credentials::renew(wanted, instance, report, now))
}

/// Whether the instance has the type that is wanted, or one that stands in for it.
pub fn is_right_type(instance: &Instance, desired: &Desired) -> bool {
    has_type(instance, &desired.spec.instance_type)
}

/// Whether the instance has this type, or one that stands in for it.
pub fn has_type(instance: &Instance, wanted: &str) -> bool {
    let stands_in = |is: &str| {
        instance.stands_in.as_ref().is_some_and(|stands_in| stands_in.is == is && stands_in.wanted == wanted)
    };
    instance.instance_type == wanted || stands_in(&instance.instance_type)
}

/// A new instance. Where its volume follows it, the zone is the volume's, if there is one; else any.
pub(super) fn launch(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed, volume: Option<&Volume>) -> Next {
    let last =
        observed.instance.present().map_or(Incarnation(0), |gone| gone.incarnation).max(wanted.record.incarnation);
    // A launch whose answer was lost is asked for again under its own token; a new one only after the last is gone.
    let incarnation = wanted.intended.filter(|intended| *intended > last).unwrap_or_else(|| last.next());
    let reason = if last == Incarnation(0) { "it has no instance yet" } else { "its instance is gone" };
    let follows = wanted.site.volume_follows;
    let launch = Step::LaunchInstance {
        incarnation,
        instance_type: desired.spec.instance_type.clone(),
        volume: volume.filter(|_| !follows).map(|volume| volume.id.clone()),
        zone: volume.filter(|volume| follows && !volume.zone.is_empty()).map(|volume| volume.zone.clone()),
    };
    step(wanted, launch, reason)
}

pub(super) fn change_type(wanted: &Wanted<'_>, desired: &Desired, instance: &Instance) -> Option<Next> {
    let change = Step::ChangeType { instance: instance.id.clone(), to: desired.spec.instance_type.clone() };
    (!is_right_type(instance, desired)).then(|| step(wanted, change, format!("it is {}", instance.instance_type)))
}

fn start(wanted: &Wanted<'_>, desired: &Desired, instance: &Instance, volume: &Volume) -> Next {
    change_type(wanted, desired, instance)
        .or_else(|| volume::grow(wanted, desired, volume))
        .unwrap_or_else(|| step(wanted, Step::StartInstance { instance: instance.id.clone() }, "it should run"))
}
