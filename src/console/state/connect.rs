//! A SQL connection to one deployment: an editor and the last results.

pub mod grid;
pub mod past;

use self::grid::Grid;
use crate::{
    console::state::{Ticket, list::List},
    hosted_api::problem::Problem,
    sql::{catalog::Catalog, complete::Candidate, statements::Standing},
};
use std::{cell::Cell, ops::Range, path::PathBuf, sync::Arc};
use tui_textarea::{CursorMove, TextArea};

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
    pub results: Vec<Grid>,
    /// How many statements were carried out whole.
    pub carried_out: usize,
    /// Why no more came.
    pub problem: Option<Problem>,
}

impl Outcome {
    /// How many pages it has: a result each, and one for what failed.
    pub fn pages(&self) -> usize {
        self.results.len() + usize::from(self.problem.is_some())
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

/// A statement that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// What was sent.
    pub sql: String,
    /// Where it stands in the text, in bytes; none where it was made for the person.
    pub place: Option<usize>,
    /// How many bytes of `sql` stand before what is in the text.
    pub lead: usize,
}

/// What can be written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggest {
    /// How many characters before the cursor it replaces.
    pub typed: usize,
    /// The likeliest first.
    pub candidates: Vec<Candidate>,
    /// Which of them.
    pub chosen: usize,
    /// Somebody has chosen: Enter takes it then.
    pub touched: bool,
}

/// A connection.
#[derive(Clone, Debug)]
pub struct Connect {
    /// To which deployment.
    pub name: String,
    /// It is one of those whose data is dear.
    pub production: bool,
    /// As a user that can only read.
    pub read_only: bool,
    /// How it is.
    pub phase: Phase,
    /// The text.
    pub editor: TextArea<'static>,
    /// The first line and column of the text in view; drawing alone knows how many there are.
    pub scroll: Cell<(usize, usize)>,
    /// How far back in what was run the text comes from; none when it is one of its own.
    pub recalled: Option<usize>,
    /// What can be written at the cursor, while it is shown.
    pub suggest: Option<Suggest>,
    /// The part of the text that the last error is about, in bytes.
    pub mark: Option<Range<usize>>,
    /// The names that the database knows.
    pub catalog: Arc<Catalog>,
    /// What goes with the connection.
    pub standing: Standing,
    /// Since when a transaction is open.
    pub open_since: Option<i64>,
    /// The statements that were sent last, and the whole text that they are from.
    pub sent: Vec<Sent>,
    /// The whole text that was sent; none where it was not the editor's.
    pub sent_text: Option<String>,
    /// What came back.
    pub outcome: Outcome,
    /// Which of its pages is shown.
    pub shown: usize,
    /// The cursor over its rows.
    pub list: List,
    /// The column under the cursor.
    pub column: usize,
    /// The first column in view.
    pub left: Cell<usize>,
    /// More rows were asked for, and have not come yet.
    pub fetching: bool,
    /// What is being written to a file, and how many of its rows are.
    pub exporting: Option<(PathBuf, u64)>,
    /// Which half takes keys.
    pub focus: Focus,
    /// Names the connection.
    pub ticket: Ticket,
}

impl Connect {
    /// A connection that is being opened.
    pub fn opening(name: String, read_only: bool, ticket: Ticket, now: i64) -> Self {
        Self {
            name,
            production: false,
            read_only,
            phase: Phase::Opening(now),
            editor: TextArea::default(),
            scroll: Cell::default(),
            recalled: None,
            suggest: None,
            mark: None,
            catalog: Arc::default(),
            standing: Standing::default(),
            open_since: None,
            sent: Vec::new(),
            sent_text: None,
            outcome: Outcome::default(),
            shown: 0,
            list: List::default(),
            column: 0,
            left: Cell::default(),
            fetching: false,
            exporting: None,
            focus: Focus::Editor,
            ticket,
        }
    }

    /// Puts another text into the editor, with the cursor at its end.
    pub fn set_text(&mut self, text: &str) {
        self.editor = TextArea::new(text.split('\n').map(str::to_owned).collect());
        self.editor.move_cursor(CursorMove::Bottom);
        self.editor.move_cursor(CursorMove::End);
        self.scroll.set((0, 0));
        (self.mark, self.suggest) = (None, None);
    }

    /// The text in the editor, exactly as it was typed or pasted: it is what runs. What is drawn is cleaned.
    pub fn text(&self) -> String {
        self.editor.lines().join("\n")
    }

    /// Where the cursor is in the text, in bytes.
    pub fn place(&self) -> usize {
        let cursor = self.editor.cursor();
        let before: usize = self.editor.lines().iter().take(cursor.0).map(|line| line.len() + 1).sum();
        let line = self.editor.lines().get(cursor.0).map_or("", String::as_str);
        before + line.char_indices().nth(cursor.1).map_or(line.len(), |(at, _)| at)
    }

    /// Puts the cursor at a place of the text.
    pub fn go_to(&mut self, place: usize) {
        let text = self.text();
        let before = text.get(..place).unwrap_or(&text);
        let row = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let short = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        self.editor.move_cursor(CursorMove::Jump(short(row), short(column)));
    }

    /// The result that is shown.
    pub fn result(&self) -> Option<&Grid> {
        self.outcome.results.get(self.shown)
    }

    /// The cell under the cursor, and its column.
    pub fn cell(&self) -> Option<(&crate::sql::Head, Option<&str>)> {
        let grid = self.result()?;
        let row = grid.rows().get(self.list.cursor())?;
        Some((grid.heads.get(self.column)?, row.get(self.column)?.as_deref()))
    }

    /// Shows one of the pages from its beginning.
    pub fn show(&mut self, index: usize) {
        self.shown = index;
        self.column = 0;
        self.left.set(0);
        self.list = List::default();
        self.list.set_len(self.result().map_or(0, |result| result.rows().len()));
    }
}
