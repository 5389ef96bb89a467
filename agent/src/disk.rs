//! How much of the data volume is used.

use crate::{clock, machine::Machine};
use std::{fs, io, os::unix::fs::MetadataExt, path::Path, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Disk use moves slowly, and a walk reads every folder.
const EVERY: Duration = Duration::from_secs(10);
/// A walk of very many files may take long; it then is at most a twentieth of the time.
const REST: u32 = 19;

/// Looks again and again, and tells the bytes used.
pub async fn watch(machine: Arc<Machine>, told: watch::Sender<u64>) {
    loop {
        let began = clock::instant();
        let looked_at = Arc::clone(&machine);
        if let Ok(Ok(bytes)) = tokio::task::spawn_blocking(move || used(&looked_at)).await {
            told.send_replace(bytes);
        }
        let took = clock::instant().duration_since(began);
        tokio::time::sleep(EVERY.max(took.saturating_mul(REST))).await;
    }
}

fn used(machine: &Machine) -> io::Result<u64> {
    if machine.grow_command().is_none() {
        return used_by(&machine.data);
    }
    // A filesystem of its own knows it without a walk.
    let stat = rustix::fs::statvfs(&machine.data)?;
    Ok(stat.f_blocks.saturating_sub(stat.f_bfree).saturating_mul(stat.f_frsize))
}

/// Bytes that the files under `folder` take on the disk.
fn used_by(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0_u64;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // Dolt removes files and folders while this looks.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            // stat(2) counts blocks of 512 bytes, whatever the filesystem's own size is.
            bytes = bytes.saturating_add(metadata.blocks().saturating_mul(512));
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(bytes)
}

/// The bytes that the volume has: what its filesystem has.
///
/// On a machine whose volumes are folders the filesystem is the machine's own, and larger: there it is what was
/// deployed, and no more than the filesystem has.
pub fn total(machine: &Machine, deployed: u64) -> u64 {
    let stat = rustix::fs::statvfs(&machine.data);
    let filesystem = stat.map(|stat| stat.f_blocks.saturating_mul(stat.f_frsize)).unwrap_or(0);
    match (filesystem, deployed) {
        (0, size) | (size, 0) => size,
        (size, _) if machine.grow_command().is_some() => size,
        (filesystem, deployed) => filesystem.min(deployed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_counts_and_a_sparse_one_by_its_blocks() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("deep")).expect("made");
        fs::write(folder.path().join("deep/file"), vec![1; 100_000]).expect("written");
        fs::File::create(folder.path().join("sparse")).and_then(|file| file.set_len(1 << 40)).expect("made");
        let used = used_by(folder.path()).expect("walked");
        assert!((100_000..10_000_000).contains(&used), "{used}");
    }
}
