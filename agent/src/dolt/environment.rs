//! What Dolt finds in its environment: nothing of the agent's but what is here.

use crate::state::{deployed::Login, files};
use std::{collections::BTreeMap, ffi::OsString, fs, io, os::unix::fs::PermissionsExt, path::Path};

/// Of the machine's memory for Dolt, what Go's garbage collector may use, in hundredths.
///
/// The limit is a soft one that does not count what is not Go's: mapped table files, the C library of the compressor,
/// and threads. With 512 MiB allowed, 533 were resident; a fifth is room for that and for a burst before a collection.
const GO_SHARE: u64 = 80;

/// The environment of any Dolt that runs unattended: its home, and the memory that it may use.
pub fn unattended(home: &Path, memory_bytes: u64) -> BTreeMap<&'static str, OsString> {
    let mut all: BTreeMap<&'static str, OsString> = BTreeMap::from([
        ("HOME", home.into()),
        ("DOLT_ROOT_PATH", home.into()),
        ("GOMEMLIMIT", (memory_bytes / 100 * GO_SHARE).to_string().into()),
        // Its own scheduler waits while the machine is busy, and then never collects.
        ("DOLT_GC_SCHEDULER", "NONE".into()),
        // What it writes stays readable for the version before it.
        ("DOLT_USE_ADAPTIVE_ENCODING", "false".into()),
        // No usage events leave the machine.
        ("DOLT_DISABLE_EVENT_FLUSH", "1".into()),
        ("DOLT_EVENTS_EMITTER", "null".into()),
    ]);
    // Where Dolt finds git for a remote, temporary space, and time zones.
    for name in ["PATH", "TMPDIR", "TZ"] {
        if let Some(value) = std::env::var_os(name) {
            all.insert(name, value);
        }
    }
    all
}

/// With Dolt's first user, which Dolt makes when it finds no users yet.
pub fn with_root(mut all: BTreeMap<&'static str, OsString>, root: &Login) -> BTreeMap<&'static str, OsString> {
    all.insert("DOLT_ROOT_PASSWORD", root.password.clone().into());
    // People connect from elsewhere; the certificate and the password guard it.
    all.insert("DOLT_ROOT_HOST", "%".into());
    all
}

/// Writes Dolt's global configuration under its home: no usage metrics leave the machine.
///
/// # Errors
/// The disk's.
pub fn write_global_config(home: &Path, readers: files::Readers) -> io::Result<()> {
    let path = home.join(".dolt/config_global.json");
    if files::read(&path)?.is_some() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
        if readers == files::Readers::Group {
            // Dolt ends at once where it cannot make folders of its own beside its configuration.
            fs::set_permissions(folder, fs::Permissions::from_mode(0o2770))?;
        }
    }
    files::write_for(readers, &path, br#"{"metrics.disabled":"true"}"#)
}
