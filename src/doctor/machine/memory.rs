//! Memory that is free for the control plane, and for the sandbox's servers.

use crate::{config::Provider, doctor::Finding};
use std::fs;

/// The store's Dolt and the reconciler of a fleet of hundreds take about this.
const CONTROL_PLANE_MIB: u64 = 512;
/// With a bare Dolt server or two beside it.
const SANDBOX_MIB: u64 = 1_536;

pub fn check(provider: Provider) -> Finding {
    let available = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    judge(available, if provider == Provider::Local { SANDBOX_MIB } else { CONTROL_PLANE_MIB })
}

/// MiB that programs can have without swapping, as Linux tells it.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1_024)
}

fn judge(available: Option<u64>, needed: u64) -> Finding {
    match available {
        None => Finding::not_checked("memory", "this system does not tell in /proc/meminfo"),
        Some(mib) if mib < needed => Finding::warning(
            "memory",
            format!("{mib} MiB are available, {needed} MiB are needed"),
            "end what uses it (ps aux --sort=-rss), or use a larger machine",
        ),
        Some(mib) => Finding::ok("memory", format!("{mib} MiB are available")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn what_linux_tells_is_read_in_mib() {
        assert_eq!(available("MemTotal:  8 kB\nMemAvailable:    2097152 kB\nBuffers: 1 kB"), Some(2_048));
        assert_eq!(available("nothing"), None);
        assert_eq!(judge(Some(100), 512).outcome, Outcome::Warning);
        assert_eq!(judge(None, 512).outcome, Outcome::NotChecked);
    }
}
