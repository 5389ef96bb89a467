//! The data volume: how much of it is used, and whether it is still there.

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

/// Where the kernel lists the block devices that it has, by number.
const DEVICES: &str = "/sys/dev/block";

/// Whether the volume was taken from under its filesystem, which stays mounted and dead until the next boot.
pub fn lost(machine: &Machine) -> bool {
    machine.grow_command().is_some() && is_dead(fs::metadata(&machine.data), Path::new(DEVICES))
}

/// What a look at a mounted filesystem says of its device. XFS answers nothing any more once it has noticed; until then
/// the device is only no longer listed.
fn is_dead(looked: io::Result<fs::Metadata>, devices: &Path) -> bool {
    match looked {
        Ok(metadata) => {
            let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
            // Major 0: no block device behind it, as a file system of memory or of a network has none.
            major != 0 && devices.is_dir() && !devices.join(format!("{major}:{minor}")).exists()
        }
        Err(error) => error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()),
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

    #[test]
    fn a_filesystem_whose_device_is_gone_or_fails_is_dead() {
        let devices = tempfile::tempdir().expect("a folder");
        let a_device = || fs::metadata("/dev/null").expect("it is there");
        let folder = fs::metadata(devices.path()).expect("it is there");
        let (major, minor) = (rustix::fs::major(folder.dev()), rustix::fs::minor(folder.dev()));
        if major != 0 {
            assert!(is_dead(fs::metadata(devices.path()), devices.path()), "it is not listed");
            fs::write(devices.path().join(format!("{major}:{minor}")), "").expect("written");
            assert!(!is_dead(fs::metadata(devices.path()), devices.path()), "it is listed");
        }
        assert_eq!(rustix::fs::major(a_device().dev()), 0, "devtmpfs is no block device");
        assert!(!is_dead(Ok(a_device()), devices.path()));
        let error = |errno: rustix::io::Errno| Err(io::Error::from_raw_os_error(errno.raw_os_error()));
        assert!(is_dead(error(rustix::io::Errno::IO), devices.path()));
        assert!(!is_dead(error(rustix::io::Errno::ACCESS), devices.path()));
    }
}
