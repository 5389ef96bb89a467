//! Finds what runs on an instance: by the files that it was started with, which are in the instance's folder.
//!
//! So no list of process ids is kept that a crash could leave out. Linux: other systems have no `127.10.x.y` either.

use doltops_agent::process::Process;
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, path::Path};

/// The agents whose machine file is in `folder`.
pub fn agents(folder: &Path) -> Vec<Process> {
    started_with(folder, "--machine")
}

/// The Dolts whose configuration is in `folder`.
pub fn dolts(folder: &Path) -> Vec<Process> {
    started_with(folder, "sql-server")
}

fn started_with(folder: &Path, word: &str) -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = entries.filter_map(|entry| Process::of(entry.file_name().to_str()?.parse().ok()?));
    all.filter(|process| {
        let arguments = process.arguments();
        arguments.iter().any(|one| one == word) && arguments.iter().any(|one| Path::new(one).starts_with(folder))
    })
    .collect()
}

/// Dolts that stand still for as long as this lives.
#[derive(Debug)]
pub struct Still(Vec<Process>);

/// Holds the Dolts of `folder` still.
pub fn hold(folder: &Path) -> Still {
    let dolts = dolts(folder);
    signal(&dolts, Signal::STOP);
    Still(dolts)
}

impl Drop for Still {
    fn drop(&mut self) {
        signal(&self.0, Signal::CONT);
    }
}

fn signal(processes: &[Process], signal: Signal) {
    for process in processes.iter().filter(|process| process.is_alive()) {
        if let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) {
            // It can only fail when the process has just ended.
            let _ = kill_process(pid, signal);
        }
    }
}
