//! Writes lines of a log to a file.
//!
//! Guarantees: the file is there whole or not at all; it is for its owner alone (logs hold customers' queries); one that
//! is there already is left as it is unless replacing was asked for.

use crate::{
    console::state::logs::ring::Line,
    hosted_api::problem::{Kind, Problem},
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Writes `lines` to `path`, `~` being the person's own folder; gives where that is, and how many lines.
///
/// # Errors
/// When the file is there and not to be replaced, or cannot be written.
pub fn save(
    path: &str,
    replace: bool,
    lines: &[Line],
    names: &BTreeMap<u8, String>,
) -> Result<(PathBuf, usize), Problem> {
    let path = std::path::absolute(own(path)).map_err(|error| failed(path, &error))?;
    let shown = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new("."));
    // Made with mode 0600, in the folder itself: it takes its name in one step.
    let mut file = NamedTempFile::new_in(folder).map_err(|error| failed(&shown, &error))?;
    let mut out = BufWriter::new(file.as_file_mut());
    write(lines, names, &mut out).and_then(|()| out.flush()).map_err(|error| failed(&shown, &error))?;
    drop(out);
    let kept = if replace { file.persist(&path) } else { file.persist_noclobber(&path) };
    match kept {
        Ok(_) => Ok((path, lines.len())),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            let what = format!("{shown} is there already");
            Err(Problem::new(Kind::Refused, what).next("another name, or ! before it to replace it"))
        }
        Err(error) => Err(failed(&shown, &error.error)),
    }
}

fn own(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

fn failed(path: &str, error: &io::Error) -> Problem {
    Problem::new(Kind::Failed, format!("{path} cannot be written: {error}")).next("take another folder")
}

/// One line each: time, level, deployment where there are several, text.
fn write(lines: &[Line], names: &BTreeMap<u8, String>, out: &mut impl Write) -> io::Result<()> {
    for line in lines {
        match Timestamp::from_millisecond(line.time) {
            Ok(time) if line.time != 0 => write!(out, "{time} ")?,
            _ => {}
        }
        if line.said {
            write!(out, "{} ", line.level.as_str())?;
        }
        if let (Some(name), true) = (names.get(&line.source), names.len() > 1) {
            write!(out, "{name} ")?;
        }
        writeln!(out, "{}", line.text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::logs::level::Level;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn a_log_is_written_for_its_owner_and_replaces_nothing_unasked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("orders.log").display().to_string();
        let line =
            |time, said, text: &str| Line { time, at: time, level: Level::Warning, said, source: 0, text: text.into() };
        let lines = [line(1_795_442_400_000, true, "slow"), line(0, false, "  more of it")];
        let names = BTreeMap::from([(0, "orders".to_owned())]);
        assert_eq!(save(&path, false, &lines, &names).expect("saved").1, 2);
        assert_eq!(fs::read_to_string(&path).expect("there"), "2026-11-23T14:00:00Z warning slow\n  more of it\n");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let refused = save(&path, false, &lines[..1], &names).expect_err("it is there");
        assert!(refused.what.contains("is there already"), "{}", refused.what);
        let both = BTreeMap::from([(0, "orders".to_owned()), (1, "users".to_owned())]);
        save(&path, true, &lines[..1], &both).expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("there"), "2026-11-23T14:00:00Z warning orders slow\n");
        assert_eq!(fs::read_dir(&folder).expect("there").count(), 1, "nothing else is left");
    }
}
