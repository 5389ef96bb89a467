//! Secrets as files of mode 0600 in a folder of mode 0700.
//!
//! Guarantees: a secret is there whole or not at all, also after a crash (written beside, synced, renamed).

use super::{Secret, SecretError, Secrets};
use async_trait::async_trait;
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// Secrets of a state folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Keeps secrets under `root`, which is made when the first one is kept.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let word = |part: &str| !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        name.split('/').all(word).then(|| self.root.join(name))
    }

    fn at(&self, name: &str, what: &'static str, act: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), SecretError> {
        let path = self.path(name).ok_or_else(|| failed(name, what, "that is no name of a secret"))?;
        act(&path).map_err(|error| failed(name, what, error))
    }
}

fn failed(name: &str, what: &'static str, why: impl ToString) -> SecretError {
    SecretError { name: name.to_owned(), what, why: why.to_string() }
}

#[async_trait]
impl Secrets for Folder {
    async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let mut found = None;
        self.at(name, "read", |path| match fs::read_to_string(path) {
            Ok(text) => {
                found = Some(Secret::new(text));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        })?;
        Ok(found)
    }

    async fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.at(name, "kept", |path| {
            let folder = path.parent().unwrap_or(&self.root);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            // Made with mode 0600.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(secret.reveal().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            fs::File::open(folder)?.sync_all()
        })
    }

    async fn remove(&self, prefix: &str) -> Result<(), SecretError> {
        self.at(prefix, "removed", |path| {
            let result = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            match result {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn only_its_owner_reads_a_secret() {
        let root = tempfile::tempdir().expect("a folder");
        let secrets = Folder::new(root.path().join("secrets"));
        secrets.put("deployments/d-1/root", &Secret::new("hush")).await.expect("kept");
        let path = root.path().join("secrets/deployments/d-1/root");
        assert_eq!(fs::metadata(path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(
            secrets.get("deployments/d-1/root").await.expect("read").map(|s| s.reveal().to_owned()),
            Some("hush".into())
        );
        secrets.remove("deployments/d-1").await.expect("removed");
        assert_eq!(secrets.get("deployments/d-1/root").await.expect("read"), None);
    }

    #[tokio::test]
    async fn a_name_cannot_leave_the_folder() {
        let secrets = Folder::new("/nonexistent");
        for name in ["../x", "/etc/passwd", "a//b", "", "a/./b"] {
            assert!(secrets.get(name).await.is_err(), "{name}");
        }
    }
}
