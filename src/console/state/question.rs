//! A question at the foot of the screen that one line answers.

use tui_input::Input;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A deployment to stand beside the others, or to go.
    Beside,
    /// A text: only lines of the log that hold it are shown.
    Only,
    /// A time to go to.
    Time,
    /// A file for the log.
    File,
    /// A moment of the past.
    Moment,
}

/// The question.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked for.
    pub ask: Ask,
    /// What is typed.
    pub input: Input,
    /// Why the last answer was none.
    pub problem: Option<String>,
}

impl Question {
    /// With `text` to begin with.
    pub fn new(ask: Ask, text: String) -> Self {
        Self { ask, input: Input::new(text), problem: None }
    }
}
