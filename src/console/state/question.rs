//! A question at the foot of the screen that one line answers.

use super::typed::Typed;

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
    pub input: Typed,
    /// Why the last answer was none.
    pub problem: Option<String>,
}

impl Question {
    /// With a line to begin with.
    pub fn new(ask: Ask, input: Typed) -> Self {
        Self { ask, input, problem: None }
    }
}
