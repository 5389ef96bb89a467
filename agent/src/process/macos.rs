//! macOS: `ps`. Untested; see the README.

use super::Usage;
use std::{ffi::OsString, io, path::PathBuf, process::Command, time::Duration};

/// When the process started, in seconds; none where it has ended or is a zombie.
pub fn start_time(pid: u32) -> Option<u64> {
    let text = ps(pid, "stat=,lstart=")?;
    let (state, started) = text.trim().split_once(' ')?;
    let started = jiff::fmt::strtime::parse("%a %b %e %H:%M:%S %Y", started.trim()).ok()?.to_datetime().ok()?;
    let seconds = started.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    (!state.starts_with('Z')).then(|| u64::try_from(seconds).unwrap_or_default())
}

/// Its processor time and resident memory.
pub fn usage(pid: u32) -> Option<Usage> {
    let text = ps(pid, "rss=,time=")?;
    let (kib, time) = text.trim().split_once(' ')?;
    // [[hours:]minutes:]seconds
    let seconds =
        time.trim().split(':').try_fold(0.0, |sum, part| part.parse::<f64>().ok().map(|part| sum * 60.0 + part))?;
    Some(Usage {
        cpu: Duration::try_from_secs_f64(seconds).ok()?,
        memory: kib.parse::<u64>().ok()?.saturating_mul(1024),
    })
}

/// Its program and arguments; one with a space in it comes as two.
pub fn arguments(pid: u32) -> Vec<OsString> {
    ps(pid, "command=").unwrap_or_default().split_whitespace().map(OsString::from).collect()
}

/// The running program's file.
pub fn launcher() -> io::Result<PathBuf> {
    std::env::current_exe()
}

fn ps(pid: u32, columns: &str) -> Option<String> {
    let output = Command::new("ps").args(["-o", columns, "-p", &pid.to_string()]).env("LC_ALL", "C").output().ok()?;
    String::from_utf8(output.stdout).ok()
}

/// The limit on core dumps is all that there is.
pub fn no_dumps() {}
