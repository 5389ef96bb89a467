//! From the registry, a set and a person's lines to the keys in force.
//!
//! Guarantees
//! - In no place does one key ask for two things, or begin a chord and ask for something too.
//! - A line of the person's wins over the set, the set over the registry. What loses its last key gets the same with
//!   Alt before it, so that a command which an upgrade brings takes no key of the person's and is still at hand.
//! - Nothing here refuses to start: a line that cannot hold is reported and left out. A console at three in the morning
//!   must not fail over a typing mistake.

use super::{chord::Chord, sets::Set};
use crate::console::command::{COMMANDS, Entry};

/// A line of `[console.keys]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remap {
    /// Which command, as the file names it.
    pub command: String,
    /// Its keys; none takes them all away.
    pub keys: Vec<String>,
    /// Where it stands: `doltops.toml, line 12`.
    pub at: String,
}

/// The keys in force, row by row as in the registry, and what is wrong with the lines.
pub fn resolve(set: Set, lines: &[Remap]) -> (Vec<Vec<Chord>>, Vec<String>) {
    let mut resolving = Resolving { kept: vec![Vec::new(); COMMANDS.len()], emptied: Vec::new(), findings: Vec::new() };
    let of_lines = resolving.lines(lines);
    let unsaid = |row: &usize| !of_lines.contains(row);
    for row in (0..COMMANDS.len()).filter(unsaid) {
        for chord in set.own(COMMANDS[row].command).unwrap_or_default() {
            resolving.take(row, chord);
        }
    }
    for row in (0..COMMANDS.len()).filter(unsaid).filter(|row| set.own(COMMANDS[*row].command).is_none()) {
        for chord in set.registry(&COMMANDS[row]) {
            resolving.take(row, chord);
        }
    }
    resolving.nothing_is_lost(set);
    (resolving.kept, resolving.findings)
}

struct Resolving {
    kept: Vec<Vec<Chord>>,
    /// Rows that a line left without keys on purpose.
    emptied: Vec<usize>,
    findings: Vec<String>,
}

impl Resolving {
    /// Takes the person's lines; gives the rows that they are about.
    fn lines(&mut self, lines: &[Remap]) -> Vec<usize> {
        let mut said: Vec<(usize, &Remap)> = Vec::new();
        for line in lines {
            let Some(row) = COMMANDS.iter().position(|entry| entry.id() == line.command) else {
                self.report(line, &unknown(&line.command));
                continue;
            };
            if line.keys.is_empty() {
                self.emptied.push(row);
            }
            for written in &line.keys {
                match Chord::parse(written) {
                    Err(why) => self.report(line, &why),
                    Ok(chord) => {
                        if let Some(holder) = self.holder(row, &chord) {
                            let other =
                                said.iter().find(|(row, _)| *row == holder).map_or("itself", |(_, line)| &line.command);
                            self.report(line, &format!("{} is in the way of {other} in the same place", chord.shown()));
                        } else {
                            self.kept[row].push(chord);
                        }
                    }
                }
            }
            said.push((row, line));
        }
        // A line of which nothing could be kept leaves the command its usual keys.
        said.into_iter()
            .map(|(row, _)| row)
            .filter(|row| !self.kept[*row].is_empty() || self.emptied.contains(row))
            .collect()
    }

    fn report(&mut self, line: &Remap, why: &str) {
        self.findings.push(format!("{}, console.keys.{}: {why}", line.at, line.command));
    }

    /// Keeps a chord unless something holds it.
    fn take(&mut self, row: usize, chord: Chord) {
        if self.holder(row, &chord).is_none() {
            self.kept[row].push(chord);
        }
    }

    /// The row that has this chord, or one in its way, in a place of this row's.
    fn holder(&self, row: usize, chord: &Chord) -> Option<usize> {
        let meets = |other: &usize| meet(&COMMANDS[row], &COMMANDS[*other]);
        (0..COMMANDS.len()).filter(meets).find(|other| self.kept[*other].iter().any(|held| held.clashes(chord)))
    }

    fn nothing_is_lost(&mut self, set: Set) {
        for (row, entry) in COMMANDS.iter().enumerate() {
            if !self.kept[row].is_empty() || self.emptied.contains(&row) {
                continue;
            }
            let usual = set.own(entry.command).unwrap_or_else(|| set.registry(entry));
            if let Some(chord) =
                usual.iter().filter_map(Chord::with_alt).find(|chord| self.holder(row, chord).is_none())
            {
                self.kept[row].push(chord);
            }
        }
    }
}

/// Whether there is a place where both can be asked for.
fn meet(one: &Entry, other: &Entry) -> bool {
    one.places.iter().any(|place| other.places.contains(place))
}

