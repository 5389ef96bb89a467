//! A log that another program appends to and this one keeps short.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// How long a log may grow. Dolt writes a line for a warning; this is days of a server in trouble.
const LONGEST: u64 = 4 << 20;

/// How much of its end is looked at for the last lines.
const END: u64 = 4096;
/// How many lines say why a server ended.
const LINES: usize = 10;

/// Opens it for appending: a writer that appends goes on at the new end when the file is cut.
pub fn open(path: &Path) -> io::Result<File> {
    bound(path);
    File::options().append(true).create(true).mode(0o600).open(path)
}

/// Moves a log that has grown too long aside, in place of the one before it. What is written meanwhile may be lost.
pub fn bound(path: &Path) {
    if fs::metadata(path).is_ok_and(|file| file.len() > LONGEST) {
        let aside = path.with_extension("log.1");
        let moved = fs::copy(path, aside).and_then(|_| File::options().write(true).open(path)?.set_len(0));
        if let Err(error) = moved {
            tracing::warn!(log = %path.display(), %error, "the log grows past its limit");
        }
    }
}

/// Its last lines; empty where it cannot be read.
pub fn last_lines(path: &Path) -> String {
    let end = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
        let mut bytes = Vec::new();
        file.take(END).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&end().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_writer_goes_on_after_the_log_was_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("server.log");
        let mut writer = open(&path).expect("opened");
        writer.write_all(&vec![b'x'; usize::try_from(LONGEST).expect("small") + 1]).expect("written");
        bound(&path);
        writer.write_all(b"one\ntwo\n").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "one\ntwo\n");
        assert!(folder.path().join("server.log.1").exists());
        assert_eq!(last_lines(&path), "one\ntwo");
    }
}
