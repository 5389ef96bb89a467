//! It should be stopped: its name leads nowhere, its instance is stopped, its data stays.

use super::{Next, Waiting, Wanted, living, names, protect, run::change_type, step, volume};
use crate::model::{Desired, InstanceState, Observed, Step};

pub(super) fn rest(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed) -> Next {
    // First: while it is stopped, its address may be given to someone else.
    if let Some(next) = names::withdraw(wanted, observed, "it should be stopped") {
        return next;
    }
    let Some(instance) = living(observed) else { return Next::Settled };
    match instance.state {
        InstanceState::Running | InstanceState::Pending => {
            step(wanted, Step::StopInstance { instance: instance.id.clone() }, "it should be stopped")
        }
        InstanceState::Stopping | InstanceState::ShuttingDown => Next::Wait(Waiting::Instance),
        InstanceState::Stopped | InstanceState::Terminated => {
            let volume = observed.volume.present();
            volume
                .and_then(|volume| volume::attach(wanted, observed, instance, volume))
                .or_else(|| protect(wanted, desired, instance))
                .or_else(|| change_type(wanted, desired, instance))
                .or_else(|| volume.and_then(|volume| volume::grow(wanted, desired, volume)))
                .unwrap_or(Next::Settled)
        }
    }
}
