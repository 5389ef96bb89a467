//! Quitting: asks what becomes of the instances on this machine when this process hosts them.

use crate::console::{
    Exit,
    action::{connect, forwards},
    effect::Effect,
    state::{
        State,
        overlay::{Choice, Overlay, Quit},
    },
};

/// `q`: ends the console, or asks first.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let running = running(state);
    let losing: Vec<String> = connect::open_transactions(state).into_iter().chain(forwards::losing(state)).collect();
    let choices = match (state.hosting.hosts, state.hosting.heirs) {
        (true, 1..) => vec![Choice::HandOver],
        (true, _) if running > 0 && on_this_machine(state) => vec![Choice::Stop, Choice::Leave],
        _ if losing.is_empty() => return end(state, Choice::Leave),
        _ => vec![Choice::Go],
    };
    state.overlay = Some(Overlay::Quit(Quit { choices, cursor: 0, running, losing }));
    Vec::new()
}

/// Ctrl+C: ends a statement that runs, else as `q`. A second time it quits, and never stops an instance: who presses it
/// twice wants out, and was not asked about the databases.
pub fn interrupt(state: &mut State) -> Vec<Effect> {
    match &state.overlay {
        Some(Overlay::Quit(quit)) => {
            let kept = quit.choices.iter().copied().find(|choice| *choice != Choice::Stop);
            end(state, kept.unwrap_or(Choice::Leave))
        }
        _ => connect::cancel(state).unwrap_or_else(|| ask(state)),
    }
}

/// A key while it asks.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let Some(Overlay::Quit(quit)) = &mut state.overlay else { return Vec::new() };
    let last = quit.choices.len().saturating_sub(1);
    let chosen = match key {
        "up" | "k" | "backtab" => {
            quit.cursor = quit.cursor.saturating_sub(1);
            None
        }
        "down" | "j" | "tab" => {
            quit.cursor = (quit.cursor + 1).min(last);
            None
        }
        "enter" => quit.choices.get(quit.cursor).copied(),
        "s" => quit.choices.iter().copied().find(|choice| *choice == Choice::Stop),
        "l" => quit.choices.iter().copied().find(|choice| *choice == Choice::Leave),
        "esc" | "n" => {
            state.overlay = None;
            None
        }
        _ => None,
    };
    chosen.map_or_else(Vec::new, |choice| end(state, choice))
}

fn end(state: &mut State, choice: Choice) -> Vec<Effect> {
    state.exit = Some(Exit::Quit { suspend: choice == Choice::Stop });
    Vec::new()
}

/// Whether the instances are processes of this machine: in any other cloud they run on, whoever quits.
fn on_this_machine(state: &State) -> bool {
    state.status.as_ref().is_some_and(|status| status.provider == "local")
}

/// Deployments that have an instance that runs.
fn running(state: &State) -> usize {
    let runs = |health: &str| !matches!(health, "stopped");
    state.fleet.rows().iter().filter(|row| runs(&row.health)).count()
}
