//! The palette: a line that is typed, and what it can become.

use crate::console::{command::Command, locator::Locator, state::list::List};
use tui_input::Input;

/// The palette.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What is typed: a command, and perhaps what it is to act on.
    pub input: Input,
    /// What it can become, the likeliest first.
    pub offers: Vec<Offer>,
    /// The cursor over them.
    pub list: List,
    /// How far back the line was recalled from; 0: it was typed.
    pub recalled: usize,
    /// What was typed before anything was recalled.
    pub draft: String,
    /// The offers are lines that were run before.
    pub searching: bool,
}

/// Something that the line can become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The whole line.
    pub line: String,
    /// What it would do.
    pub does: Does,
    /// What that is, where the command's own line does not say it.
    pub help: String,
}

/// What a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// A command, with what it is to act on.
    Run(Command, Option<String>),
    /// Opens a view.
    Open(Locator),
}
