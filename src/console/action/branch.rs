//! One change request: following it, and the way to its merge.
//!
//! Not here: what a person says about it (`say`), and the whole console on it (`desk`).

pub mod desk;
pub mod say;

use crate::{
    console::{
        action::{form, screens},
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            branch::{Branch, Cell, Part},
            form::Kind,
            overlay::{Part as Shown, Whole},
        },
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::Branch as Told;

/// Opens the one under the cursor of the list.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Branches(list)) = state.screens.last() else { return Vec::new() };
    list.selected().map(|branch| branch.name.clone()).map_or_else(Vec::new, |name| show(state, name))
}

/// Opens one, and follows it while main and the branch move.
pub fn show(state: &mut State, name: String) -> Vec<Effect> {
    let ticket = state.ticket();
    let branch = Branch::asked(name.clone(), ticket, state.now);
    screens::push(state, Screen::Branch(Box::new(branch)));
    vec![Effect::Branch { ticket, name }]
}

/// It is as this says now, or no newer word comes for the moment.
pub fn told(state: &mut State, ticket: Ticket, answer: Result<Told, Problem>) -> Vec<Effect> {
    for screen in &mut state.screens {
        if let Screen::Branch(branch) = screen
            && branch.ticket == ticket
        {
            branch.set(answer);
            break;
        }
    }
    Vec::new()
}

/// The change request on the screen, or the one under the cursor of the list.
pub fn at_hand(state: &State) -> Option<&str> {
    match state.screens.last()? {
        Screen::Branch(branch) => Some(&branch.name),
        Screen::Branches(list) => list.selected().map(|branch| branch.name.as_str()),
        _ => None,
    }
}

/// Shows the plan of merging it once more, to be confirmed.
pub fn merge(state: &mut State) -> Vec<Effect> {
    form::open(state, Kind::Merge)
}

/// The other part: the plan, or the review.
pub fn turn(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::Branch(branch)) = state.screens.last_mut() {
        branch.part = match branch.part {
            Part::Plan => Part::Review,
            Part::Review => Part::Plan,
        };
    }
    Vec::new()
}

/// Further down or up in that part.
pub fn scroll(state: &State, down: bool) -> Vec<Effect> {
    if let Some(Screen::Branch(branch)) = state.screens.last() {
        branch.scroll().by_pages(if down { 1 } else { -1 });
    }
    Vec::new()
}

/// Whether a command fits the change request on the screen.
///
/// # Errors
/// Why not, and what to do about it.
pub fn fits(state: &State, command: Command) -> Result<(), String> {
    let Some(Screen::Branch(branch)) = state.screens.last() else {
        return Err(format!("there is no change request here: {} lists them", state.keymap.way(Command::Branches)));
    };
    match command {
        // What is over can still be talked about.
        Command::Comment => Ok(()),
        Command::Ours | Command::Theirs | Command::OwnValue => {
            branch.open()?;
            let cell = branch.selected().ok_or("nothing was changed on it yet")?;
            conflict(branch, cell)
        }
        Command::BySql => {
            branch.open()?;
            match branch.cells().iter().any(|cell| cell.conflict.is_some()) {
                true => Ok(()),
                false => Err("main has changed none of these cells: there is nothing to decide".to_owned()),
            }
        }
        Command::Merge => {
            branch.open()?;
            let told = branch.told.value.as_ref();
            match told.filter(|told| !told.hindrance.is_empty()) {
                Some(told) => Err(format!("it cannot be merged now: {}", told.hindrance)),
                None => Ok(()),
            }
        }
        _ => branch.open().map(drop),
    }
}

fn conflict(branch: &Branch, cell: &Cell) -> Result<(), String> {
    if cell.conflict.is_some() {
        return Ok(());
    }
    let others = match branch.next_open() {
        Some(place) => format!("; to decide is {}", branch.cells()[place].address()),
        None => String::new(),
    };
    Err(format!("main has not changed {}: there is nothing to decide{others}", cell.address()))
}

/// The cell under the cursor, whole.
pub fn whole(branch: &Branch) -> Option<Whole> {
    let cell = branch.selected()?;
    let part = |label: &str, value: &Option<String>| Shown { label: label.to_owned(), value: value.clone() };
    let mut parts = vec![part("base", &cell.base)];
    if cell.conflict.is_some() || cell.ours != cell.base {
        parts.push(part("ours (main)", &cell.ours));
    }
    parts.push(part("theirs (branch)", &cell.theirs));
    if let Some(conflict) = cell.conflict.as_ref().filter(|conflict| conflict.decided) {
        parts.push(part("decided", &conflict.value));
        parts.push(part("by", &Some(conflict.decided_by.clone())));
    }
    Some(Whole::of(cell.address(), parts))
}
