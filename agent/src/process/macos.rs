//! macOS: `ps`. Untested; see the README.

use std::process::Command;

/// When the process started, in seconds; none where it has ended or is a zombie.
pub fn start_time(pid: u32) -> Option<u64> {
    let output =
        Command::new("ps").args(["-o", "stat=,lstart=", "-p", &pid.to_string()]).env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (state, started) = text.trim().split_once(' ')?;
    let started = jiff::fmt::strtime::parse("%a %b %e %H:%M:%S %Y", started.trim()).ok()?.to_datetime().ok()?;
    let seconds = started.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    (!state.starts_with('Z')).then(|| u64::try_from(seconds).unwrap_or_default())
}
