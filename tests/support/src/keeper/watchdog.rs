//! Ends what runs on the keeper's instances when the keeper ends, in whatever way.
//!
//! A shell of its own session waits for the end of a pipe that only this process holds. The kernel closes the pipe
//! also when this process is killed; then the shell ends every process that was started with a file in the keeper's
//! folder, and looks again until there is none: an agent that was just starting its Dolt is caught too.
//!
//! Why a shell: a test that is killed runs no more code of ours, a thread dies with it, and the signal that a parent's
//! death can send (`PR_SET_PDEATHSIG`) is lost across the sessions that agents and Dolts begin.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Only processes whose arguments name a file in the folder `$1`, which is the keeper's own, as the value of an agent's
/// `--machine` or a Dolt's `--config`. `grep` finds the few that are looked at closely.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r _; do :; done
more=yes
while [ "$more" ]; do
    more=
    for file in $(grep -slF -- "$1/" /proc/[0-9]*/cmdline); do
        process=${file%/cmdline}
        words=" $(tr '\0' ' ' 2>/dev/null <"$file")"
        case $words in
        *" --machine $1/"* | *" --config $1/"*)
            kill -KILL "${process#/proc/}" 2>/dev/null && more=yes ;;
        esac
    done
done
"#;

/// The shell; dropping it ends what it watches, and returns when that has ended.
#[derive(Debug)]
pub struct Watchdog(Child);

impl Watchdog {
    /// Watches over what is started with files in `folder`.
    ///
    /// # Errors
    /// When there is no `sh`.
    pub fn over(folder: &Path) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "watchdog"]).arg(folder);
        // A Ctrl+C of the terminal is for us; what it has to do comes after.
        command.process_group(0).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It has ended what it watches; how it ended itself tells nothing more.
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing of the keeper's is asked: its end is the end of the pipe.
    #[test]
    fn what_was_started_with_the_folder_ends_with_the_pipe_and_nothing_else_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let watchdog = Watchdog::over(folder.path()).expect("a shell");
        let start = |at: &Path| {
            let file = at.join("dolt.yaml");
            let mut command = Command::new("sh");
            command.args(["-c", "while :; do sleep 1; done", "dolt", "--config"]).arg(file).spawn().expect("started")
        };
        let mut ours = start(folder.path());
        let other = tempfile::tempdir().expect("a folder");
        let mut others = start(other.path());

        drop(watchdog);
        assert!(!ours.wait().expect("reaped").success());
        assert!(others.try_wait().expect("looked").is_none(), "another folder's");
        others.kill().expect("killed");
        others.wait().expect("reaped");
    }
}
