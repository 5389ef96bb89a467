//! Samples on disk, so that a new agent goes on with the curves of the one before.
//!
//! Guarantees: at most two files of [`LARGEST`]; a line that a crash has cut is passed over; a disk that refuses costs
//! what was to be kept and nothing else. A line is eight numbers, in the order of [`Sample`]'s fields.

use super::Sample;
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::{
    fs::{self, OpenOptions},
    io::AsyncWriteExt,
};
use tracing::debug;

/// Some 15,000 samples, most of a day; with the file before it a day is always there.
const LARGEST: u64 = 1024 * 1024;

/// The file, and the one before it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// Keeps samples in the file `path`.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// What was kept, oldest first.
    pub async fn read(&self) -> Vec<Sample> {
        let mut samples = Vec::new();
        for path in [self.before(), self.path.clone()] {
            let text = fs::read_to_string(path).await.unwrap_or_default();
            samples.extend(text.lines().filter_map(parse));
        }
        samples
    }

    /// Keeps one more.
    pub async fn add(&self, sample: &Sample) {
        if let Err(error) = self.append(&line(sample)).await {
            debug!(%error, path = %self.path.display(), "a sample was not kept");
        }
    }

    async fn append(&self, line: &str) -> io::Result<()> {
        if fs::metadata(&self.path).await.is_ok_and(|file| file.len() > LARGEST) {
            fs::rename(&self.path, self.before()).await?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path).await?;
        file.write_all(line.as_bytes()).await?;
        file.flush().await
    }

    fn before(&self) -> PathBuf {
        Path::new(&self.path).with_extension("1")
    }
}

fn line(sample: &Sample) -> String {
    let Sample { time_ms, memory_bytes, disk_bytes, connections, .. } = sample;
    format!(
        "{time_ms} {:.2} {memory_bytes} {disk_bytes} {connections} {:.3} {:.3} {:.3}\n",
        sample.cpu_percent, sample.queries_per_second, sample.latency_p50_ms, sample.latency_p99_ms
    )
}

fn parse(line: &str) -> Option<Sample> {
    let mut words = line.split(' ');
    let sample = Sample {
        time_ms: words.next()?.parse().ok()?,
        cpu_percent: words.next()?.parse().ok()?,
        memory_bytes: words.next()?.parse().ok()?,
        disk_bytes: words.next()?.parse().ok()?,
        connections: words.next()?.parse().ok()?,
        queries_per_second: words.next()?.parse().ok()?,
        latency_p50_ms: words.next()?.parse().ok()?,
        latency_p99_ms: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_one_agent_kept_the_next_one_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.0");
        let sample = Sample { time_ms: 7, queries_per_second: 1.5, connections: 3, ..Sample::default() };
        Journal::new(path.clone()).add(&sample).await;
        // A crash in the middle of a line.
        let mut text = fs::read_to_string(&path).await.expect("kept");
        text.push_str("8 0.1 12");
        fs::write(&path, &text).await.expect("written");
        assert_eq!(Journal::new(path).read().await, [sample]);
    }

    #[tokio::test]
    async fn it_is_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::new(folder.path().join("metrics.0"));
        let big = usize::try_from(LARGEST).expect("small") + 1;
        fs::write(&journal.path, vec![b'\n'; big]).await.expect("written");
        journal.add(&Sample::default()).await;
        assert!(fs::metadata(&journal.path).await.expect("new").len() < 200);
        assert_eq!(journal.read().await.len(), 1);
    }
}
