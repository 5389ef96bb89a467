//! The filters that were typed, by the list that they were typed for.
//!
//! Guarantees: at most [`KEPT`] a list, the last one first, none twice.

use std::collections::BTreeMap;

/// How many are kept a list: as many as one looks through with a key.
pub const KEPT: usize = 30;

/// A list that can be filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// The fleet.
    Fleet,
    /// Events.
    Events,
    /// What belongs to no deployment.
    Orphans,
}

impl Listing {
    /// All of them.
    pub const ALL: [Listing; 3] = [Listing::Fleet, Listing::Events, Listing::Orphans];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Listing::Fleet => "fleet",
            Listing::Events => "events",
            Listing::Orphans => "orphans",
        }
    }
}

/// What was typed for one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// What is in force, also when the list is opened again; empty: nothing is hidden.
    pub last: String,
    /// What was, the newest first.
    pub past: Vec<String>,
}

/// What was typed for all of them.
#[derive(Clone, Debug, Default)]
pub struct Recall {
    typed: BTreeMap<Listing, Typed>,
}

impl Recall {
    /// The filter that was in force when the list was left.
    pub fn last(&self, of: Listing) -> String {
        self.typed(of).map_or_else(String::new, |typed| typed.last.clone())
    }

    /// All that is known of a list.
    pub fn typed(&self, of: Listing) -> Option<&Typed> {
        self.typed.get(&of)
    }

    /// Takes up what was known of a list before.
    pub fn restore(&mut self, of: Listing, mut typed: Typed) {
        typed.past.truncate(KEPT);
        self.typed.insert(of, typed);
    }

    /// This filter is in force now.
    pub fn note(&mut self, of: Listing, text: &str) {
        self.typed.entry(of).or_default().last = text.to_owned();
    }

    /// This filter was typed to its end.
    pub fn remember(&mut self, of: Listing, text: &str) {
        self.note(of, text);
        let past = &mut self.typed.entry(of).or_default().past;
        past.retain(|other| other != text);
        if !text.is_empty() {
            past.insert(0, text.to_owned());
        }
        past.truncate(KEPT);
    }

    /// What was typed so many times ago, from 1 on.
    pub fn past(&self, of: Listing, ago: usize) -> Option<&str> {
        self.typed.get(&of)?.past.get(ago.checked_sub(1)?).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stands_first_and_none_twice() {
        let mut recall = Recall::default();
        for text in ["a", "b", "a", ""] {
            recall.remember(Listing::Fleet, text);
        }
        assert_eq!([1, 2, 3].map(|ago| recall.past(Listing::Fleet, ago)), [Some("a"), Some("b"), None]);
        assert_eq!((recall.last(Listing::Fleet).as_str(), recall.past(Listing::Events, 1)), ("", None));
        (0..2 * KEPT).for_each(|number| recall.remember(Listing::Fleet, &number.to_string()));
        assert_eq!(recall.typed(Listing::Fleet).map(|typed| typed.past.len()), Some(KEPT));
    }
}
