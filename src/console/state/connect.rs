//! A SQL connection to one deployment: an editor and the last results.

use crate::{
    console::state::{Ticket, list::List},
    hosted_api::problem::Problem,
    sql::ResultSet,
};
use tui_textarea::TextArea;

/// How many rows of a result are fetched: enough to scroll through, and bounded in memory.
pub const MAX_ROWS: usize = 1_000;

/// How the connection is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// It is being opened, since then (Unix milliseconds).
    Opening(i64),
    /// It takes statements.
    Ready,
    /// A statement runs, since then.
    Running(i64),
    /// It could not be opened or has broken.
    Broken(Problem),
}

/// What the last statements gave: one result for each that was carried out, then why the next was not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// In the order of the statements.
    pub results: Vec<ResultSet>,
    /// Why no more came.
    pub problem: Option<Problem>,
}

impl Outcome {
    /// How many pages it has: a result each, and one for what failed.
    pub fn pages(&self) -> usize {
        self.results.len() + usize::from(self.problem.is_some())
    }

    /// How many statements were carried out whole.
    pub fn carried_out(&self) -> usize {
        self.results.iter().filter(|result| !result.broken).count()
    }
}

/// Which half takes keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The text.
    Editor,
    /// The rows.
    Results,
}

/// What is kept of a connection that was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text in the editor.
    pub text: String,
    /// What was run, oldest first.
    pub history: Vec<String>,
}

/// A connection.
#[derive(Clone, Debug)]
pub struct Connect {
    /// To which deployment.
    pub name: String,
    /// As a user that can only read.
    pub read_only: bool,
    /// How it is.
    pub phase: Phase,
    /// The text.
    pub editor: TextArea<'static>,
    /// What was run, oldest first.
    pub history: Vec<String>,
    /// Which of `history` is in the editor; its length when it is a text of its own.
    pub recalled: usize,
    /// What came back.
    pub outcome: Outcome,
    /// Which of its pages is shown.
    pub shown: usize,
    /// The cursor over its rows.
    pub list: List,
    /// The first column in view.
    pub column: usize,
    /// Which half takes keys.
    pub focus: Focus,
    /// Names the connection.
    pub ticket: Ticket,
}

impl Connect {
    /// A connection that is being opened.
    pub fn opening(name: String, read_only: bool, ticket: Ticket, now: i64) -> Self {
        let mut connect = Self {
            name,
            read_only,
            phase: Phase::Opening(now),
            editor: TextArea::default(),
            history: Vec::new(),
            recalled: 0,
            outcome: Outcome::default(),
            shown: 0,
            list: List::default(),
            column: 0,
            focus: Focus::Editor,
            ticket,
        };
        connect.set_text("");
        connect
    }

    /// What the next connection to the same deployment begins with.
    pub fn draft(&self) -> Draft {
        Draft { text: self.text(), history: self.history.clone() }
    }

    /// Begins with what was left.
    pub fn take_up(&mut self, draft: Draft) {
        self.set_text(&draft.text);
        self.recalled = draft.history.len();
        self.history = draft.history;
    }

    /// Puts another text into the editor, with the cursor at its end.
    pub fn set_text(&mut self, text: &str) {
        self.editor = TextArea::new(text.split('\n').map(str::to_owned).collect());
        self.editor.move_cursor(tui_textarea::CursorMove::Bottom);
        self.editor.move_cursor(tui_textarea::CursorMove::End);
    }

    /// The text in the editor, exactly as it was typed or pasted: it is what runs. What is drawn is cleaned.
    pub fn text(&self) -> String {
        self.editor.lines().join("\n")
    }

    /// The result that is shown.
    pub fn result(&self) -> Option<&ResultSet> {
        self.outcome.results.get(self.shown)
    }

    /// Shows one of the pages from its beginning.
    pub fn show(&mut self, index: usize) {
        self.shown = index;
        self.column = 0;
        self.list = List::default();
        self.list.set_len(self.result().map_or(0, |result| result.rows.len()));
    }
}
