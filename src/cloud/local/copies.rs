//! The rules of copies.
//!
//! A copy is written down first and completed by `init`: `copy.json` says that it is under way, the data is copied
//! beside and renamed, and `completed` is set last. A crash in between begins the copying anew, and until it is done
//! the volume can neither be started on nor destroyed.
//!
//! A copying that failed (a full disk) leaves no copy: the next look shows none, and the next call with its token
//! tells why, once, before the call after it tries again.

use super::{
    copying,
    inventory::{Inventory, later},
    layout::{self, Layout},
    records::{CopyRecord, Record, VolumeRecord},
    volumes::DATA,
};
use crate::{
    cloud::CloudError,
    model::{Copy, CopyId, InstanceState, VolumeId},
};
use std::{fs, io, path::PathBuf};

/// A copying that is to be done.
#[derive(Clone, Debug)]
pub struct Copying {
    /// Of which copy.
    pub id: CopyId,
    from: PathBuf,
    folder: PathBuf,
    /// Where it is written at first; another name at each try, so that two tries never write to one place.
    beside: PathBuf,
}

impl Inventory {
    /// Writes down that a copy is wanted; `init` makes it.
    pub fn copy(&mut self, volume: &VolumeId, token: &str) -> Result<Copy, CloudError> {
        self.still_ours()?;
        if let Some(made) = self.copies.values().find(|copy| copy.tags.token == token) {
            return Ok(made.told());
        }
        if let Some(why) = self.failed_copies.remove(token) {
            return Err(CloudError::Later(why));
        }
        let volume = self.volume(volume)?;
        if let Some(holder) = self.holder(&volume.id).filter(|holder| holder.state != InstanceState::Stopped) {
            let (id, holder, state) = (&volume.id, &holder.id, holder.state.as_str());
            return Err(CloudError::Refused(format!("{holder}, which has {id}, is {state}; stop it before the copy")));
        }
        let record = CopyRecord {
            id: CopyId::new(self.new_id::<CopyRecord>()),
            tags: super::records::Tags { token: token.to_owned(), ..volume.tags.clone() },
            volume: volume.id.clone(),
            gib: volume.gib,
            completed: false,
            taken: self.env.now(),
        };
        self.layout.create(&record, |_| Ok(())).map_err(|error| later(record.id(), &error))?;
        let copy = record.told();
        self.copies.insert(record.id.clone(), record);
        Ok(copy)
    }

    /// The copyings that nobody works on yet; they are busy from here on.
    pub(super) fn copyings(&mut self) -> Vec<Copying> {
        let waiting = self.copies.values().filter(|copy| !copy.completed && !self.busy.contains(copy.id()));
        let copyings: Vec<Copying> = waiting.map(|copy| copying(&self.layout, copy, self.env.random())).collect();
        self.busy.extend(copyings.iter().map(|copying| copying.id.to_string()));
        copyings
    }

    /// Takes note of what became of a copying.
    pub(super) fn copied(&mut self, copying: &Copying, outcome: io::Result<()>) -> Result<(), CloudError> {
        let copy = self.snapshot(&copying.id)?.clone();
        let Err(error) = outcome else { return self.keep_copy(CopyRecord { completed: true, ..copy }) };
        if self.still_ours().is_err() {
            // Stopped because we are ending: the next open begins it anew.
            return Ok(());
        }
        tracing::warn!(copy = %copy.id, volume = %copy.volume, %error, "copying failed");
        self.failed_copies.insert(copy.tags.token.clone(), format!("{} could not be copied: {error}", copy.volume));
        let aside = self.layout.put_aside::<CopyRecord>(copy.id()).map_err(|error| later(copy.id(), &error))?;
        self.copies.remove(&copy.id);
        // Removed by the next `open` where this fails.
        let _ = fs::remove_dir_all(aside);
        Ok(())
    }

    /// Takes a copy away; gives the folder that is still to be removed.
    pub fn take_copy(&mut self, id: &CopyId) -> Result<PathBuf, CloudError> {
        self.still_ours()?;
        let copy = self.snapshot(id)?;
        if !copy.completed {
            return Err(CloudError::Later(format!("{id} is still being written")));
        }
        if self.making.values().flatten().any(|from| from == id) {
            return Err(CloudError::Later(format!("a volume is being made from {id}")));
        }
        let aside = self.layout.put_aside::<CopyRecord>(id.as_str()).map_err(|error| later(id.as_str(), &error))?;
        self.copies.remove(id);
        Ok(aside)
    }

    pub(super) fn snapshot(&self, id: &CopyId) -> Result<&CopyRecord, CloudError> {
        self.copies.get(id).ok_or_else(|| CloudError::NotFound(format!("copy {id}")))
    }
}

fn copying(layout: &Layout, copy: &CopyRecord, attempt: u64) -> Copying {
    let folder = layout.folder::<CopyRecord>(copy.id());
    Copying {
        id: copy.id.clone(),
        from: layout.folder::<VolumeRecord>(copy.volume.as_str()).join(DATA),
        beside: folder.join(format!(".{DATA}-{attempt:016x}")),
        folder,
    }
}

impl Copying {
    /// Copies it; what an earlier try left is removed.
    pub fn run(&self, stopped: &dyn Fn() -> bool) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        copying::tree(&self.from, &self.beside, stopped)?;
        fs::rename(&self.beside, self.folder.join(DATA))?;
        layout::sync(&self.folder)
    }
}
