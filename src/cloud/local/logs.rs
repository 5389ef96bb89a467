//! `agent.log`: what an agent says before it has a log of its own, and after.
//!
//! Bounded: when it has grown too large it becomes `agent.log.1`, in place of an earlier one, and begins anew. The
//! agent holds it open for appending, so it is copied and emptied rather than renamed; lines written in between are
//! lost.

use std::{fs, io, path::Path};

const LOG: &str = "agent.log";
/// Weeks of a healthy agent, and hours of one that dies at once, again and again.
const LIMIT: u64 = 4 << 20;

/// Opens it for appending.
pub fn open(folder: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().append(true).create(true).open(folder.join(LOG))
}

/// Begins it anew where it is too large.
pub fn bound(folder: &Path) -> io::Result<()> {
    let file = match fs::OpenOptions::new().write(true).open(folder.join(LOG)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if file.metadata()?.len() > LIMIT {
        fs::copy(folder.join(LOG), folder.join(format!("{LOG}.1")))?;
        file.set_len(0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_log_that_is_written_to_is_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        bound(folder.path()).expect("there is none yet");
        let mut agent = open(folder.path()).expect("opened");
        agent.write_all(&vec![b'x'; usize::try_from(LIMIT).expect("fits") + 1]).expect("written");
        bound(folder.path()).expect("bounded");
        agent.write_all(b"on it goes").expect("written");
        assert_eq!(fs::read_to_string(folder.path().join(LOG)).expect("there"), "on it goes");
        assert_eq!(fs::metadata(folder.path().join("agent.log.1")).expect("kept").len(), LIMIT + 1);
    }
}
