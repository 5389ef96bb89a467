//! What was deployed, as it is kept on disk and followed by everything else.
//!
//! Guarantees: it is on disk before anything acts on it; who follows it sees the newest and may miss those between.
//! The customer's root password is in the file only until the admin user was proven; then it is written without.

use super::{files, keys::Facts};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, io, path::PathBuf, sync::Arc};
use tokio::sync::{Mutex, watch};

/// The setting with which Dolt refuses every write.
pub const READ_ONLY: &str = "behavior.read_only";

/// A SQL user and its password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Its name.
    pub user: String,
    /// Its password, which `Debug` hides.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({}, …)", self.user)
    }
}

/// The last Deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// Whose instance this is.
    pub deployment_id: String,
    /// Which of its instances.
    pub incarnation: u32,
    /// What this is of.
    pub generation: u64,
    /// The deployment's name, for logs.
    pub name: String,
    /// The data volume's size.
    pub volume_bytes: u64,
    /// Dolt's settings.
    pub settings: BTreeMap<String, String>,
    /// Dolt restarts once for each new value.
    pub restart_id: String,
    /// The database's certificate, which is promoted before this is written.
    pub certificate: Facts,
    /// PEM: whom the agent trusts when it connects to Dolt.
    pub deployment_ca: String,
    /// PEM: whom it trusts too, where somebody else has signed the database's certificate: the top of the chain that it
    /// was given itself. Empty: nobody.
    #[serde(default)]
    pub chain_top: String,
    /// The customer's login, until the admin user was proven.
    pub root: Option<Login>,
    /// The control plane's login, as it should be.
    pub admin: Login,
    /// The control plane's login that last worked.
    pub proven: Option<Login>,
}

impl Deployed {
    /// Whether the admin user is known to be there as it should be.
    pub fn is_proven(&self) -> bool {
        self.proven.as_ref() == Some(&self.admin)
    }

    /// PEM: everyone whom the agent trusts when it connects to Dolt.
    pub fn trusted(&self) -> String {
        format!("{}{}", self.deployment_ca, self.chain_top)
    }

    /// The name by which the agent asks Dolt to show its certificate: one that the certificate carries.
    pub fn database_name(&self) -> &str {
        let host = |name: &&String| name.parse::<std::net::IpAddr>().is_err();
        self.certificate.names.iter().find(host).map_or("localhost", String::as_str)
    }

    /// Whether Dolt refuses every write, those of SQL users included.
    pub fn is_read_only(&self) -> bool {
        self.settings.get(READ_ONLY).is_some_and(|value| value == "true")
    }
}

/// The kept [`Deployed`].
#[derive(Debug)]
pub struct Deployments {
    path: PathBuf,
    // Changes one at a time: read, written to disk, then published.
    turn: Mutex<()>,
    newest: watch::Sender<Option<Arc<Deployed>>>,
}

impl Deployments {
    /// Reads what an earlier agent of this folder was told.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let kept = files::read_json::<Deployed>(&path)?;
        Ok(Self { path, turn: Mutex::new(()), newest: watch::Sender::new(kept.map(Arc::new)) })
    }

    /// The newest.
    pub fn newest(&self) -> Option<Arc<Deployed>> {
        self.newest.borrow().clone()
    }

    /// The newest, and those to come.
    pub fn follow(&self) -> watch::Receiver<Option<Arc<Deployed>>> {
        self.newest.subscribe()
    }

    /// Takes a Deploy. What is proven already stays so, and with it the root password stays off the disk.
    pub async fn take(&self, mut deployed: Deployed) -> io::Result<()> {
        let _turn = self.turn.lock().await;
        deployed.proven = self.newest().and_then(|before| before.proven.clone());
        if deployed.is_proven() {
            deployed.root = None;
        }
        self.keep(deployed).await
    }

    /// Notes that `login` worked, and forgets the root password.
    pub async fn proven(&self, login: &Login) -> io::Result<()> {
        let _turn = self.turn.lock().await;
        let Some(before) = self.newest() else { return Ok(()) };
        let mut after = Deployed::clone(&before);
        after.proven = Some(login.clone());
        if after.is_proven() {
            after.root = None;
        }
        self.keep(after).await
    }

    /// Notes that `login`, which has worked, is the control plane's from now on.
    pub async fn renewed(&self, login: &Login) -> io::Result<()> {
        let _turn = self.turn.lock().await;
        let Some(before) = self.newest() else { return Ok(()) };
        let (admin, proven) = (login.clone(), Some(login.clone()));
        self.keep(Deployed { admin, proven, root: None, ..Deployed::clone(&before) }).await
    }

    async fn keep(&self, deployed: Deployed) -> io::Result<()> {
        if self.newest().is_some_and(|before| *before == deployed) {
            return Ok(());
        }
        let (path, kept) = (self.path.clone(), deployed.clone());
        tokio::task::spawn_blocking(move || files::write_json(&path, &kept)).await.map_err(io::Error::from)??;
        self.newest.send_replace(Some(Arc::new(deployed)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str) -> Login {
        Login { user: user.into(), password: format!("{user}-password") }
    }

    fn deployed() -> Deployed {
        Deployed {
            deployment_id: "d-1".into(),
            incarnation: 1,
            generation: 1,
            name: "orders".into(),
            volume_bytes: 1,
            settings: BTreeMap::new(),
            restart_id: String::new(),
            certificate: Facts { serial: "1".into(), not_before_ms: 0, not_after_ms: 0, names: Vec::new() },
            deployment_ca: String::new(),
            chain_top: String::new(),
            root: Some(login("root")),
            admin: login("admin_a"),
            proven: None,
        }
    }

    #[tokio::test]
    async fn the_root_password_leaves_the_disk_once_the_admin_is_proven() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deploy.json");
        let kept = Deployments::open(path.clone()).expect("opened");
        kept.take(deployed()).await.expect("kept");
        assert!(files::read(&path).expect("read").expect("there").contains("root-password"));

        kept.proven(&login("admin_a")).await.expect("kept");
        kept.take(deployed()).await.expect("the same again");
        assert!(!files::read(&path).expect("read").expect("there").contains("root-password"));

        let again = Deployments::open(path).expect("opened").newest().expect("there");
        assert_eq!(again.proven, Some(login("admin_a")));
    }

    #[tokio::test]
    async fn a_new_admin_keeps_the_old_one_until_it_is_proven() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Deployments::open(folder.path().join("deploy.json")).expect("opened");
        kept.take(deployed()).await.expect("kept");
        kept.proven(&login("admin_a")).await.expect("kept");
        kept.take(Deployed { admin: login("admin_b"), root: None, ..deployed() }).await.expect("kept");
        assert_eq!(kept.newest().expect("there").proven, Some(login("admin_a")));
    }
}
