//! What stands over all screens: one at a time.

use crate::console::{command::Command, state::list::List};
use tui_input::Input;

/// An overlay.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Every key and what it does.
    Help(List),
    /// Commands by name.
    Palette(Palette),
    /// A line that filters the fleet or searches a log.
    Line(Line),
    /// The question before quitting.
    Quit(Quit),
}

/// The palette.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What is typed: a command, and perhaps a deployment's name after it.
    pub input: Input,
    /// What matches, best first.
    pub matches: Vec<Command>,
    /// The cursor over it.
    pub list: List,
}

/// A line that is typed at the foot of the screen.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is typed.
    pub input: Input,
    /// What stood there before, for Esc.
    pub before: String,
}

/// An answer to "and the instances?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Quit, and end what runs here; the next start brings it back.
    Stop,
    /// Quit, and leave it running.
    Leave,
    /// Quit; another process takes over.
    HandOver,
}

/// The question before quitting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quit {
    /// What can be answered; the first is the default.
    pub choices: Vec<Choice>,
    /// Which of them the cursor is on.
    pub cursor: usize,
    /// How many instances run here.
    pub running: usize,
}
