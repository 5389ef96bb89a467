//! Which key asks for what: plain data, made once at the start and read by keys, footer, help and palette alike.
//!
//! Guarantees
//! - What is shown for a command is what asks for it: both are read from here.
//! - A key's meaning depends on the place and on the keys pressed before it, on nothing else.
//!
//! Not here: the keys of texts (a form's field, the editor, the palette's line), which belong to the text; and what a
//! command does (`action`).

mod chord;
pub mod key;
mod resolve;
mod sets;

pub use chord::Chord;
pub use resolve::Remap;
pub use sets::Set;

use crate::console::{
    command::{COMMANDS, Command, Entry},
    state::Place,
};

/// The keys in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// Row by row as in the registry; in no place do two of them clash (see `resolve`).
    rows: Vec<Vec<Chord>>,
}

/// What the keys pressed so far come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// They ask for this.
    Run(Command),
    /// They begin a chord.
    More,
    /// Nothing begins so.
    Nothing,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(Set::Default, &[]).0
    }
}

impl Keymap {
    /// From a set and a person's lines; with what is wrong with those.
    pub fn new(set: Set, lines: &[Remap]) -> (Self, Vec<String>) {
        let (rows, findings) = resolve::resolve(set, lines);
        (Self { rows }, findings)
    }

    /// The chords of a command, the one to show first.
    pub fn keys(&self, command: Command) -> &[Chord] {
        let row = COMMANDS.iter().position(|entry| entry.command == command);
        row.and_then(|row| self.rows.get(row)).map_or(&[], Vec::as_slice)
    }

    /// The key of a command as people write it; empty where it has none.
    pub fn shown(&self, command: Command) -> String {
        self.keys(command).first().map(Chord::shown).unwrap_or_default()
    }

    /// The key where a text is typed: a character would be text.
    pub fn shown_in_text(&self, command: Command) -> String {
        let outside = |chord: &&Chord| !chord.begins_with_a_character();
        self.keys(command).iter().find(outside).map(Chord::shown).unwrap_or_default()
    }

    /// All keys of a command, as people write them.
    pub fn all_shown(&self, command: Command) -> String {
        self.keys(command).iter().map(Chord::shown).collect::<Vec<_>>().join(", ")
    }

    /// How to ask for a command, in a sentence: its key, or its name in the palette.
    pub fn way(&self, command: Command) -> String {
        match self.shown(command) {
            key if key.is_empty() => {
                format!("{} {}", self.shown(Command::Palette), crate::console::command::entry(command).name)
            }
            key => key,
        }
    }

    /// What these keys come to in a place.
    pub fn step(&self, place: Place, pressed: &[String]) -> Step {
        let mut step = Step::Nothing;
        for (entry, chord) in self.of(place) {
            if chord.keys() == pressed {
                return Step::Run(entry.command);
            }
            if chord.keys().starts_with(pressed) {
                step = Step::More;
            }
        }
        step
    }

    /// What one key asks for in a place.
    pub fn asked(&self, place: Place, key: &str) -> Option<Command> {
        match self.step(place, &[key.to_owned()]) {
            Step::Run(command) => Some(command),
            Step::More | Step::Nothing => None,
        }
    }

    /// Whether this key alone asks for the command, wherever that is: for what stands over a place.
    pub fn is(&self, command: Command, key: &str) -> bool {
        self.keys(command).iter().any(|chord| chord.keys() == [key])
    }

    /// What may follow a prefix in a place: the keys still to press, and what they ask for.
    pub fn after(&self, place: Place, prefix: &[String]) -> Vec<(String, &'static Entry)> {
        let rest = |chord: &Chord| {
            let rest = chord.keys().get(prefix.len()..)?;
            let shown = rest.iter().map(|key| key::shown(key)).collect::<Vec<_>>().join(" ");
            chord.keys().starts_with(prefix).then_some(shown)
        };
        self.of(place).filter_map(|(entry, chord)| rest(chord).map(|keys| (keys, entry))).collect()
    }

    fn of(&self, place: Place) -> impl Iterator<Item = (&'static Entry, &Chord)> {
        let rows = COMMANDS.iter().zip(&self.rows).filter(move |(entry, _)| entry.places.contains(&place));
        rows.flat_map(|(entry, chords)| chords.iter().map(move |chord| (entry, chord)))
    }
}

/// A command and its keys, for a list of them outside the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in `[console.keys]`.
    pub command: String,
    /// Its keys in force, as people write them.
    pub keys: Vec<String>,
    /// What it does.
    pub help: &'static str,
}

/// Every command with its keys.
pub fn listed(keymap: &Keymap) -> Vec<Row> {
    let row = |entry: &Entry| Row {
        command: entry.id(),
        keys: keymap.keys(entry.command).iter().map(Chord::shown).collect(),
        help: entry.help,
    };
    COMMANDS.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_waits_for_the_key_after_it() {
        let (map, pressed) =
            (Keymap::default(), |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());
        assert_eq!(map.step(Place::Fleet, &pressed(&["g"])), Step::More);
        assert_eq!(map.step(Place::Fleet, &pressed(&["g", "g"])), Step::Run(Command::First));
        assert_eq!(map.step(Place::Fleet, &pressed(&["g", "§"])), Step::Nothing);
        assert_eq!(map.step(Place::Form, &pressed(&["g"])), Step::Nothing);
        let after = map.after(Place::Fleet, &pressed(&["g"]));
        assert!(after.iter().any(|(keys, entry)| keys == "e" && entry.command == Command::Events), "{after:?}");
    }
}
