//! Linux: `/proc/PID`.

use super::Usage;
use std::{ffi::OsString, fs, io, os::unix::ffi::OsStringExt, path::PathBuf, time::Duration};

/// When the process started, in clock ticks since boot; none where it has ended or is a zombie.
///
/// A zombie whose other threads still end holds its ports and locks, so it counts as running.
pub fn start_time(pid: u32) -> Option<u64> {
    let stat = Stat::read(pid)?;
    let ended = matches!(stat.field(3)?, "Z" | "X") && stat.number(20)? <= 1;
    (!ended).then(|| stat.number(22)).flatten()
}

/// Its processor time and resident memory.
pub fn usage(pid: u32) -> Option<Usage> {
    let stat = Stat::read(pid)?;
    let ticks = stat.number(14)?.saturating_add(stat.number(15)?);
    let ticks_per_second = rustix::param::clock_ticks_per_second().max(1);
    let page = u64::try_from(rustix::param::page_size()).ok()?;
    Some(Usage {
        cpu: Duration::from_millis(ticks.saturating_mul(1000) / ticks_per_second),
        memory: stat.number(24)?.saturating_mul(page),
    })
}

/// Its program and arguments.
pub fn arguments(pid: u32) -> Vec<OsString> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let parts = bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    parts.map(|part| OsString::from_vec(part.to_vec())).collect()
}

/// The running program itself, and not what has its name now: the child that follows this link is still us.
#[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
pub fn launcher() -> io::Result<PathBuf> {
    Ok(PathBuf::from("/proc/self/exe"))
}

/// Other processes of the same user cannot look into this one any more, and no dump is written of it.
pub fn no_dumps() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// `/proc/PID/stat`, whose fields proc(5) counts from 1.
struct Stat(String);

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        fs::read_to_string(format!("/proc/{pid}/stat")).ok().map(Self)
    }

    fn field(&self, number: usize) -> Option<&str> {
        // The second field is the program's name in brackets and may hold anything, brackets too.
        self.0.rsplit_once(") ")?.1.split_whitespace().nth(number.checked_sub(3)?)
    }

    fn number(&self, number: usize) -> Option<u64> {
        self.field(number)?.parse().ok()
    }
}
