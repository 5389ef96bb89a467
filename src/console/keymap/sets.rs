//! The sets of keys to choose from; each says only where it differs from the registry.
//!
//! - `default`: the registry's own.
//! - `vi`: a motion or an operator where vi has one; screens are gone to with `g`.
//! - `plain`: arrows, F-keys, Ctrl and Alt. No character acts by itself: whoever types into the wrong window, or whose
//!   screen reader and dictation send letters, starts nothing.

use super::chord::Chord;
use crate::console::command::{Command, Entry};

/// A set of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Set {
    /// The registry's own keys.
    #[default]
    Default,
    /// For hands that know vi.
    Vi,
    /// Without letters that act by themselves.
    Plain,
}

/// Where `vi` differs.
const VI: &[(Command, &[&str])] = &[
    (Command::Open, &["enter", "l"]),
    (Command::Logs, &["g l"]),
    (Command::Metrics, &["g m"]),
    (Command::History, &["g h"]),
    (Command::Delete, &["d d"]),
    (Command::RemoveOrphan, &["d d"]),
    (Command::EndForward, &["d d"]),
    (Command::Copy, &["y y"]),
    (Command::CopyClone, &["y c"]),
    (Command::CopyForward, &["y y"]),
    (Command::CopyCell, &["y y"]),
    (Command::PageUp, &["ctrl-b", "ctrl-u", "pageup"]),
    (Command::PageDown, &["ctrl-f", "ctrl-d", "pagedown"]),
    (Command::First, &["g g", "home"]),
    (Command::Last, &["G", "end"]),
    (Command::Quit, &["q", "Z Z"]),
];

/// Where `plain` differs; of the others a character stands with Alt.
const PLAIN: &[(Command, &[&str])] = &[
    (Command::Help, &["f1"]),
    (Command::Palette, &["f9"]),
    (Command::Filter, &["ctrl-f"]),
    (Command::Search, &["ctrl-f"]),
    (Command::NextMatch, &["f3"]),
    (Command::PreviousMatch, &["f4"]),
    (Command::Quit, &["ctrl-q"]),
    (Command::Up, &["up"]),
    (Command::Down, &["down"]),
    (Command::PageUp, &["pageup"]),
    (Command::PageDown, &["pagedown"]),
    (Command::Onward, &["ctrl-space"]),
    (Command::Mark, &["insert"]),
    (Command::First, &["home"]),
    (Command::Last, &["end"]),
    (Command::ColumnLeft, &["left"]),
    (Command::ColumnRight, &["right"]),
    // As in a browser. Alt and a bracket, or Alt and O, are how terminals begin the names of other keys.
    (Command::ViewBefore, &["alt-left"]),
    (Command::ViewAfter, &["alt-right"]),
    (Command::Orphans, &["ctrl-o"]),
    (Command::DiffDown, &["ctrl-down"]),
    (Command::DiffUp, &["ctrl-up"]),
];

impl Set {
    /// Every set.
    pub const ALL: [Set; 3] = [Set::Default, Set::Vi, Set::Plain];

    /// The set of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.as_str() == name)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Set::Default => "default",
            Set::Vi => "vi",
            Set::Plain => "plain",
        }
    }

    /// What it says of a command itself; `None` where it leaves the registry's keys.
    pub fn own(self, command: Command) -> Option<Vec<Chord>> {
        let table = match self {
            Set::Default => return None,
            Set::Vi => VI,
            Set::Plain => PLAIN,
        };
        table.iter().find(|(of, _)| *of == command).map(|(_, keys)| chords(keys))
    }

    /// The registry's keys, as this set takes them over.
    pub fn registry(self, entry: &Entry) -> Vec<Chord> {
        let keys = chords(entry.keys);
        if self != Set::Plain {
            return keys;
        }
        let with_alt = |chord: Chord| {
            if chord.begins_with_a_character() { chord.with_alt().unwrap_or(chord) } else { chord }
        };
        keys.into_iter().map(with_alt).collect()
    }
}

/// Keys that are written in this program are valid: a test sees to it.
fn chords(keys: &[&str]) -> Vec<Chord> {
    keys.iter().filter_map(|keys| Chord::parse(keys).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::command::COMMANDS;

    #[test]
    fn every_key_of_the_registry_and_the_sets_can_be_read() {
        let registry = COMMANDS.iter().flat_map(|entry| entry.keys);
        let sets = VI.iter().chain(PLAIN).flat_map(|(_, keys)| *keys);
        for keys in registry.chain(sets) {
            assert!(Chord::parse(keys).is_ok(), "{keys}");
        }
    }
}
