//! Which Dolts Doltops works with.

use std::{
    fmt, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    str::FromStr,
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long `dolt version` may take. It needs 60 ms; a cold disk or a virus scanner can make seconds of it.
const PATIENCE: Duration = Duration::from_secs(15);

/// The oldest that Doltops was tried with.
const OLDEST: Version = Version(1, 83, 0);
/// From here to the end of 1.x Dolt's own source tells of values that garbage collection or a pull may lose.
const RISKY: Version = Version(1, 86, 0);
/// From here on that is mended.
const MENDED: Version = Version(2, 0, 0);

/// A version of Dolt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // A build of a development state says more after a hyphen.
        let mut numbers = text.split('-').next().unwrap_or_default().split('.').map(|part| part.parse().map_err(drop));
        let mut next = || numbers.next().unwrap_or(Err(()));
        let version = Self(next()?, next()?, next()?);
        if numbers.next().is_some() { Err(()) } else { Ok(version) }
    }
}

/// Why this version is not one to run, if it is not.
pub fn check(version: Version) -> Result<(), String> {
    if version < OLDEST {
        return Err(format!("it is too old, Doltops needs {OLDEST} or newer"));
    }
    if (RISKY..MENDED).contains(&version) {
        return Err(format!("releases from {RISKY} to the last before {MENDED} may lose data in garbage collection"));
    }
    Ok(())
}

/// Asks a binary for its version; an error says in words why it gives none.
pub fn of(dolt: &Path) -> Result<Version, String> {
    let line = first_line(dolt)?;
    line.trim()
        .strip_prefix("dolt version ")
        .and_then(|version| version.parse().ok())
        .ok_or_else(|| format!("its `dolt version` says '{}'", line.trim().escape_debug()))
}

/// The first line of `dolt version`. What follows may be a question to the network about newer releases: with a
/// configuration of its own it asks none, and touches nothing of the user's.
fn first_line(dolt: &Path) -> Result<String, String> {
    let words = |error: std::io::Error| format!("`dolt version` cannot be run: {error}");
    let root = tempfile::tempdir().map_err(words)?;
    fs::create_dir(root.path().join(".dolt")).map_err(words)?;
    let settings = r#"{"versioncheck.disabled":"true","metrics.disabled":"true"}"#;
    fs::write(root.path().join(".dolt/config_global.json"), settings).map_err(words)?;
    let mut child = Command::new(dolt)
        .arg("version")
        .env("DOLT_ROOT_PATH", root.path())
        .env("DOLT_DISABLE_EVENT_FLUSH", "true")
        .current_dir(root.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(words)?;
    let (tell, told) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            let mut line = String::new();
            // Whoever waited may have gone.
            let _ = tell.send(BufReader::new(output).read_line(&mut line).map(|_| line));
        });
    }
    let line = told.recv_timeout(PATIENCE);
    // It may still be at work on what we do not read. Either fails only when it has ended.
    let _ = child.kill();
    let _ = child.wait();
    match line {
        Ok(line) => line.map_err(words),
        Err(_) => Err(format!("`dolt version` gave no answer in {} s", PATIENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_dolt_prints_it() {
        assert_eq!("2.2.0".parse(), Ok(Version(2, 2, 0)));
        assert_eq!("1.83.2-dev".parse(), Ok(Version(1, 83, 2)));
        for bad in ["", "2", "2.2", "2.2.x", "2.2.0.1", "v2.2.0"] {
            assert_eq!(bad.parse::<Version>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn old_and_risky_releases_are_refused() {
        for fit in [Version(1, 83, 0), Version(1, 85, 9), Version(2, 0, 0), Version(2, 2, 0), Version(3, 0, 0)] {
            assert_eq!(check(fit), Ok(()), "{fit}");
        }
        for unfit in [Version(0, 50, 0), Version(1, 82, 99), Version(1, 86, 0), Version(1, 99, 1)] {
            assert!(check(unfit).is_err(), "{unfit}");
        }
    }
}
