//! The console's keys from the configuration, and `doltops keys`.

use crate::{
    cli::{
        self, Output,
        json::{BoundKeys, Keys},
    },
    config::{Config, KeySet},
    console::keymap::{self, Keymap, Remap, Set},
};

/// The keys in force, and what is wrong with the person's own.
pub fn keymap(config: &Config) -> (Keymap, Vec<String>) {
    let set = match config.keys {
        KeySet::Default => Set::Default,
        KeySet::Vi => Set::Vi,
        KeySet::Plain => Set::Plain,
    };
    let file = config.file.file_name().unwrap_or_default().to_string_lossy();
    let mut lines: Vec<_> = config.console.keys.iter().collect();
    // The first of two lines that are in each other's way holds.
    lines.sort_by_key(|(_, line)| line.line);
    let remap = |(command, line): (&String, &crate::config::KeyLine)| Remap {
        command: command.clone(),
        keys: line.keys.clone(),
        at: format!("{file}, line {}", line.line),
    };
    Keymap::new(set, &lines.into_iter().map(remap).collect::<Vec<_>>())
}

/// What the console says at its start; `doltops keys` tells the rest.
pub fn said(findings: &[String]) -> Option<String> {
    match findings {
        [] => None,
        [only] => Some(only.clone()),
        [first, rest @ ..] => Some(format!("{first} (and {} more: doltops keys)", rest.len())),
    }
}

/// Shows them; gives the exit code.
pub fn run(config: &Config, out: &mut Output) -> u8 {
    let (keymap, problems) = keymap(config);
    let bound = |row: keymap::Row| BoundKeys { command: row.command, keys: row.keys, help: row.help };
    let commands = keymap::listed(&keymap).into_iter().map(bound).collect();
    cli::show_keys(&Keys { set: config.keys.as_str(), commands, problems }, out)
}
