//! The credentials that the agent was given last, as they are kept on disk and followed by who uses them.
//!
//! Guarantees: they are on disk, for the agent alone, before anything uses them; they are never in a log or an error.
//! A delayed request does not bring back keys that end before those that are kept.

use super::files;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, io, path::PathBuf, sync::Arc};
use tokio::sync::{Mutex, watch};

/// Keys for the instance's own metrics and logs, and where those go.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Which key.
    pub access_key_id: String,
    /// The key, which `Debug` hides.
    pub secret_access_key: String,
    /// What goes with it, which `Debug` hides too.
    pub session_token: String,
    /// When they end.
    pub until: Timestamp,
    /// Where metrics and logs go.
    pub destination: Destination,
}

/// Where metrics and logs go; no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// `eu-central-1`.
    pub region: String,
    /// Another address of the services than the region's own.
    pub endpoint_url: Option<String>,
    /// Of CloudWatch metrics.
    pub namespace: String,
    /// Of CloudWatch Logs.
    pub log_group: String,
    /// As the cloud names it.
    pub instance_id: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({} until {} for {}, …)", self.access_key_id, self.until, self.destination.namespace)
    }
}

/// The kept [`Credentials`].
#[derive(Debug)]
pub struct CredentialsStore {
    path: PathBuf,
    // One at a time: compared, written to disk, then published.
    turn: Mutex<()>,
    newest: watch::Sender<Option<Arc<Credentials>>>,
}

impl CredentialsStore {
    /// Reads what an earlier agent of this folder was given.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let kept = files::read_json::<Credentials>(&path)?;
        Ok(Self { path, turn: Mutex::new(()), newest: watch::Sender::new(kept.map(Arc::new)) })
    }

    /// The newest.
    pub fn newest(&self) -> Option<Arc<Credentials>> {
        self.newest.borrow().clone()
    }

    /// The newest, and those to come.
    pub fn follow(&self) -> watch::Receiver<Option<Arc<Credentials>>> {
        self.newest.subscribe()
    }

    /// Takes credentials in place of those that end earlier. Gives those that are kept now.
    ///
    /// # Errors
    /// The disk's.
    pub async fn take(&self, credentials: Credentials) -> io::Result<Arc<Credentials>> {
        let _turn = self.turn.lock().await;
        if let Some(before) = self.newest().filter(|before| !is_newer(&credentials, before)) {
            return Ok(before);
        }
        let credentials = Arc::new(credentials);
        let (path, kept) = (self.path.clone(), Arc::clone(&credentials));
        tokio::task::spawn_blocking(move || files::write_json(&path, &*kept)).await.map_err(io::Error::from)??;
        self.newest.send_replace(Some(Arc::clone(&credentials)));
        Ok(credentials)
    }
}

fn is_newer(new: &Credentials, kept: &Credentials) -> bool {
    // What goes somewhere else is a new wish, whenever it ends.
    new.destination != kept.destination || new.until > kept.until
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    pub(crate) fn credentials(until: i64) -> Credentials {
        Credentials {
            access_key_id: format!("ASIA{until}"),
            secret_access_key: "hush".into(),
            session_token: "hush-too".into(),
            until: Timestamp::from_second(until).expect("a time"),
            destination: Destination {
                region: "eu-central-1".into(),
                endpoint_url: None,
                namespace: "Doltops/cp-1/d-1".into(),
                log_group: "/doltops/cp-1/d-1".into(),
                instance_id: "i-1".into(),
            },
        }
    }

    #[tokio::test]
    async fn the_next_agent_has_the_newest_and_nobody_else_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credentials.json");
        let store = CredentialsStore::open(path.clone()).expect("opened");
        store.take(credentials(20)).await.expect("kept");
        assert_eq!(*store.take(credentials(10)).await.expect("a delayed one"), credentials(20));
        assert_eq!(CredentialsStore::open(path.clone()).expect("again").newest().as_deref(), Some(&credentials(20)));
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);

        let mut elsewhere = credentials(5);
        elsewhere.destination.namespace = "Doltops/cp-1/d-2".into();
        assert_eq!(*store.take(elsewhere.clone()).await.expect("another place"), elsewhere);
    }

    #[test]
    fn debug_hides_the_keys() {
        let text = format!("{:?}", credentials(1));
        assert!(text.contains("ASIA1") && !text.contains("hush"), "{text}");
    }
}
