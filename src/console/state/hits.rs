//! What stands where on the screen, for the mouse.
//!
//! Drawing writes it, as it writes a list's window: only drawing knows where things are. What is drawn later lies above.

use crate::console::{command::Command, state::columns::Column};
use ratatui::layout::{Position, Rect};
use std::cell::RefCell;

/// What can be pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Rows of the list that arrows move here; the first of them in view.
    Rows(usize),
    /// The heading of a column of the fleet.
    Heading(Column),
    /// The hint of a command.
    Hint(Command),
    /// The view beside the one that has the keys.
    Beside,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Hits(RefCell<Vec<(Rect, Target)>>);

impl Hits {
    /// Nothing can be pointed at: a new frame begins, or something covers what was drawn before.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// This stands there.
    pub fn add(&self, area: Rect, target: Target) {
        self.0.borrow_mut().push((area, target));
    }

    /// What stands there, and how many rows below its own first one.
    pub fn at(&self, column: u16, row: u16) -> Option<(Target, u16)> {
        let hits = self.0.borrow();
        let hit = hits.iter().rev().find(|(area, _)| area.contains(Position::new(column, row)))?;
        Some((hit.1.clone(), row - hit.0.y))
    }
}
