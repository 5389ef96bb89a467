//! A copy of the control plane's database, streamed to an admin.
//!
//! Guarantees
//! - One at a time, and a part is read only when there is room for it on the way: a slow reader costs a folder, no memory.
//! - The folder goes with the stream, however that ends; one that a crash left goes before the next copy.
//! - The first part says what will come, the last one gives the hash of all of it: a reader knows whether it has it whole.

use super::{Server, Stream};
use crate::{
    hosted_api::{
        access::Caller,
        convert,
        problem::{Kind, Problem},
    },
    model::{CommitPrefix, Moment, Site},
    store::clones::Clones,
};
use doltops_proto::hosted_api::{CloneBegin, CloneEnd, CloneFile, ClonePart, CloneSite, clone_part::Part};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Bytes of a file in one part: well below a message's limit, and few enough parts for a large file.
const CHUNK: usize = 256 * 1024;

/// Parts that may wait for their reader.
const AHEAD: usize = 4;

/// What the host can copy: its own store, by way of a folder.
#[derive(Clone)]
pub struct CloneSource {
    store: Arc<dyn Clones>,
    folder: PathBuf,
    turn: Arc<Mutex<()>>,
}

impl CloneSource {
    /// Copies of `store` pass through `folder`, which is this one's alone.
    pub fn new(store: Arc<dyn Clones>, folder: PathBuf) -> Self {
        Self { store, folder, turn: Arc::default() }
    }

    /// Takes away what a crash has left.
    pub async fn clean(&self) {
        if let Err(error) = self.store.clean().await {
            tracing::warn!(%error, "what an earlier clone left in the store is still there");
        }
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn room(&self) -> io::Result<TempDir> {
        let _ = fs::remove_dir_all(&self.folder);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        TempDir::new_in(&self.folder)
    }
}

/// A file of the copy: where it is, its name in the copy, and its size.
struct Piece {
    file: PathBuf,
    name: String,
    bytes: u64,
}

impl Server {
    pub(super) async fn clone_for(&self, caller: &Caller) -> Result<Stream<ClonePart>, Problem> {
        let source = self.clones.as_ref().ok_or_else(|| {
            Problem::new(Kind::Refused, "the store's server is not this host's own")
                .next("clone it there, with dolt clone; see the documentation of the time machine")
        })?;
        let turn = source.turn.clone().try_lock_owned().map_err(|_| {
            Problem::new(Kind::Refused, "another clone is being made").next("try again when it is done")
        })?;
        let failed = |error: io::Error| Problem::new(Kind::Failed, format!("the copy cannot be kept: {error}"));
        let room = source.room().map_err(failed)?;
        let head = source.store.push(room.path()).await?;
        let made = self.manager.executor.store.moment(&Moment::Commit(CommitPrefix::from(head.clone()))).await?;
        let pieces = pieces(room.path()).map_err(failed)?;
        let cloud = &self.manager.executor.cloud;
        let begin = CloneBegin {
            control_plane_id: self.info.control_plane.clone(),
            commit: head.to_string(),
            time_ms: convert::ms(made.time),
            files: u32::try_from(pieces.len()).unwrap_or(u32::MAX),
            bytes: pieces.iter().map(|piece| piece.bytes).sum(),
            provider: cloud.provider().to_owned(),
            instance_types: cloud.types().iter().enumerate().map(|(i, t)| convert::instance_type(i, t)).collect(),
            site: Some(site(cloud.site())),
        };
        self.manager.events.add("", "control-plane", format!("cloned at {}", head.short()), &caller.name);
        let (parts, stream) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            // A reader that has gone needs no word.
            let _ = send(begin, &pieces, &parts, (room, turn));
        });
        Ok(Box::pin(ReceiverStream::new(stream)))
    }
}

/// Sends all of it, or why it ended; what it was read from goes then.
fn send(
    begin: CloneBegin,
    pieces: &[Piece],
    parts: &mpsc::Sender<Result<ClonePart, Status>>,
    _until_the_end: (TempDir, OwnedMutexGuard<()>),
) -> Result<(), Gone> {
    let say = |part: Part| parts.blocking_send(Ok(ClonePart { part: Some(part) })).map_err(|_| Gone);
    say(Part::Begin(begin))?;
    let mut hash = Sha256::new();
    for piece in pieces {
        say(Part::File(CloneFile { path: piece.name.clone(), bytes: piece.bytes }))?;
        let cannot = |error: io::Error| {
            let problem = Problem::new(Kind::Failed, format!("the copy cannot be read: {error}"));
            // It may have gone meanwhile.
            let _ = parts.blocking_send(Err(problem.into()));
            Gone
        };
        let mut file = File::open(&piece.file).map_err(cannot)?.take(piece.bytes);
        loop {
            let mut data = Vec::with_capacity(CHUNK);
            file.by_ref().take(CHUNK as u64).read_to_end(&mut data).map_err(cannot)?;
            if data.is_empty() {
                break;
            }
            hash.update(&data);
            say(Part::Data(data))?;
        }
    }
    say(Part::End(CloneEnd { sha256: hash.finalize().to_vec() }))
}

/// Nobody reads any more, or there is no more to be read.
struct Gone;

/// The files of the copy, in the order of their names. A lock is nobody else's.
fn pieces(folder: &Path) -> io::Result<Vec<Piece>> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, before)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            let about = entry.metadata()?;
            if about.is_dir() {
                folders.push((entry.path(), name + "/"));
            } else if name != "LOCK" {
                found.push(Piece { file: entry.path(), name, bytes: about.len() });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn site(site: &Site) -> CloneSite {
    CloneSite {
        domain: site.domain.clone(),
        names: site.names,
        volume_follows: site.volume_follows,
        elastic: site.elastic,
        moves: site.moves,
        away_for_a_stop: site.away_for_a_stop,
        protects: site.protects,
        credentials: site.credentials,
        zones: site.zones.clone(),
    }
}
