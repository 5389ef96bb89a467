//! The folders that play EBS: one for each data volume, one for each snapshot.
//!
//! Guarantees
//! - A folder is there whole or not at all: it is filled under another name and renamed.
//! - A snapshot has what the volume held when it was first seen, at one moment: whatever writes to the volume is held
//!   still for as long as the copy takes, which is what "crash-consistent" means for EBS.
//! - What a snapshot or a volume is still to be made from is not removed before: a folder goes only when EC2 has not
//!   told of it for two looks in a row, so that a look in between has told of everything that was made from it.
//!
//! Not here: the volume's size. Nothing is set aside for it.

use super::{duty::Seen, processes};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};
use tracing::{info, warn};

/// How the name of what is not whole yet begins.
const NEW: &str = ".new-";

/// Every volume's and every snapshot's folder.
#[derive(Debug)]
pub struct Disks {
    volumes: PathBuf,
    snapshots: PathBuf,
    // Missing in the last look: the second one in a row removes it.
    missing: BTreeSet<PathBuf>,
}

impl Disks {
    /// The folders in `root`, which are made where they are missing.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(root: &Path) -> io::Result<Self> {
        let disks = Self { volumes: root.join("volumes"), snapshots: root.join("snapshots"), missing: BTreeSet::new() };
        fs::create_dir_all(&disks.volumes)?;
        fs::create_dir_all(&disks.snapshots)?;
        Ok(disks)
    }

    /// Where the content of a volume is.
    pub fn volume(&self, id: &str) -> PathBuf {
        self.volumes.join(id)
    }

    /// Whether the content of a volume is here.
    pub fn is_ready(&self, volume: &str) -> bool {
        self.volume(volume).is_dir()
    }

    /// Makes the folders that `seen` needs, and removes those that it does not. Blocks while it copies.
    ///
    /// `instance_of` tells in whose folder the processes run that write to a volume.
    pub fn follow(&mut self, seen: &Seen, instance_of: &dyn Fn(&str) -> Option<PathBuf>) {
        for (id, snapshot) in &seen.snapshots {
            let (from, to) = (self.volume(&snapshot.volume), self.snapshots.join(id));
            // Snapshots of other volumes, as those of images, have no content here.
            if !to.exists() && from.is_dir() {
                let _still = instance_of(&snapshot.volume).map(|folder| processes::hold(&folder));
                told(id, make(&to, |beside| tree(&from, beside)));
            }
        }
        for (id, volume) in &seen.volumes {
            let to = self.volume(id);
            let from = volume.from.as_ref().map(|snapshot| self.snapshots.join(snapshot));
            match from {
                _ if to.exists() => {}
                None => told(id, make(&to, |beside| fs::create_dir(beside))),
                Some(from) if from.is_dir() => told(id, make(&to, |beside| tree(&from, beside))),
                Some(from) => warn!(volume = id, from = %from.display(), "waits for its snapshot's content"),
            }
        }
        self.forget(seen, instance_of);
    }

    fn forget(&mut self, seen: &Seen, instance_of: &dyn Fn(&str) -> Option<PathBuf>) {
        let mut missing = BTreeSet::new();
        for path in names(&self.volumes).into_iter().chain(names(&self.snapshots)) {
            let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let known = seen.volumes.contains_key(&id) || seen.snapshots.contains_key(&id);
            if known || instance_of(&id).is_some() {
                continue;
            }
            if !self.missing.contains(&path) {
                missing.insert(path);
            } else if let Err(error) = fs::remove_dir_all(&path) {
                warn!(path = %path.display(), %error, "cannot be removed");
            } else {
                info!(id, "deleted");
            }
        }
        self.missing = missing;
    }
}

fn told(id: &str, made: io::Result<()>) {
    match made {
        Ok(()) => info!(id, "made"),
        Err(error) => warn!(id, %error, "cannot be made; tried again"),
    }
}

/// The folders in `folder` that are whole.
fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| !path.file_name().unwrap_or_default().to_string_lossy().starts_with(NEW)).collect()
}

fn make(to: &Path, fill: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let beside = to.with_file_name(format!("{NEW}{name}"));
    match fs::remove_dir_all(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fill(&beside)?;
    fs::rename(beside, to)
}

/// Copies the folder `from` to `to`. Sockets mean nothing without their process and are left out.
fn tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            tree(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        super::duty::{Snapshot, Volume},
        *,
    };
    use std::collections::BTreeMap;

    fn volume(id: &str, from: Option<&str>) -> (String, Volume) {
        (id.to_owned(), Volume { from: from.map(str::to_owned), attached_to: None })
    }

    fn snapshot(id: &str, volume: &str) -> (String, Snapshot) {
        (id.to_owned(), Snapshot { volume: volume.to_owned() })
    }

    /// The last copy of a database, made and its volume deleted at once: both are in the same look.
    #[test]
    fn a_snapshot_outlives_its_volume_and_makes_another() {
        let root = tempfile::tempdir().expect("a folder");
        let mut disks = Disks::open(root.path()).expect("opened");
        let nobody = |_: &str| None;
        let mut seen = Seen { volumes: BTreeMap::from([volume("vol-1", None)]), ..Seen::default() };
        disks.follow(&seen, &nobody);
        fs::write(disks.volume("vol-1").join("rows"), "one").expect("written");

        seen.volumes = BTreeMap::new();
        seen.snapshots = BTreeMap::from([snapshot("snap-1", "vol-1")]);
        disks.follow(&seen, &nobody);
        disks.follow(&seen, &nobody);
        assert!(!disks.is_ready("vol-1"), "it is deleted");

        seen.volumes = BTreeMap::from([volume("vol-2", Some("snap-1")), volume("vol-3", Some("snap-2"))]);
        disks.follow(&seen, &nobody);
        assert_eq!(fs::read_to_string(disks.volume("vol-2").join("rows")).expect("there"), "one");
        assert!(!disks.is_ready("vol-3"), "its snapshot has no content yet");
    }

    #[test]
    fn a_volume_whose_instance_still_runs_is_kept() {
        let root = tempfile::tempdir().expect("a folder");
        let mut disks = Disks::open(root.path()).expect("opened");
        let seen = Seen { volumes: BTreeMap::from([volume("vol-1", None)]), ..Seen::default() };
        disks.follow(&seen, &|_| None);
        for _ in 0..3 {
            disks.follow(&Seen::default(), &|_| Some(root.path().join("i-1")));
        }
        assert!(disks.is_ready("vol-1"));
    }
}
