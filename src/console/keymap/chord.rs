//! A chord: one key, or a prefix and the keys after it, such as `g e`.

use super::key;

/// Keys that are pressed one after the other; never none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chord(Vec<String>);

/// The most keys of a chord: more than a prefix within a prefix nobody remembers.
const LONGEST: usize = 3;

impl Chord {
    /// Reads `g e`, `ctrl-x ctrl-s` or `f5`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(written: &str) -> Result<Self, String> {
        let keys = written.split_whitespace().map(key::parse).collect::<Result<Vec<_>, _>>()?;
        match keys.len() {
            0 => Err("it names no key".to_owned()),
            length if length > LONGEST => Err(format!("'{written}' has {length} keys; {LONGEST} are the most")),
            _ if keys.iter().any(|key| key == "ctrl-c") => Err("Ctrl+C always leaves, or ends a statement".to_owned()),
            _ if keys.iter().skip(1).any(|key| key == "esc") => Err("Esc after a prefix takes it back".to_owned()),
            _ => Ok(Self(keys)),
        }
    }

    /// Its keys.
    pub fn keys(&self) -> &[String] {
        &self.0
    }

    /// Whether pressing one would stand in the way of the other: the same keys, or one begins as the other does.
    pub fn clashes(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// The same with Alt before its first key; `None` where that has a modifier already, and where a terminal cannot say
    /// it: Alt+[ and Alt+O are the bytes with which the names of other keys begin.
    pub fn with_alt(&self) -> Option<Self> {
        let (first, rest) = self.0.split_first()?;
        let bare = !first.starts_with("ctrl-") && !first.starts_with("alt-") && !matches!(first.as_str(), "[" | "O");
        bare.then(|| Self(std::iter::once(format!("alt-{first}")).chain(rest.iter().cloned()).collect()))
    }

    /// Whether its first key is a character by itself, which types where text is expected.
    pub fn begins_with_a_character(&self) -> bool {
        self.0.first().is_some_and(|key| key.chars().count() == 1)
    }

    /// How people write it: `g e`, `Ctrl+P`.
    pub fn shown(&self) -> String {
        self.0.iter().map(|key| key::shown(key)).collect::<Vec<_>>().join(" ")
    }
}
