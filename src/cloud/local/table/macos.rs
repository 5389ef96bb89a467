//! macOS: `ps`. Untested; see the README.

use super::Entry;
use std::{process::Command, time::Duration};

/// How often an agent that is no child of ours is looked at; a child's death is told at once. One look is a run of
/// `ps` for each agent.
pub const LOOK: Duration = Duration::from_secs(2);

/// Every process of this user's: its arguments, a space after each.
pub fn entries() -> Vec<Entry> {
    let Ok(output) = Command::new("ps").args(["-xww", "-o", "pid=,command="]).output() else { return Vec::new() };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let (pid, command) = line.trim_start().split_once(' ')?;
            Some(Entry { pid: pid.parse().ok()?, command: format!("{command} ") })
        })
        .collect()
}
