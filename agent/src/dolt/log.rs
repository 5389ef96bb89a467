//! Dolt's log file: bounded, and asked for the last thing that went wrong.

use crate::logs::line;
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// Some weeks of a quiet server, some hours of a very busy one at level debug.
const LARGEST: u64 = 64 * 1024 * 1024;
/// What is kept of a log that was cut: enough to read what led up to it.
const KEPT: u64 = 16 * 1024 * 1024;
/// How far back an error is looked for.
const TAIL: u64 = 16 * 1024;
/// An error is shown on one or two lines of a terminal.
const ERROR_LENGTH: usize = 300;

/// When the log has grown too large, keeps its newest part in `beside` and empties it.
///
/// Dolt holds the file open and appends to it, so it is copied and emptied, not renamed; lines that are written in
/// between are lost.
pub fn bound(log: &Path, beside: &Path) -> io::Result<()> {
    match fs::metadata(log) {
        Ok(metadata) if metadata.len() > LARGEST => cut(log, beside, KEPT),
        _ => Ok(()),
    }
}

fn cut(log: &Path, beside: &Path, keep: u64) -> io::Result<()> {
    let mut from = File::options().read(true).write(true).open(log)?;
    let length = from.metadata()?.len();
    from.seek(SeekFrom::Start(length.saturating_sub(keep)))?;
    let mut to = File::create(beside)?;
    io::copy(&mut from, &mut to)?;
    from.set_len(0)
}

/// The last error that Dolt wrote after position `since`; empty when it wrote nothing.
pub fn last_error(log: &Path, since: u64) -> String {
    read_tail(log, since).map(|text| pick(&text)).unwrap_or_default()
}

fn read_tail(log: &Path, since: u64) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    // It may have been cut meanwhile.
    let since = if since > length { 0 } else { since };
    file.seek(SeekFrom::Start(since.max(length.saturating_sub(TAIL))))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last line that tells of an error; else the last that is no regular line, which is how Dolt ends on a mistake in
/// its configuration.
fn pick(text: &str) -> String {
    let is_error =
        |line: &&str| ["level=error ", "level=fatal ", "level=panic "].iter().any(|word| line.contains(word));
    let is_odd =
        |line: &&str| !line.trim().is_empty() && !line.starts_with("time=") && !line.starts_with("Starting server");
    let lines = || text.lines().rev();
    lines()
        .find(is_error)
        .or_else(|| lines().find(is_odd))
        .map(|line| clean(&line::parse(line).text))
        .unwrap_or_default()
}

/// Without control characters, and not too long.
pub fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(ERROR_LENGTH).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_is_found_and_cleaned() {
        let text = "time=\"2026-11-23T06:23:57Z\" level=error msg=\"first\"\ntime=\"2026-11-23T06:23:57Z\" level=error msg=\"\u{1b}[31msecond\"\ntime=\"2026-11-23T06:23:57Z\" level=info msg=x\n";
        assert_eq!(pick(text), "[31msecond");
        assert_eq!(pick("Starting server with Config\nPort 3306 already in use.\n"), "Port 3306 already in use.");
        assert_eq!(pick("time=\"2026-11-23T06:23:57Z\" level=info msg=x\n"), "");
    }

    #[test]
    fn a_cut_keeps_the_newest_part_and_the_writer_goes_on() {
        use std::io::Write;
        let folder = tempfile::tempdir().expect("a folder");
        let (log, beside) = (folder.path().join("dolt.log"), folder.path().join("dolt.log.1"));
        let mut writer = File::options().append(true).create(true).open(&log).expect("opened");
        writer.write_all(b"old lines, new lines").expect("written");
        cut(&log, &beside, 9).expect("cut");
        writer.write_all(b"next").expect("written");
        assert_eq!(fs::read(&beside).expect("read"), b"new lines");
        assert_eq!(fs::read(&log).expect("read"), b"next");
    }
}
