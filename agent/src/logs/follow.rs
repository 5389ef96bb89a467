//! The last lines of a file, and those that are written to it.
//!
//! Guarantees: bounded memory, whatever is in the file; it goes on at the beginning when the file was cut; and it ends
//! when nobody takes its lines any more.

use super::line::{self, Line};
use std::{
    io::{self, SeekFrom},
    path::Path,
    time::Duration,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
    sync::mpsc,
    time,
};

/// A line appears within this; a look costs one call for the file's length.
const LOOK: Duration = Duration::from_millis(200);
/// Read at a time.
const PIECE: usize = 64 * 1024;
/// How far back the last lines are looked for.
const FURTHEST: u64 = 4 * 1024 * 1024;
/// A longer line comes in pieces.
const LONGEST: usize = 64 * 1024;

/// Sends the last `lines` of `path`, then, with `go_on`, what is written to it, until the receiver is gone.
///
/// # Errors
/// The disk's. A file that is not there has no lines yet.
pub async fn follow(path: &Path, lines: usize, go_on: bool, to: &mpsc::Sender<Line>) -> io::Result<()> {
    let mut reader = Reader { position: start(path, lines).await?, begun: Vec::new(), more: false };
    loop {
        for line in reader.read(path, !go_on).await? {
            if to.send(line).await.is_err() {
                return Ok(());
            }
        }
        if reader.more {
            continue;
        }
        if !go_on {
            return Ok(());
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            () = to.closed() => return Ok(()),
        }
    }
}

/// Where the last `lines` begin.
async fn start(path: &Path, lines: usize) -> io::Result<u64> {
    let Some(mut file) = open(path).await? else { return Ok(0) };
    let length = file.metadata().await?.len();
    let from = length.saturating_sub(FURTHEST);
    file.seek(SeekFrom::Start(from)).await?;
    let mut tail = Vec::new();
    file.take(length - from).read_to_end(&mut tail).await?;
    // A line that is not ended yet counts as one.
    let ended = tail.strip_suffix(b"\n").unwrap_or(&tail);
    let mut breaks = ended.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let offset = match lines.checked_sub(1) {
        None => tail.len(),
        Some(before) => breaks.nth(before).unwrap_or(0),
    };
    Ok(from + u64::try_from(offset).unwrap_or(0))
}

async fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path).await {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Debug)]
struct Reader {
    position: u64,
    // Of a line whose end is not written yet.
    begun: Vec<u8>,
    more: bool,
}

impl Reader {
    async fn read(&mut self, path: &Path, last: bool) -> io::Result<Vec<Line>> {
        self.more = false;
        let Some(mut file) = open(path).await? else { return Ok(Vec::new()) };
        let length = file.metadata().await?.len();
        if length < self.position {
            self.position = 0;
            self.begun.clear();
        }
        file.seek(SeekFrom::Start(self.position)).await?;
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece).await?;
        self.position += u64::try_from(count).unwrap_or(0);
        self.more = count == PIECE;
        let lines = self.take(piece.get(..count).unwrap_or_default());
        Ok(if last && !self.more { lines.into_iter().chain(self.rest()).collect() } else { lines })
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        for byte in bytes {
            if *byte == b'\n' || self.begun.len() == LONGEST {
                lines.extend(self.rest());
            }
            if *byte != b'\n' {
                self.begun.push(*byte);
            }
        }
        lines
    }

    fn rest(&mut self) -> Option<Line> {
        let bytes = std::mem::take(&mut self.begun);
        (!bytes.is_empty()).then(|| line::parse(&String::from_utf8_lossy(&bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io::Write, path::PathBuf};

    async fn next(from: &mut mpsc::Receiver<Line>) -> String {
        time::timeout(Duration::from_secs(10), from.recv()).await.expect("in time").expect("a line").text
    }

    async fn last(path: PathBuf, lines: usize) -> Vec<String> {
        let (to, mut from) = mpsc::channel(100);
        follow(&path, lines, false, &to).await.expect("read");
        drop(to);
        let mut texts = Vec::new();
        while let Some(line) = from.recv().await {
            texts.push(line.text);
        }
        texts
    }

    #[tokio::test]
    async fn the_last_lines_and_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        assert_eq!(last(path.clone(), 2).await, Vec::<String>::new());
        fs::write(&path, "a\nb\nc\nd").expect("written");
        assert_eq!(last(path.clone(), 2).await, ["c", "d"]);
        assert_eq!(last(path.clone(), 0).await, Vec::<String>::new());
        assert_eq!(last(path.clone(), 9).await, ["a", "b", "c", "d"]);
    }

    #[tokio::test]
    async fn it_goes_on_after_a_cut_and_ends_with_its_reader() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let mut writer = fs::File::options().append(true).create(true).open(&path).expect("opened");
        writer.write_all(b"one\n").expect("written");
        let (to, mut from) = mpsc::channel(4);
        let followed = path.clone();
        let task = tokio::spawn(async move { follow(&followed, 5, true, &to).await });
        assert_eq!(next(&mut from).await, "one");
        writer.write_all(b"two\nthr").expect("written");
        assert_eq!(next(&mut from).await, "two");
        writer.write_all(b"ee\n").expect("written");
        assert_eq!(next(&mut from).await, "three");
        writer.set_len(0).expect("cut");
        writer.write_all(b"four\n").expect("written");
        assert_eq!(next(&mut from).await, "four");
        drop(from);
        time::timeout(Duration::from_secs(10), task).await.expect("in time").expect("ended").expect("well");
    }
}
