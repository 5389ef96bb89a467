//! The program's own log, in the state folder: a terminal interface has no other place for it.
//!
//! Bounded: a log that has grown past [`LARGEST`] is set aside at the next start, in place of the one before.

use std::{
    fs::{self, File},
    path::Path,
    sync::Mutex,
};
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

/// Some weeks of an ordinary fleet.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Writes the log to `doltops.log` in `folder`, as `DOLTOPS_LOG` filters it. Without a log the program works all the
/// same, so a failure here is no failure.
pub fn to_file(folder: &Path) {
    let path = folder.join("doltops.log");
    if fs::metadata(&path).is_ok_and(|log| log.len() > LARGEST) {
        let _ = fs::rename(&path, folder.join("doltops.log.1"));
    }
    let Ok(file) = File::options().create(true).append(true).open(&path) else { return };
    let filter = EnvFilter::try_from_env("DOLTOPS_LOG").unwrap_or_else(|_| EnvFilter::new("doltops=info"));
    let log = tracing_subscriber::fmt().with_writer(Mutex::new(file)).with_ansi(false);
    let _ = log.with_env_filter(filter).with_span_events(FmtSpan::NONE).try_init();
}
