//! The folder that everything of one control plane is kept in, and the lock that says who hosts it.

use crate::{
    env::Env,
    hosted_api::problem::{Kind, Problem},
};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};
use std::{
    env,
    fs::{self, File},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

/// A Unix socket's path holds at most 104 bytes with the closing zero on macOS, 108 on Linux.
const LONGEST_SOCKET_PATH: usize = 103;

/// Made at the first start.
const CONTROL_PLANE_ID: &str = "control-plane-id";

/// The same: what tells this folder's daemon from those of others.
const DAEMON: &str = "daemon";

/// The same: where its deployments live.
const PROVIDER: &str = "provider";

/// A state folder that can be written to.
#[derive(Clone, Debug)]
pub struct StateFolder {
    root: PathBuf,
}

/// The lock of a state folder: held until dropped, also by a crash.
#[derive(Debug)]
pub struct HostLock {
    _file: File,
}

fn unusable(root: &Path, error: &io::Error) -> Problem {
    Problem::invalid("state-dir", format!("{} cannot be used: {error}", root.display()))
        .next("choose another with --state-dir or DOLTOPS_STATE_DIR, or change its permissions")
}

impl StateFolder {
    /// Opens the folder, and makes it where there is none.
    ///
    /// # Errors
    /// Names the folder and why it cannot be used.
    pub fn open(root: &Path) -> Result<Self, Problem> {
        let make = || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
            tempfile::tempfile_in(root)?;
            root.canonicalize()
        };
        make().map(|root| Self { root }).map_err(|error| unusable(root, &error))
    }

    /// Whether a control plane was ever hosted on the folder at `root`.
    pub fn is_used(root: &Path) -> bool {
        root.join(CONTROL_PLANE_ID).exists()
    }

    /// The folder, without links in its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where this machine's instances and volumes are.
    pub fn cloud(&self) -> PathBuf {
        self.root.join("cloud")
    }

    /// Where the highest epoch of the roles of the store's servers is kept.
    pub fn store_epoch(&self) -> PathBuf {
        self.root.join("store-epoch")
    }

    /// Takes the lock; none where another process has it.
    ///
    /// # Errors
    /// When the lock file cannot be opened.
    pub fn lock(&self) -> Result<Option<HostLock>, Problem> {
        let path = self.root.join("host.lock");
        let file = File::options().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|error| unusable(&self.root, &error))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(HostLock { _file: file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(unusable(&self.root, &error.into())),
        }
    }

    /// The control plane's id, where one was hosted here before.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn known_id(&self) -> Result<Option<String>, Problem> {
        self.read(CONTROL_PLANE_ID)
    }

    /// From now on it takes part in that control plane.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn join(&self, id: &str) -> Result<(), Problem> {
        self.write(CONTROL_PLANE_ID, id)
    }

    /// It takes part in none.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn forget_id(&self) -> Result<(), Problem> {
        fs::remove_file(self.root.join(CONTROL_PLANE_ID)).map_err(|error| unusable(&self.root, &error))
    }

    /// What tells the daemon of this folder from others: made once.
    ///
    /// # Errors
    /// When it can be neither read nor written.
    pub fn daemon_token(&self, env: &dyn Env) -> Result<String, Problem> {
        match self.read(DAEMON)? {
            Some(token) => Ok(token),
            None => {
                let token = env.token(12);
                self.write(DAEMON, &token)?;
                Ok(token)
            }
        }
    }

    /// This control plane's id: made once, the same for ever.
    ///
    /// # Errors
    /// When it can be neither read nor written.
    pub fn control_plane_id(&self, env: &dyn Env) -> Result<String, Problem> {
        match self.read(CONTROL_PLANE_ID)? {
            Some(id) => Ok(id),
            None => {
                let id = format!("cp-{}", env.token(12));
                self.write(CONTROL_PLANE_ID, &id)?;
                Ok(id)
            }
        }
    }

    /// Refuses another provider than the first: what is there would look as if it were gone, and be mended as such.
    ///
    /// # Errors
    /// Names both, and when the folder can be neither read nor written.
    pub fn suits(&self, provider: &str) -> Result<(), Problem> {
        match self.read(PROVIDER)? {
            Some(first) if first != provider => {
                let what =
                    format!("{} is the state of deployments on {first}, and this is {provider}", self.root.display());
                Err(Problem::invalid("provider", what).next(
                    "name the doltops.toml of that control plane with --config or DOLTOPS_CONFIG, \
                     or choose another folder with --state-dir",
                ))
            }
            _ => Ok(()),
        }
    }

    /// From now on it is this provider's: once that could be opened, so that a slip of the pen binds nobody.
    ///
    /// # Errors
    /// As [`StateFolder::suits`].
    pub fn keep_to(&self, provider: &str) -> Result<(), Problem> {
        self.suits(provider)?;
        self.write(PROVIDER, provider)
    }

    fn read(&self, name: &str) -> Result<Option<String>, Problem> {
        match fs::read_to_string(self.root.join(name)) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(&self.root, &error)),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Problem> {
        let written = || {
            let file = tempfile::NamedTempFile::new_in(&self.root)?;
            fs::write(file.path(), text)?;
            file.as_file().sync_all()?;
            file.persist(self.root.join(name)).map_err(|error| error.error)
        };
        written().map(drop).map_err(|error| unusable(&self.root, &error))
    }

    /// Where the host listens. In the folder itself, or, where that path is too long for a socket, in a folder of this
    /// user's under the runtime folder, named for this one.
    ///
    /// # Errors
    /// When that folder is not this user's alone.
    pub fn socket(&self) -> Result<PathBuf, Problem> {
        let here = self.root.join("api.sock");
        if here.as_os_str().len() <= LONGEST_SOCKET_PATH {
            return Ok(here);
        }
        let name: String =
            Sha256::digest(self.root.as_os_str().as_bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect();
        let user = rustix::process::getuid().as_raw();
        let folder = match env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
            Some(folder) => PathBuf::from(folder).join("doltops"),
            None => env::temp_dir().join(format!("doltops-{user}")),
        };
        self.own(&folder, user)?;
        Ok(folder.join(format!("{name}.sock")))
    }

    /// Others may write to the temporary folder: one that they made in our name is refused.
    fn own(&self, folder: &Path, user: u32) -> Result<(), Problem> {
        let made = fs::DirBuilder::new().mode(0o700).create(folder);
        if let Err(error) = made
            && error.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(unusable(folder, &error));
        }
        let found = fs::symlink_metadata(folder).map_err(|error| unusable(folder, &error))?;
        if found.is_dir() && found.uid() == user && found.permissions().mode() & 0o077 == 0 {
            return Ok(());
        }
        let what = format!("{} is not a folder of this user's alone", folder.display());
        Err(Problem::new(Kind::Refused, what).next("choose a shorter --state-dir, or set XDG_RUNTIME_DIR"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::System;

    #[test]
    fn one_process_hosts_a_folder() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = StateFolder::open(&root.path().join("state")).expect("made");
        let lock = folder.lock().expect("asked").expect("free");
        assert!(folder.lock().expect("asked").is_none());
        drop(lock);
        assert!(folder.lock().expect("asked").is_some());
    }

    #[test]
    fn a_long_path_has_a_short_socket() {
        let root = tempfile::tempdir().expect("a folder");
        let long = root.path().join("x".repeat(120));
        let socket = StateFolder::open(&long).expect("made").socket().expect("found");
        assert!(socket.as_os_str().len() <= LONGEST_SOCKET_PATH, "{}", socket.display());
    }

    #[test]
    fn a_folder_keeps_its_id() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = StateFolder::open(root.path()).expect("made");
        let id = folder.control_plane_id(&System::new()).expect("made");
        assert_eq!(folder.control_plane_id(&System::new()).expect("read"), id);
    }

    #[test]
    fn a_folder_keeps_to_its_provider() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = StateFolder::open(root.path()).expect("made");
        folder.keep_to("aws eu-central-1").expect("the first");
        folder.keep_to("aws eu-central-1").expect("the same");
        for other in ["local", "aws eu-west-1"] {
            let refused = folder.suits(other).expect_err(other);
            assert_eq!(refused.field, "provider");
            assert!(refused.what.contains("aws eu-central-1"), "{}", refused.what);
        }
    }
}
