//! What the kernel counts of a process, over all its threads.

use std::{fs, time::Duration};

/// Kibibytes in memory now, and at most so far.
pub fn memory(pid: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    (field(&status, "VmRSS:"), field(&status, "VmHWM:"))
}

/// How often a thread of it gave the processor up, to wait: each of these was followed by a wake-up.
pub fn waits(pid: u32) -> u64 {
    threads(pid, "status").iter().map(|status| field(status, "voluntary_ctxt_switches:")).sum()
}

/// How long it has had a processor.
pub fn processor(pid: u32) -> Duration {
    let of = |text: &String| text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0);
    Duration::from_nanos(threads(pid, "schedstat").iter().map(of).sum::<u64>())
}

fn threads(pid: u32, file: &str) -> Vec<String> {
    let all = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    // A thread may end meanwhile.
    all.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join(file)).ok()).collect()
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
