//! Sends what is written to log files to CloudWatch Logs.
//!
//! Guarantees: each whole line is sent, in order; a line may be sent twice when the answer was lost, as with the real
//! agent. What was sent is written down, so that a restarted instance goes on where it was.

use super::config::LogFile;
use aws_sdk_cloudwatchlogs::{Client, error::DisplayErrorContext, types::InputLogEvent};
use doltops_agent::{clock, state::files};
use std::{
    collections::BTreeMap,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// Sent at a time: half of what one call may carry (1 MB), so that what is added to each line fits too.
const PIECE: u64 = 512 * 1024;

/// How far each file has been sent, kept in a file.
#[derive(Debug)]
pub struct Tail {
    kept: PathBuf,
    positions: BTreeMap<PathBuf, u64>,
}

impl Tail {
    /// Goes on where `kept` says.
    pub fn open(kept: PathBuf) -> Self {
        // What cannot be read is sent again.
        let positions = files::read_json(&kept).ok().flatten().unwrap_or_default();
        Self { kept, positions }
    }

    /// Sends what is new in `file`.
    ///
    /// # Errors
    /// In words; what was not sent is sent the next time.
    pub async fn send(&mut self, client: &Client, instance: &str, file: &LogFile) -> Result<(), String> {
        loop {
            let from = self.positions.get(&file.file_path).copied().unwrap_or_default();
            let Some((lines, to)) = read(&file.file_path, from).map_err(|error| error.to_string())? else {
                return Ok(());
            };
            put(client, instance, file, lines).await?;
            self.positions.insert(file.file_path.clone(), to);
            files::write_json(&self.kept, &self.positions).map_err(|error| error.to_string())?;
        }
    }
}

/// The whole lines from `from` on, at most a piece, and where they end; none where there are none.
fn read(path: &Path, from: u64) -> std::io::Result<Option<(Vec<String>, u64)>> {
    let mut file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    // One that is shorter than it was has been cut, and begins anew.
    let from = if file.metadata()?.len() < from { 0 } else { from };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(PIECE).read_to_end(&mut bytes)?;
    let full = u64::try_from(bytes.len()).is_ok_and(|length| length == PIECE);
    let end = match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => last + 1,
        // A line longer than a piece comes in pieces.
        None if full => bytes.len(),
        None => return Ok(None),
    };
    bytes.truncate(end);
    let lines = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
    Ok(Some((lines, from + u64::try_from(end).unwrap_or_default())))
}

async fn put(client: &Client, instance: &str, file: &LogFile, lines: Vec<String>) -> Result<(), String> {
    let stream = file.log_stream_name.replace("{instance_id}", instance);
    let now = clock::now().as_millisecond();
    // The service refuses empty messages.
    let lines = lines.into_iter().filter(|line| !line.is_empty());
    let events = lines.filter_map(|line| InputLogEvent::builder().timestamp(now).message(line).build().ok());
    let events: Vec<_> = events.collect();
    for events in events.chunks(MOST_EVENTS) {
        let call = client.put_log_events().log_group_name(&file.log_group_name).log_stream_name(&stream);
        let call = call.set_log_events(Some(events.to_vec()));
        if let Err(error) = call.clone().send().await {
            if !error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) {
                return Err(format!("PutLogEvents: {}", DisplayErrorContext(&error)));
            }
            make(client, file, &stream).await;
            call.send().await.map_err(|error| format!("PutLogEvents: {}", DisplayErrorContext(&error)))?;
        }
    }
    Ok(())
}

/// The service's limit for one call.
const MOST_EVENTS: usize = 10_000;

/// Makes the group and the stream. One that is there already is as good: the next call tells.
async fn make(client: &Client, file: &LogFile, stream: &str) {
    let group = &file.log_group_name;
    let _ = client.create_log_group().log_group_name(group).send().await;
    if let Some(days) = file.retention_in_days {
        let _ = client.put_retention_policy().log_group_name(group).retention_in_days(days).send().await;
    }
    let _ = client.create_log_stream().log_group_name(group).log_stream_name(stream).send().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_read_once_and_a_file_that_was_cut_from_its_beginning() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        assert_eq!(read(&path, 0).expect("no file"), None);
        std::fs::write(&path, "one\ntwo\nthr").expect("written");
        assert_eq!(read(&path, 0).expect("read"), Some((vec!["one".to_owned(), "two".to_owned()], 8)));
        assert_eq!(read(&path, 8).expect("read"), None, "it is not whole yet");
        std::fs::write(&path, "new\n").expect("written");
        assert_eq!(read(&path, 8).expect("read"), Some((vec!["new".to_owned()], 4)));
    }
}
