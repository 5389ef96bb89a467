//! This machine's process table.
//!
//! An agent is found by its command line, as an instance of EC2's is by its tag: `… --machine FILE …`. So there
//! is no record of process ids that a crash could leave out, or that a reboot could make name someone else's process.
//! The agents' Dolts are found the same way, beside what each agent has written down of its own.

use doltops_agent::process::Process;
use std::path::Path;

#[cfg(target_os = "linux")]
#[path = "table/linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "table/macos.rs"]
mod system;

pub use system::LOOK;

/// One process and how it was called.
#[derive(Clone, Debug)]
pub struct Entry {
    pid: u32,
    command: String,
}

impl Entry {
    /// The process, for ever; none where it has ended since.
    fn process(&self) -> Option<Process> {
        Process::of(self.pid)
    }
}

/// The table as it is now.
#[derive(Clone, Debug, Default)]
pub struct Table(Vec<Entry>);

impl Table {
    /// Reads it. What cannot be read is another user's, and no process of ours.
    pub fn read() -> Self {
        Self(system::entries())
    }

    /// The agents that were started with this machine file.
    pub fn agents(&self, machine: &Path) -> Vec<Process> {
        let with = format!(" --machine {} ", machine.display());
        self.where_command(|command| command.contains(&with))
    }

    /// The Dolt servers that were called with something in this folder.
    pub fn dolts(&self, folder: &Path) -> Vec<Process> {
        let with = format!("{}/", folder.display());
        self.where_command(|command| command.contains(" sql-server ") && command.contains(&with))
    }

    fn where_command(&self, fits: impl Fn(&str) -> bool) -> Vec<Process> {
        self.0.iter().filter(|entry| fits(&entry.command)).filter_map(Entry::process).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `i-1` is the beginning of `i-10`: neither may be taken for the other.
    #[test]
    fn an_agent_is_found_by_its_own_machine_file_alone() {
        let command =
            |id: &str| format!("/bin/doltops agent --machine /s/{id}/machine.toml --user-data /s/{id}/u.toml ");
        let own = std::process::id();
        let table = Table(vec![Entry { pid: own, command: command("i-10") }]);
        assert!(table.agents(Path::new("/s/i-1/machine.toml")).is_empty());
        assert_eq!(table.agents(Path::new("/s/i-10/machine.toml")).first().map(|found| found.pid), Some(own));

        let dolt = "/bin/dolt sql-server --config /s/i-10/agent/dolt.yaml ".to_owned();
        let editor = "vi /s/i-10/agent/dolt.yaml ".to_owned();
        let table = Table(vec![Entry { pid: own, command: dolt }, Entry { pid: own, command: editor }]);
        assert!(table.dolts(Path::new("/s/i-1")).is_empty());
        assert_eq!(table.dolts(Path::new("/s/i-10")).len(), 1);
    }

    #[test]
    fn this_process_is_in_the_table() {
        assert!(Table::read().0.iter().any(|entry| entry.pid == std::process::id()));
    }
}
