//! Picking a commit to go back to.

use crate::console::state::{history::History, proposal::Proposal};
use doltops_proto::hosted_api::Commit;

/// What becomes of the commit under the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// What was desired then is desired again: whatever came later goes.
    #[default]
    GoBack,
    /// What it changed goes, and nothing else; with another one marked both, and all between.
    TakeBack,
}

/// The commits to pick from, and what going back would do.
#[derive(Clone, Debug)]
pub struct RollBack {
    /// The commits; the one under the cursor is the one to go back to.
    pub history: History,
    /// The commit that the cursor goes to once they are loaded.
    pub wanted: Option<String>,
    /// The commit that is suspected, where it was opened from an incident.
    pub suspect: Option<String>,
    /// What becomes of it.
    pub way: Way,
    /// What follows.
    pub proposal: Proposal,
}

impl RollBack {
    /// The other way. From the suspect the cursor goes along to the commit before it, and back: what goes is the suspect's
    /// either way, and to go back to the suspect itself would mend nothing.
    pub fn turn(&mut self) {
        let here = self.history.chosen.list.cursor();
        let is_suspect = |commit: Option<&Commit>| commit.is_some_and(|it| self.suspect.as_ref() == Some(&it.hash));
        let (way, cursor) = match self.way {
            Way::TakeBack if is_suspect(self.history.selected()) => (Way::GoBack, here + 1),
            Way::TakeBack => (Way::GoBack, here),
            Way::GoBack => {
                let newer = here.checked_sub(1);
                let from = newer.filter(|newer| is_suspect(self.history.at(*newer)));
                (Way::TakeBack, from.unwrap_or(here))
            }
        };
        self.way = way;
        self.history.chosen.list.set_cursor(cursor);
    }
}
