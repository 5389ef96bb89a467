//! The file of the statements that were run: JSON lines, mode 0600, in the state folder.
//!
//! Guarantees: bounded, also with several consoles on it; a line that cannot be read is left out, and nothing is ever told
//! a person who only wanted to run a statement.
//!
//! Not here: what may be written down (`sql::statements::may_hold_a_secret`).

use crate::console::state::connect::past::{Entry, REMEMBERED};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The file's name in the state folder.
const NAME: &str = "statements.jsonl";
/// A file that is larger is written anew, with its newest half.
const LARGEST: u64 = 2 << 20;
/// A longer text is a paste, and not worth its room.
const LONGEST: usize = 16 << 10;

/// Where it is, in this state folder.
pub fn path(state_dir: &Path) -> PathBuf {
    state_dir.join(NAME)
}

/// What was run by earlier consoles, oldest first; nothing where there is no file.
pub fn read(path: &Path) -> Vec<Entry> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    // Twice the bound: another console may be about to write it anew.
    let lines = BufReader::new(file.take(2 * LARGEST)).lines().map_while(Result::ok);
    let mut entries: Vec<Entry> = lines.filter_map(|line| serde_json::from_str(&line).ok()).collect();
    let gone = entries.len().saturating_sub(REMEMBERED);
    entries.drain(..gone);
    entries
}

/// Adds one.
///
/// # Errors
/// When the file cannot be written.
pub fn add(path: &Path, entry: &Entry) -> io::Result<()> {
    if entry.sql.len() > LONGEST {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    // Whoever writes it anew holds this too, so that no line is lost between.
    file.lock()?;
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)?;
    if file.metadata()?.len() > LARGEST { shorten(path) } else { Ok(()) }
}

/// Writes the newest half anew, in the same file: others hold it open.
fn shorten(path: &Path) -> io::Result<()> {
    let text = fs::read(path)?;
    let half = text.len() / 2;
    let from = text[half..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| half + at + 1);
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    file.write_all(&text[from..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_was_run_is_there_again_for_its_owner_alone_and_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path(&folder.path().join("state"));
        assert!(read(&path).is_empty());
        let entry = |number: usize| Entry {
            name: "orders".into(),
            at: 1,
            sql: format!("select {number}\n{}", "x".repeat(9_000)),
        };
        for number in 0..300 {
            add(&path, &entry(number)).expect("written");
        }
        let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert!(fs::metadata(&path).expect("there").len() <= LARGEST);
        let kept = read(&path);
        assert!(kept.len() > 50 && kept.len() < 300 && kept.last() == Some(&entry(299)));
        fs::write(&path, "no json\n{\"name\":\"a\",\"at\":1,\"sql\":\"select 1\"}\n").expect("written");
        assert_eq!(read(&path).len(), 1);
    }
}
