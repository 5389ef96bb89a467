//! The filters that were typed, by the list that they were typed for.

use crate::console::state::past::Past;
use std::collections::BTreeMap;

/// A list that can be filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// The fleet.
    Fleet,
    /// Events.
    Events,
    /// What belongs to no deployment.
    Orphans,
    /// Commits.
    History,
    /// What differs between two commits.
    Diff,
    /// What the reconciler did and will do.
    Activity,
    /// The command log.
    Commands,
    /// What is wrong.
    Incidents,
    /// What databases show to clients.
    Certificates,
    /// Change requests.
    Branches,
    /// Watched figures of a database's history.
    Checks,
}

impl Listing {
    /// All of them.
    pub const ALL: [Listing; 11] = [
        Listing::Fleet,
        Listing::Events,
        Listing::Orphans,
        Listing::History,
        Listing::Diff,
        Listing::Activity,
        Listing::Commands,
        Listing::Incidents,
        Listing::Certificates,
        Listing::Branches,
        Listing::Checks,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Listing::Fleet => "fleet",
            Listing::Events => "events",
            Listing::Orphans => "orphans",
            Listing::History => "history",
            Listing::Diff => "diff",
            Listing::Activity => "activity",
            Listing::Commands => "commands",
            Listing::Incidents => "incidents",
            Listing::Certificates => "certificates",
            Listing::Branches => "branches",
            Listing::Checks => "checks",
        }
    }
}

/// What was typed for one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// What is in force, also when the list is opened again; empty: nothing is hidden.
    pub last: String,
    /// What was.
    pub past: Past,
}

/// What was typed for all of them.
#[derive(Clone, Debug, Default)]
pub struct Recall {
    typed: BTreeMap<Listing, Typed>,
}

impl Recall {
    /// The filter that was in force when the list was left.
    pub fn last(&self, of: Listing) -> String {
        self.typed.get(&of).map_or_else(String::new, |typed| typed.last.clone())
    }

    /// All that is known of a list.
    pub fn typed(&self, of: Listing) -> Typed {
        self.typed.get(&of).cloned().unwrap_or_default()
    }

    /// Takes up what was known of a list before.
    pub fn restore(&mut self, of: Listing, typed: Typed) {
        self.typed.insert(of, typed);
    }

    /// This filter is in force now.
    pub fn note(&mut self, of: Listing, text: &str) {
        self.typed.entry(of).or_default().last = text.to_owned();
    }

    /// This filter was typed to its end.
    pub fn remember(&mut self, of: Listing, text: &str) {
        self.note(of, text);
        self.typed.entry(of).or_default().past.remember(text);
    }

    /// What was typed so many times ago, from 1 on.
    pub fn past(&self, of: Listing, ago: usize) -> Option<&str> {
        self.typed.get(&of)?.past.ago(ago)
    }
}
