//! Changes without arguments: stop, start, restart, pause, resume, protect, unprotect. The form shows the plan alone.

use crate::console::{
    action::form::{self, Wrong},
    effect::Effect,
    state::{
        State,
        form::{Form, Kind, Verb},
    },
};
use doltops_proto::hosted_api::change::{self, Change};

/// Stops what should run, starts what should not.
pub fn power(state: &mut State) -> Vec<Effect> {
    let desired = state.target().and_then(|row| row.desired.as_ref());
    let stopped = desired.is_some_and(|desired| desired.power == "stopped");
    form::open(state, Kind::Verb(if stopped { Verb::Start } else { Verb::Stop }))
}

/// What the form asks for.
///
/// # Errors
/// None; a form always names its deployment.
pub fn change(form: &Form, verb: Verb) -> Result<Change, Wrong> {
    let name = form.target.clone().unwrap_or_default();
    Ok(match verb {
        Verb::Stop => Change::Stop(change::Stop { name }),
        Verb::Start => Change::Start(change::Start { name }),
        Verb::Restart => Change::Restart(change::Restart { name }),
        Verb::Pause => Change::Pause(change::Pause { name }),
        Verb::Resume => Change::Resume(change::Resume { name }),
        Verb::Protect => Change::Protect(change::Protect { name }),
        Verb::Unprotect => Change::Unprotect(change::Unprotect { name }),
    })
}
