//! The state folder: it can be written to, by this user alone, and there is room in it.

use crate::{config::Config, doctor::Finding};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Below this the control plane's own database may not grow any more: a year of a busy fleet's history and the garbage
/// between two collections.
const NEEDED: u64 = 1 << 30;
/// Below this there is little room for a sandbox's databases.
const ROOMY: u64 = 5 << 30;

pub fn check(state_dir: &Path) -> Vec<Finding> {
    let there = nearest(state_dir);
    vec![writable(state_dir, &there, tempfile::tempfile_in(&there)), closed(state_dir), free(&there)]
        .into_iter()
        .flatten()
        .collect()
}

/// The folder itself, or the first above it that is there: the one in which it would be made.
fn nearest(path: &Path) -> PathBuf {
    let found = path.ancestors().find(|folder| folder.exists());
    found.unwrap_or(Path::new("/")).to_owned()
}

fn writable(wanted: &Path, there: &Path, proof: io::Result<fs::File>) -> Option<Finding> {
    let name = wanted.display();
    Some(match proof {
        Ok(_) if wanted == there => Finding::ok("state folder", format!("{name} can be written to")),
        Ok(_) => Finding::ok("state folder", format!("{name} is not there yet, and can be made")),
        Err(error) => Finding::missing(
            "state folder",
            format!("{} cannot be written to: {error}", there.display()),
            "choose another with --state-dir or DOLTOPS_STATE_DIR, or change its permissions",
        ),
    })
}

/// Whoever may enter it may open the socket in it, and is an administrator.
fn closed(state_dir: &Path) -> Option<Finding> {
    let mode = fs::metadata(state_dir).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        Finding::warning(
            "state folder",
            format!("{} can be entered by other users (mode {:o})", state_dir.display(), mode & 0o777),
            format!("chmod 700 {}", state_dir.display()),
        )
    })
}

fn free(there: &Path) -> Option<Finding> {
    Some(match rustix::fs::statvfs(there) {
        Ok(found) => space(there, found.f_bavail.saturating_mul(found.f_frsize)),
        Err(error) => Finding::not_checked("free space", format!("{}: {error}", there.display())),
    })
}

fn space(at: &Path, bytes: u64) -> Finding {
    let gib = bytes / (1 << 30);
    let found = format!("{gib} GiB free at {}", at.display());
    let next = "make room, or choose another folder with --state-dir";
    match bytes {
        few if few < NEEDED => Finding::missing("free space", found, next),
        few if few < ROOMY => Finding::warning("free space", found, next),
        _ => Finding::ok("free space", found),
    }
}

/// The folder that `config` names, where it is there already.
pub fn existing(config: &Config) -> Option<&Path> {
    config.state_dir.is_dir().then_some(config.state_dir.as_path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn a_folder_that_is_not_there_yet_is_not_made() {
        let root = tempfile::tempdir().expect("a folder");
        let wanted = root.path().join("a/b");
        let found = check(&wanted);
        assert!(found[0].found.contains("can be made"), "{found:?}");
        assert!(!root.path().join("a").exists());
    }

    #[test]
    fn a_full_disk_is_missing_before_it_is_noticed() {
        let of = |bytes| space(Path::new("/"), bytes).outcome;
        assert_eq!([of(NEEDED - 1), of(ROOMY - 1), of(ROOMY)], [Outcome::Missing, Outcome::Warning, Outcome::Ok]);
    }

    #[test]
    fn others_who_may_enter_are_told() {
        let root = tempfile::tempdir().expect("a folder");
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).expect("set");
        assert!(closed(root.path()).is_some_and(|finding| finding.next.starts_with("chmod 700")));
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o700)).expect("set");
        assert_eq!(closed(root.path()), None);
    }
}
