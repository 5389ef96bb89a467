//! What this machine, and the account where there is one, lack.
//!
//! The checks are run by the console's own process, as `doltops doctor` runs them: they are about what starts a control
//! plane here, and answer where none does.

use crate::{
    console::{
        action::screens,
        effect::Effect,
        state::{Screen, State, Ticket, doctor::Doctor},
    },
    doctor::Report,
};

/// Opens the findings, or looks again where they are open.
pub fn open(state: &mut State) -> Vec<Effect> {
    let (ticket, now) = (state.ticket(), state.now);
    match state.screens.last_mut() {
        Some(Screen::Doctor(doctor)) => {
            let before = std::mem::replace(&mut doctor.ticket, ticket);
            doctor.report.since = Some(now);
            vec![Effect::Cancel(before), Effect::Examine { ticket }]
        }
        _ => {
            screens::push(state, Screen::Doctor(Box::new(Doctor::asked(ticket, now))));
            vec![Effect::Examine { ticket }]
        }
    }
}

/// It was looked at.
pub fn examined(state: &mut State, ticket: Ticket, report: Report) -> Vec<Effect> {
    let found = state.screens.iter_mut().find_map(|screen| match screen {
        Screen::Doctor(doctor) if doctor.ticket == ticket => Some(doctor),
        _ => None,
    });
    if let Some(doctor) = found {
        doctor.set(report);
    }
    Vec::new()
}
