//! The agent's own log as a file, for the CloudWatch Agent, which does not read the journal.
//!
//! Guarantees: bounded, the file and the one before it; a disk that is full costs lines and nothing else.

use std::{
    fs::{DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The agent writes some lines an hour: years of them, and a day of one that fails every second.
const LARGEST: u64 = 8 * 1024 * 1024;

/// The file.
#[derive(Debug)]
pub struct OwnLog {
    path: PathBuf,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    length: u64,
}

impl OwnLog {
    /// Appends to `path`.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            // It may be the agent's own folder, which nobody else looks into; one for others is made by the machine.
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let open = Mutex::new(append(&path)?);
        Ok(Self { path, open })
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.length > LARGEST {
            // Who reads the file follows it to its new name, and then reads the new one.
            std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
            *open = append(&self.path)?;
        }
        let written = open.file.write(bytes)?;
        open.length = open.length.saturating_add(u64::try_from(written).unwrap_or(0));
        Ok(written)
    }
}

fn append(path: &Path) -> io::Result<Open> {
    let file = File::options().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok(Open { file, length })
}

impl Write for &OwnLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        OwnLog::write(self, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("logs/agent.log");
        let log = OwnLog::open(path.clone()).expect("opened");
        let line = vec![b'x'; usize::try_from(LARGEST).expect("small") + 1];
        (&log).write_all(&line).expect("written");
        (&log).write_all(b"next").expect("written");
        assert_eq!(std::fs::read(&path).expect("new"), b"next");
        assert_eq!(std::fs::metadata(path.with_extension("log.1")).expect("old").len(), LARGEST + 1);
        drop(log);
        (&OwnLog::open(path.clone()).expect("again")).write_all(b" agent").expect("written");
        assert_eq!(std::fs::read(&path).expect("there"), b"next agent");
    }
}