fn unknown(command: &str) -> String {
    // Closer than this is more likely a slip than another word, as with the keys of the file.
    const ALIKE: f64 = 0.7;
    let likeness = |entry: &Entry| strsim::jaro_winkler(command, &entry.id());
    let nearest = COMMANDS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|entry| likeness(entry) > ALIKE) {
        Some(entry) => format!("there is no such command; did you mean {}?", entry.id()),
        None => "there is no such command; `doltops keys` lists them".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::{command::Command, keymap::Keymap, state::Place};
    use proptest::prelude::*;

    fn line(number: usize, command: &str, keys: &[&str]) -> Remap {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Remap { command: command.to_owned(), keys, at: format!("doltops.toml, line {number}") }
    }

    /// In every place: no chord of one command stands in the way of another's.
    fn unambiguous(kept: &[Vec<Chord>]) -> bool {
        let all: Vec<(usize, &Chord)> =
            kept.iter().enumerate().flat_map(|(row, chords)| chords.iter().map(move |chord| (row, chord))).collect();
        all.iter().enumerate().all(|(at, (row, chord))| {
            all.iter()
                .skip(at + 1)
                .all(|(other, held)| !meet(&COMMANDS[*row], &COMMANDS[*other]) || !chord.clashes(held))
        })
    }

    /// What the registry and each set say of themselves holds: nothing had to give way, so nothing hides a slip.
    #[test]
    fn no_set_stands_in_its_own_way() {
        for entry in COMMANDS {
            assert_eq!(Keymap::new(Set::Default, &[]).0.keys(entry.command).len(), entry.keys.len(), "{}", entry.id());
        }
        for set in Set::ALL {
            for entry in COMMANDS {
                let own = set.own(entry.command).map_or(0, |own| own.len());
                let kept = resolve(set, &[]).0
                    [COMMANDS.iter().position(|row| row.command == entry.command).expect("a row")]
                .len();
                assert!(kept >= own, "{} in {}", entry.id(), set.as_str());
            }
        }
    }

    #[test]
    fn whatever_has_a_key_has_one_in_every_set() {
        for set in Set::ALL {
            let (kept, findings) = resolve(set, &[]);
            assert!(unambiguous(&kept) && findings.is_empty(), "{}", set.as_str());
            for (row, entry) in COMMANDS.iter().enumerate() {
                assert!(entry.keys.is_empty() || !kept[row].is_empty(), "{} in {}", entry.id(), set.as_str());
            }
        }
    }

    #[test]
    fn in_the_plain_set_no_character_acts_by_itself() {
        for chord in resolve(Set::Plain, &[]).0.iter().flatten() {
            assert!(!chord.begins_with_a_character(), "{}", chord.shown());
        }
    }

    #[test]
    fn a_line_wins_and_what_it_pushes_out_stands_with_alt() {
        let (map, findings) = Keymap::new(Set::Default, &[line(3, "metrics", &["r", "ctrl-t"]), line(4, "logs", &[])]);
        assert_eq!(findings, Vec::<String>::new());
        assert_eq!(map.asked(Place::Fleet, "r"), Some(Command::Metrics));
        assert_eq!(map.asked(Place::Fleet, "ctrl-t"), Some(Command::Metrics));
        assert_eq!(map.asked(Place::Fleet, "m"), None);
        assert_eq!(map.asked(Place::Fleet, "alt-r"), Some(Command::Resize));
        assert_eq!(map.asked(Place::Fleet, "l"), None);
    }

    #[test]
    fn what_cannot_hold_is_reported_by_its_line_and_the_rest_holds() {
        let lines = [
            line(3, "metrics", &["ctrl-t"]),
            line(4, "logs", &["Ctrl+T"]),
            line(5, "rezise", &["R"]),
            line(6, "create", &["hyper-c"]),
            line(7, "quit", &["ctrl-c"]),
            line(8, "events", &["F6"]),
        ];
        let (map, findings) = Keymap::new(Set::Default, &lines);
        assert_eq!(
            findings,
            [
                "doltops.toml, line 4, console.keys.logs: Ctrl+T is in the way of metrics in the same place",
                "doltops.toml, line 5, console.keys.rezise: there is no such command; did you mean resize?",
                "doltops.toml, line 6, console.keys.create: 'hyper-c' is no key; a key is a character, f1 to f12, enter, \
                 esc, tab, up, …, with ctrl- or alt- before it",
                "doltops.toml, line 7, console.keys.quit: Ctrl+C always leaves, or ends a statement",
            ]
        );
        assert_eq!(map.asked(Place::Fleet, "l"), Some(Command::Logs), "it keeps its usual key");
        assert_eq!(map.asked(Place::Fleet, "q"), Some(Command::Quit));
        assert_eq!(map.asked(Place::Fleet, "f6"), Some(Command::Events));
    }

    proptest! {
        /// Whatever stands in the file, no key asks for two things.
        #[test]
        fn whatever_the_lines_say_the_keys_are_unambiguous(
            picks in prop::collection::vec((0..COMMANDS.len(), "[a-g]( [a-g])?|f[1-9]|ctrl-[a-c]|enter"), 0..12),
            set in 0_usize..3,
        ) {
            let lines: Vec<Remap> =
                picks.iter().map(|(row, keys)| line(1, &COMMANDS[*row].id(), &[keys])).collect();
            prop_assert!(unambiguous(&resolve(Set::ALL[set], &lines).0));
        }
    }
}
