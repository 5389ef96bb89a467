//! The data volume: made once, from nothing or from the final copy, and where its instance is.
//!
//! Two kinds of cloud. In one the volume is made first and its instance is launched with it. In the other
//! ([`Site::volume_follows`](crate::model::Site)) the first instance is launched where there is capacity, its volume is
//! made in that zone and attached to it; from then on the volume binds every instance to its zone.

use super::{Next, Waiting, Wanted, blocked, living, run::launch, step};
use crate::model::{Copy, Desired, DoltState, Instance, InstanceState, Observed, Step, Volume};

/// No volume is there: a first one, one from the final copy, or a person must say.
pub(super) fn again(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed) -> Next {
    if let Some(lost) = &wanted.record.volume {
        let why = format!(
            "its volume {lost} is gone; delete {} or bring the volume back: an empty one is never put in its place",
            desired.name
        );
        return blocked(wanted, observed, why);
    }
    if living(observed).is_some_and(|instance| instance.volume.is_some()) {
        // The look contradicts itself: the volume shows a moment later, or it does not and is not to be replaced.
        return Next::Wait(Waiting::Look);
    }
    if let Some(instance) = living(observed).filter(|_| !wanted.site.volume_follows) {
        let end = Step::TerminateInstance { instance: instance.id.clone() };
        return step(wanted, end, "it runs without a data volume");
    }
    let copy = observed.copy.present().filter(|copy| Some(&copy.id) == wanted.record.final_copy.as_ref());
    if let (Some(kept), None) = (&wanted.record.final_copy, copy) {
        let why = format!(
            "its final copy {kept}, from which it comes back, is not there: an empty volume is never put in its place"
        );
        return blocked(wanted, observed, why);
    }
    match living(observed) {
        None if wanted.site.volume_follows => launch(wanted, desired, observed, None),
        None => create(wanted, desired, copy, None),
        Some(instance) => match instance.state {
            InstanceState::Running | InstanceState::Stopped => create(wanted, desired, copy, Some(instance)),
            _ => Next::Wait(Waiting::Instance),
        },
    }
}

fn create(wanted: &Wanted<'_>, desired: &Desired, copy: Option<&Copy>, instance: Option<&Instance>) -> Next {
    let gib = desired.spec.volume_gib.max(copy.map_or(0, |copy| copy.gib));
    let reason = match copy {
        Some(copy) => format!("it comes back from its final copy {}", copy.id),
        None => "it has no data volume yet".to_owned(),
    };
    let zone = instance.map(|instance| instance.zone.clone()).filter(|zone| !zone.is_empty());
    step(wanted, Step::CreateVolume { gib, from: copy.map(|copy| copy.id.clone()), zone }, reason)
}

/// The volume is there and no instance is: whether something has it still, so that a new one could not get it.
pub(super) fn held(wanted: &Wanted<'_>, observed: &Observed, volume: &Volume) -> Option<Next> {
    let holder = volume.attached.as_ref().filter(|_| wanted.site.volume_follows)?;
    if observed.instance.present().is_some_and(|gone| gone.id == *holder) {
        // The cloud takes a volume off an instance that has ended, a moment later.
        return Some(Next::Wait(Waiting::Instance));
    }
    Some(blocked(wanted, observed, elsewhere(volume, holder.as_str())))
}

/// What it takes to have the volume at its instance, which runs or is stopped; none: it is there.
pub(super) fn attach(wanted: &Wanted<'_>, observed: &Observed, instance: &Instance, volume: &Volume) -> Option<Next> {
    if !wanted.site.volume_follows || volume.attached.as_ref() == Some(&instance.id) {
        return None;
    }
    if let Some(holder) = &volume.attached {
        // Its last instance has ended, and the cloud is a moment behind with taking the volume off it.
        let last = wanted.record.instance.as_ref() == Some(holder);
        let wait = || Next::Wait(Waiting::Instance);
        return Some(if last { wait() } else { Next::Blocked(elsewhere(volume, holder.as_str())) });
    }
    if instance.volume.as_ref() == Some(&volume.id) {
        return Some(Next::Wait(Waiting::Look));
    }
    let apart = !volume.zone.is_empty() && !instance.zone.is_empty() && volume.zone != instance.zone;
    let (then, reason) = if apart {
        let reason = format!("it is in {}, and its data in {} on {}", instance.zone, volume.zone, volume.id);
        (Step::TerminateInstance { instance: instance.id.clone() }, reason)
    } else if instance.state == InstanceState::Running && had_it(wanted, observed, instance) {
        // Its filesystem was taken from under Dolt. Only a boot mounts and checks it anew.
        let reason = format!("{} was detached while it was used; it is attached again before the next boot", volume.id);
        (Step::StopInstance { instance: instance.id.clone() }, reason)
    } else {
        let reason = "its data volume is not attached".to_owned();
        (Step::AttachVolume { instance: instance.id.clone(), volume: volume.id.clone() }, reason)
    };
    Some(step(wanted, then, reason))
}

/// Whether the instance has run Dolt, and so had the volume, before.
fn had_it(wanted: &Wanted<'_>, observed: &Observed, instance: &Instance) -> bool {
    let report = observed.agent.present().filter(|report| report.incarnation == instance.incarnation);
    // One whose filesystem was taken tells of nothing in effect any more, but still of what was deployed.
    wanted.record.incarnation == instance.incarnation
        || report.is_some_and(|report| report.dolt != DoltState::NotDeployed)
}

pub(super) fn elsewhere(volume: &Volume, holder: &str) -> String {
    format!("its volume {} is attached to {holder}, which is not its instance; detach it there", volume.id)
}

pub(super) fn grow(wanted: &Wanted<'_>, desired: &Desired, volume: &Volume) -> Option<Next> {
    let grow = Step::GrowVolume { volume: volume.id.clone(), to: desired.spec.volume_gib };
    (volume.gib < desired.spec.volume_gib).then(|| step(wanted, grow, format!("it has {} GiB", volume.gib)))
}
