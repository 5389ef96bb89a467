//! Linux: `/proc/PID/cmdline`.

use super::Entry;
use std::{fs, time::Duration};

/// How often an agent that is no child of ours is looked at; a child's death is told at once. One look is one small
/// read for each agent.
pub const LOOK: Duration = Duration::from_millis(250);

/// Every process whose command line can be read: its arguments, a space after each.
pub fn entries() -> Vec<Entry> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let command = String::from_utf8_lossy(&arguments).replace('\0', " ");
            Some(Entry { pid, command })
        })
        .collect()
}
