//! What stands over all screens: one at a time.

use crate::console::{
    state::{columns::Column, list::List, palette::Palette, prompt::Prompt, question::Question},
    text,
};
use tui_input::Input;

/// An overlay.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Every key and what it does.
    Help(List),
    /// Commands by name.
    Palette(Palette),
    /// The themes, to choose from.
    Themes(Themes),
    /// A line that filters the fleet or searches a log.
    Line(Line),
    /// A question at the foot of the screen.
    Question(Question),
    /// A row or a line, whole.
    Whole(Whole),
    /// Which columns are shown.
    Columns(Picker),
    /// A question.
    Prompt(Box<Prompt>),
    /// The statements that were run.
    Past(PastSearch),
    /// The question before quitting.
    Quit(Quit),
}

/// The widest label of a part; a longer one is cut off.
const WIDEST_LABEL: usize = 24;

/// A named text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name; empty where there is only one.
    pub label: String,
    /// The text; `None` is NULL.
    pub value: Option<String>,
}

/// A row or a line that is shown whole. It is a copy: what it was taken from may move on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// What it is.
    pub title: String,
    parts: Vec<Part>,
    /// The first line in view.
    pub top: usize,
}

impl Whole {
    /// From its beginning.
    pub fn of(title: String, parts: Vec<Part>) -> Self {
        Self { title, parts, top: 0 }
    }

    /// The columns of the labels.
    pub fn label_width(&self) -> usize {
        self.parts.iter().map(|part| text::width(&part.label)).max().unwrap_or(0).min(WIDEST_LABEL)
    }

    /// Its lines in at most `width` columns: label and text; the label stands beside its first line only.
    pub fn lines(&self, width: usize) -> Vec<(String, Option<String>)> {
        // Two columns between label and text.
        let room = width.saturating_sub(self.label_width() + 2).max(1);
        let mut lines = Vec::new();
        for part in &self.parts {
            let Some(value) = &part.value else {
                lines.push((part.label.clone(), None));
                continue;
            };
            let pieces = text::pieces(value, room).into_iter().enumerate();
            lines.extend(
                pieces.map(|(at, piece)| (if at == 0 { part.label.clone() } else { String::new() }, Some(piece))),
            );
        }
        lines
    }
}

/// Columns to choose from.
#[derive(Clone, Debug)]
pub struct Picker {
    /// All of them, in the order in which they would stand.
    pub order: Vec<Column>,
    /// The cursor over them.
    pub list: List,
    /// What was shown before, for Esc.
    pub before: Vec<Column>,
}

/// What was run, searched.
#[derive(Clone, Debug, Default)]
pub struct PastSearch {
    /// What is typed.
    pub input: Input,
    /// The cursor over what matches.
    pub list: List,
}

/// The themes, to choose from.
#[derive(Clone, Debug)]
pub struct Themes {
    /// Their names.
    pub names: Vec<String>,
    /// The cursor over them; what it is on is drawn with.
    pub list: List,
    /// What was chosen before, for Esc.
    pub before: String,
}

/// A line that is typed at the foot of the screen.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is typed.
    pub input: Input,
    /// What stood there before, for Esc.
    pub before: String,
    /// How far back what stands there was recalled from; 0: it was typed.
    pub recalled: usize,
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
    /// Quit; nothing that runs is this console's to decide about.
    Go,
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
    /// What ends with this console, whatever is chosen: a sentence each.
    pub losing: Vec<String>,
}
