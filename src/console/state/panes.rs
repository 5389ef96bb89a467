//! Two views side by side: each pane has a stack of screens and a trail of its own, one of them has the keys.
//!
//! Guarantees: [`State::screens`] is always the stack of the pane that has the keys, so that everything else knows one
//! stack; what is awaited by the other pane reaches it (see `action::panes`).
//!
//! The fleet is one: both panes share its rows, its order and its cursor.
//!
//! Why the other pane is set aside and not a list of panes with an index: every screen, action and view would have to
//! name the pane that it means. So only moving the keys does.

use crate::console::state::{Screen, State, Ticket, trail::Trail};

/// From this width on two views stand side by side: each has what the smallest screen has, and a line between them.
pub const SPLIT_FROM: u16 = 120;

/// The pane that does not have the keys.
#[derive(Debug)]
pub struct Beside {
    /// Over the fleet, the last on top.
    pub screens: Vec<Screen>,
    /// The views that were seen in it.
    pub trail: Trail,
    /// It stands at the left.
    pub at_left: bool,
}

impl State {
    /// The keys go to the other pane.
    pub fn swap_panes(&mut self) {
        if let Some(beside) = &mut self.beside {
            std::mem::swap(&mut self.screens, &mut beside.screens);
            std::mem::swap(&mut self.trail, &mut beside.trail);
            beside.at_left = !beside.at_left;
        }
    }

    /// Whether the answer to this is for the other pane.
    pub fn beside_awaits(&self, ticket: Ticket) -> bool {
        self.beside.as_ref().is_some_and(|beside| beside.screens.iter().any(|screen| screen.awaits(ticket)))
    }
}
