//! A server that an earlier host left behind.
//!
//! We write down each server's process id and start time. A crash between the start and that note leaves the note
//! missing; Dolt's own note (`sql-server.info`: process id, port) stands in then. It has no start time, so its process
//! is believed to be ours only when the server on that port opens to our password.

use super::{GRACE, USER};
use crate::{secrets::Secret, store::dolt::Address};
use doltops_agent::process::Process;
use serde::{Deserialize, Serialize};
use std::{fs, io, io::Write, path::Path, time::Duration};
use tokio::time;

const NOTE: &str = "process.json";
const DOLTS_NOTE: &str = "data/.dolt/sql-server.info";

/// How long a server may take to answer to our password.
const ANSWER: Duration = Duration::from_secs(5);

#[derive(Serialize, Deserialize)]
struct Note {
    process: Process,
    port: u16,
}

/// Writes down which server runs. The note stays when it has ended: its start time tells it from another process, and
/// the next server takes its port.
pub fn remember(folder: &Path, process: Process, port: u16) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(&Note { process, port })?)?;
    file.persist(folder.join(NOTE))?;
    Ok(())
}

/// Ends what an earlier host left in this folder. Gives the port that it had, also where it has ended since: whoever
/// holds that address finds the new server there.
pub async fn end(folder: &Path, password: &Secret) -> Option<u16> {
    let note = fs::read(folder.join(NOTE)).ok().and_then(|text| serde_json::from_slice::<Note>(&text).ok());
    if let Some(note) = &note {
        note.process.end(GRACE).await;
    }
    if let Some((process, port)) = by_dolts_note(folder).await {
        let ours = time::timeout(ANSWER, Address::embedded(port, USER, password).try_reach()).await;
        if matches!(ours, Ok(Ok(true))) {
            process.end(GRACE).await;
        }
    }
    note.map(|note| note.port)
}

async fn by_dolts_note(folder: &Path) -> Option<(Process, u16)> {
    let text = fs::read_to_string(folder.join(DOLTS_NOTE)).ok()?;
    let mut parts = text.split(':');
    let process = Process::of(parts.next()?.parse().ok()?)?;
    Some((process, parts.next()?.parse().ok()?))
}
