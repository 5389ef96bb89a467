//! It should go: its name, then stop and copy, and only then the instance, its address, the volume and the rest.
//!
//! The name goes first, and the address only after the instance: whoever still has the old answer of a resolver reaches
//! nobody, and not somebody else to whom the address was given meanwhile.

use super::{Next, Waiting, Wanted, living, names, step, volume};
use crate::model::{Instance, InstanceState, Observed, Seen, Step};

pub(super) fn remove(wanted: &Wanted<'_>, observed: &Observed) -> Next {
    let why = "its deletion was asked for";
    if let Some(next) = names::withdraw(wanted, observed, why) {
        return next;
    }
    if let Some(instance) = living(observed).into_iter().chain(&observed.older).find(|i| runs(i)) {
        return step(wanted, Step::StopInstance { instance: instance.id.clone() }, why);
    }
    let left = || living(observed).into_iter().chain(&observed.older);
    if left().any(|i| matches!(i.state, InstanceState::Stopping | InstanceState::ShuttingDown)) {
        return Next::Wait(Waiting::Instance);
    }
    if let Some(next) = keep_copy(wanted, observed) {
        return next;
    }
    if let Some(instance) = left().next() {
        return step(wanted, Step::TerminateInstance { instance: instance.id.clone() }, why);
    }
    if let Some(address) = observed.address.present().filter(|_| wanted.site.elastic) {
        return step(wanted, Step::ReleaseAddress { address: address.id.clone() }, why);
    }
    if let Some(volume) = observed.volume.present() {
        let copy =
            observed.copy.present().map_or_else(String::new, |copy| format!("; its data is kept in {}", copy.id));
        return step(wanted, Step::DestroyVolume { volume: volume.id.clone() }, format!("{why}{copy}"));
    }
    step(wanted, Step::Forget, why)
}

/// Its data, if there is any, is in a completed copy before anything more goes; none: so it is.
fn keep_copy(wanted: &Wanted<'_>, observed: &Observed) -> Option<Next> {
    let volume = observed.volume.present()?;
    let ours = |holder: &_| living(observed).into_iter().chain(&observed.older).any(|instance| instance.id == *holder);
    if let Some(holder) = volume.attached.as_ref().filter(|holder| wanted.site.volume_follows && !ours(holder)) {
        // The cloud takes a volume off an instance that has ended, a moment later. Anything else may still write to it.
        let ended = observed.instance.present().map(|gone| &gone.id) == Some(holder)
            || wanted.record.instance.as_ref() == Some(holder);
        let wait = || Next::Wait(Waiting::Instance);
        return Some(if ended { wait() } else { Next::Blocked(volume::elsewhere(volume, holder.as_str())) });
    }
    match &observed.copy {
        Seen::Unknown => Some(Next::Wait(Waiting::Look)),
        Seen::Present(copy) if copy.volume == volume.id && !copy.completed => Some(Next::Wait(Waiting::Copy)),
        Seen::Present(copy) if copy.volume == volume.id => None,
        _ => {
            let reason = "a copy is kept before its data goes";
            Some(step(wanted, Step::TakeFinalCopy { volume: volume.id.clone() }, reason))
        }
    }
}

fn runs(instance: &Instance) -> bool {
    matches!(instance.state, InstanceState::Running | InstanceState::Pending)
}
