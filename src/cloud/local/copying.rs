//! Copies a volume's data.
//!
//! `fs::copy` shares the blocks where the file system can (btrfs, XFS, APFS), so a copy is mostly instant there.
//!
//! Guarantees: all of it is on disk when it returns without an error. The caller sees to it that nothing writes
//! meanwhile. Sockets and pipes are left out: they mean nothing without their process.

use std::{fs, io, path::Path};

/// Copies the folder `from` to `to`, which must not be there; stops between two files once `stopped` says so.
pub fn tree(from: &Path, to: &Path, stopped: &dyn Fn() -> bool) -> io::Result<()> {
    super::layout::private_folder(to)?;
    for entry in fs::read_dir(from)? {
        if stopped() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "the control plane is ending"));
        }
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            tree(&entry.path(), &target, stopped)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    super::layout::sync(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_files_and_links_but_no_sockets() {
        let root = tempfile::tempdir().expect("a folder");
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        fs::create_dir_all(from.join("db/.dolt")).expect("made");
        fs::write(from.join("db/.dolt/manifest"), "5:__DOLT__").expect("written");
        std::os::unix::fs::symlink("db", from.join("link")).expect("linked");
        let _socket = std::os::unix::net::UnixListener::bind(from.join("dolt.sock")).expect("bound");

        tree(&from, &to, &|| false).expect("copied");

        assert_eq!(fs::read_to_string(to.join("link/.dolt/manifest")).expect("there"), "5:__DOLT__");
        assert!(!to.join("dolt.sock").exists());
    }

    #[test]
    fn a_copy_that_is_told_to_stop_is_no_success() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(root.path().join("from/db")).expect("made");
        assert!(tree(&root.path().join("from"), &root.path().join("to"), &|| true).is_err());
    }
}
