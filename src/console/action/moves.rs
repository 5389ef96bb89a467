//! Moving the cursor, and what follows from where it is.

use crate::console::{
    action::{connect, history, propose, roll_back},
    command::Command,
    effect::Effect,
    state::{Place, Screen, State, list::List, proposal::Proposal},
};

/// Moves the cursor of the list on top.
pub fn run(state: &mut State, command: Command) -> Vec<Effect> {
    let up = matches!(command, Command::Up | Command::PageUp | Command::First);
    moved(state, up, |list| match command {
        Command::Up => list.move_by(-1),
        Command::Down => list.move_by(1),
        Command::PageUp => list.move_by_pages(-1),
        Command::PageDown | Command::Onward => list.move_by_pages(1),
        Command::First => list.set_cursor(0),
        _ => list.set_cursor(usize::MAX),
    })
}

/// Moves the cursor by so many lines.
pub fn by(state: &mut State, lines: isize) -> Vec<Effect> {
    moved(state, lines < 0, |list| list.move_by(lines))
}

/// Puts the cursor on a line.
pub fn to(state: &mut State, index: usize) -> Vec<Effect> {
    moved(state, false, |list| list.set_cursor(index))
}

/// `up`: towards the first line, also where one is there already.
fn moved(state: &mut State, up: bool, moving: impl FnOnce(&mut List)) -> Vec<Effect> {
    // A commit that was confirmed stays under the cursor until the answer is there.
    if matches!(state.proposal(), Some(Proposal::Sending { .. })) {
        return Vec::new();
    }
    let Some(list) = state.list() else { return Vec::new() };
    moving(list);
    match state.screens.last_mut() {
        Some(Screen::Logs(logs)) => {
            logs.moved();
            // Where newer lines were left out, the end of what is here is not the end.
            let follow = logs.list.at_end() && !up && logs.ring().left_out() == 0;
            logs.set_follow(follow);
        }
        // Another commit is read from its beginning.
        Some(Screen::History(history)) => history.scroll = 0,
        Some(Screen::Incident(story)) => story.scroll = 0,
        Some(Screen::Incidents(list)) => list.keep(),
        _ => {}
    }
    match state.place() {
        Place::Rows => connect::results::follow(state, up),
        Place::Fleet => {
            state.fleet.keep();
            Vec::new()
        }
        Place::History => history::older(state),
        Place::RollBack => {
            let mut effects = history::older(state);
            effects.extend(roll_back::follow(state, propose::WHILE_TYPING));
            effects
        }
        _ => Vec::new(),
    }
}
