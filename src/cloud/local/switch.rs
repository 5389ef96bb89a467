//! The machine's power switch: a file that is there while the machine is off.
//!
//! Guarantees
//! - It is off before the first process is ended, and stays off over any crash until somebody who needs the instances
//!   turns it on.
//! - Anyone on the state folder may turn it on, also while another process hosts: the host sees it within a round of
//!   `init`.
//!
//! Why a file and not a call: whoever only looks may host just then, and must neither start the instances nor stand in
//! the way of the next one, who needs them.

use super::layout;
use std::{fs, io, path::Path};

/// In the cloud's folder.
const FILE: &str = "suspended";

/// How the machine stands, for the process that hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Instances run as their records say.
    On,
    /// Their processes are being ended; it cannot be turned on before that is done.
    Ending,
    /// None is started.
    Off,
}

/// How it stands in the folder `root`. One that cannot be looked at is off: nothing is started by mistake.
pub fn of(root: &Path) -> Switch {
    if root.join(FILE).try_exists().unwrap_or(true) { Switch::Off } else { Switch::On }
}

/// Turns it on: whoever hosts brings the instances back.
///
/// # Errors
/// When the file cannot be removed.
pub fn turn_on(root: &Path) -> io::Result<()> {
    match fs::remove_file(root.join(FILE)) {
        Ok(()) => layout::sync(root),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Turns it off.
///
/// # Errors
/// When the file cannot be written.
pub fn turn_off(root: &Path) -> io::Result<()> {
    layout::write(&root.join(FILE), b"The instances were stopped; remove this file to bring them back.\n")
}
