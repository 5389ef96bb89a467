//! Folders and files of the local cloud.
//!
//! ```text
//! instances/i-…/   instance.json  machine.toml  user-data.toml  agent.log  agent/
//! volumes/vol-…/   volume.json  data/
//! copies/snap-…/   copy.json  data/
//! ```
//!
//! Guarantees
//! - A thing's folder is there whole or not at all: it is filled under another name and renamed; it is renamed away
//!   before it is removed.
//! - A file is its old or its new self, also after a crash: written beside, synced, renamed.
//! - What a crash leaves under another name is removed by the next [`Layout::open`].

use super::records::Record;
use std::{
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// How the name of what is not whole yet begins.
const NEW: &str = ".new-";
/// How the name of what is being removed begins.
const GONE: &str = ".gone-";

/// The root folder.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The folder at `root`, made where it is missing, without what a crash left.
    pub fn open(root: &Path, rooms: &[&str]) -> io::Result<Self> {
        for room in rooms {
            private_folder(&root.join(room))?;
        }
        // Absolute: agents are started in folders of their own.
        let layout = Self { root: root.canonicalize()? };
        for room in rooms {
            for entry in fs::read_dir(layout.root.join(room))? {
                let entry = entry?;
                let name = entry.file_name();
                if [NEW, GONE].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                    fs::remove_dir_all(entry.path())?;
                }
            }
        }
        Ok(layout)
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of that thing.
    pub fn folder<R: Record>(&self, id: &str) -> PathBuf {
        self.root.join(R::ROOM).join(id)
    }

    /// Every record of that kind; an error names the file that cannot be read.
    pub fn load<R: Record>(&self) -> Result<Vec<R>, (PathBuf, io::Error)> {
        let room = self.root.join(R::ROOM);
        let entries = fs::read_dir(&room).map_err(|error| (room.clone(), error))?;
        let mut records = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| (room.clone(), error))?;
            // Not ours: a desktop's own files.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let file = entry.path().join(R::FILE);
            let read = fs::read(&file).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
            records.push(read.map_err(|error| (file, error))?);
        }
        Ok(records)
    }

    /// Writes a record of a thing that is there.
    pub fn store<R: Record>(&self, record: &R) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(record)?;
        write(&self.folder::<R>(record.id()).join(R::FILE), &text)
    }

    /// Makes a thing: `fill` puts what belongs to it beside its record.
    pub fn create<R: Record>(&self, record: &R, fill: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
        let room = self.root.join(R::ROOM);
        let beside = room.join(format!("{NEW}{}", record.id()));
        let result = private_folder(&beside)
            .and_then(|()| fill(&beside))
            .and_then(|()| write(&beside.join(R::FILE), &serde_json::to_vec_pretty(record)?))
            .and_then(|()| fs::rename(&beside, self.folder::<R>(record.id())))
            .and_then(|()| sync(&room));
        if result.is_err() {
            // What remains is removed by the next `open`; the first error is the one to tell.
            let _ = fs::remove_dir_all(&beside);
        }
        result
    }

    /// Takes a thing away; gives the name under which it is still to be removed.
    pub fn put_aside<R: Record>(&self, id: &str) -> io::Result<PathBuf> {
        let room = self.root.join(R::ROOM);
        let aside = room.join(format!("{GONE}{id}"));
        fs::rename(self.folder::<R>(id), &aside)?;
        sync(&room)?;
        Ok(aside)
    }
}

/// A folder for this user alone.
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Puts `bytes` into a file for this user alone, in place of what it held.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync)
}

/// Makes the names in a folder durable.
pub fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
