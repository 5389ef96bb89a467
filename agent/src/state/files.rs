//! Files that are there whole or not at all.
//!
//! Guarantees: a file is written beside its place, synced and renamed, and its folder is synced; after a crash at any
//! line the old content or the new one is there. Mode 0600 unless a group is to read it: most of what the agent keeps is
//! secret.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

/// Who reads a file besides its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Nobody.
    Owner,
    /// The group of its folder, which must be set-group-id.
    Group,
}

/// Writes `bytes` to `path`, in place of what is there, for its owner alone.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_for(Readers::Owner, path, bytes)
}

/// Writes `bytes` to `path`, in place of what is there.
pub fn write_for(readers: Readers, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| at(path, "written", &error))?;
    if readers == Readers::Group {
        let mode = fs::Permissions::from_mode(0o640);
        file.as_file().set_permissions(mode).map_err(|error| at(path, "written", &error))?;
    }
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| at(path, "written", &error))?;
    file.persist(path).map_err(|error| at(path, "written", &error.error))?;
    fs::File::open(folder)?.sync_all()
}

/// Writes `value` as JSON.
pub fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write(path, &bytes)
}

/// The file's content; none where there is no file.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path, "read", &error)),
    }
}

/// The value that [`write_json`] wrote; none where there is no file.
///
/// What does not parse is an error and not "none": a fence or a deploy that cannot be read must not be forgotten.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let Some(text) = read(path)? else { return Ok(None) };
    // The parser's message may quote a value, and values here are secrets: only the place is told.
    let parsed = serde_json::from_str(&text).map_err(|error| {
        let place = format!("not valid at line {}, column {}", error.line(), error.column());
        io::Error::new(io::ErrorKind::InvalidData, format!("{} is {place}", path.display()))
    })?;
    Ok(Some(parsed))
}

/// Removes a file; one that is not there is no error.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path, "removed", &error)),
        _ => Ok(()),
    }
}

fn at(path: &Path, what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be {what}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        write_json(&path, &7).expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(read_json::<u64>(&path).expect("read"), Some(7));
        write_for(Readers::Group, &path, b"8").expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        write(&path, b"9").expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_does_not_parse_is_not_taken_for_none_and_not_quoted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        write(&path, b"\"hush\"").expect("written");
        let error = read_json::<u64>(&path).expect_err("no number").to_string();
        assert!(error.contains("a.json") && !error.contains("hush"), "{error}");
    }
}
