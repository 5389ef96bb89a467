//! Changes without arguments: stop, start, restart, pause, resume, protect, unprotect. The form shows the plan alone.

use crate::console::{
    action::{
        form::{self, Wrong},
        several,
    },
    effect::Effect,
    state::{
        State,
        form::{Form, Kind, Verb},
    },
};
use doltops_proto::hosted_api::{
    Deployment,
    change::{self, Change},
};

/// Stops what should run, starts what should not.
pub fn power(state: &mut State) -> Vec<Effect> {
    let verb = next(state);
    form::open(state, Kind::Verb(verb))
}

/// What `power` would do now.
pub fn next(state: &State) -> Verb {
    if several::applies(state) {
        return several::verb(state);
    }
    if several::one(state).is_some_and(stopped) { Verb::Start } else { Verb::Stop }
}

/// Whether it should not run.
pub fn stopped(row: &Deployment) -> bool {
    row.desired.as_ref().is_some_and(|desired| desired.power == "stopped")
}

/// What the form asks for.
///
/// # Errors
/// None; a form always names its deployment.
pub fn change(form: &Form, verb: Verb) -> Result<Change, Wrong> {
    Ok(of(verb, form.target.clone().unwrap_or_default()))
}

/// The change of one deployment.
pub fn of(verb: Verb, name: String) -> Change {
    match verb {
        Verb::Stop => Change::Stop(change::Stop { name }),
        Verb::Start => Change::Start(change::Start { name }),
        Verb::Restart => Change::Restart(change::Restart { name }),
        Verb::Pause => Change::Pause(change::Pause { name }),
        Verb::Resume => Change::Resume(change::Resume { name }),
        Verb::Protect => Change::Protect(change::Protect { name }),
        Verb::Unprotect => Change::Unprotect(change::Unprotect { name }),
    }
}
