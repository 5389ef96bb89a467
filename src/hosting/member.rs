//! Which control plane this process hosts, and under what name it takes part in it.
//!
//! A store of its own makes a control plane of its own: its id is the state folder's. On a shared store the id is the
//! store's, since it is on everything in the cloud: a daemon that came with another would see none of it, and build it all
//! a second time.
//!
//! Guarantees
//! - Before anything in the cloud is looked at, the state folder, the store and the secrets belong to one control plane, or
//!   the start is refused.
//! - Of two daemons that start first on an empty store at once, both go on as the same.
//! - No two daemons have the same name, also where a state folder was copied to another machine or place.

use super::{StateFolder, control_plane::failed};
use crate::{
    certificates::Authorities,
    env::Env,
    hosted_api::problem::{Kind, Problem},
    secrets::Secrets,
    store::{daemons::Daemon, dolt::DoltStore},
};
use sha2::{Digest, Sha256};
use std::{net::SocketAddr, os::unix::ffi::OsStrExt};

/// This process's part in a control plane.
pub(super) struct Membership {
    /// The control plane's id.
    pub id: String,
    /// It was another daemon's before: what is kept outside the store must be there already.
    pub joins: bool,
}

/// Takes part in the control plane of a store that others may be on too. `shared_cloud`: whether they see the same cloud.
///
/// # Errors
/// When the state folder is another control plane's, or its instances are on another machine.
pub(super) async fn join(
    folder: &StateFolder,
    store: &DoltStore,
    shared_cloud: bool,
    env: &dyn Env,
) -> Result<Membership, Problem> {
    let before = folder.known_id()?;
    let theirs = match store.belongs_to().await? {
        Some(id) => id,
        // The folder has it first, so that a crash in between leaves one that can go on.
        None => store.claim(&folder.control_plane_id(env)?).await?,
    };
    // One that was made up a moment ago gives way to that of a daemon which was first.
    let ours = folder.known_id()?.filter(|ours| before.is_some() || *ours == theirs);
    match ours {
        Some(id) if id == theirs => Ok(Membership { id, joins: false }),
        Some(id) => {
            let root = folder.root().display();
            let what = format!("{root} is the state of the control plane {id}, and the store is that of {theirs}");
            Err(Problem::invalid("state-dir", what)
                .next("choose an empty folder with --state-dir, or name the store of that control plane"))
        }
        None if !shared_cloud => {
            let what =
                format!("the store is that of {theirs}, whose instances are processes of another machine or folder");
            Err(Problem::invalid("store", what).next(
                "start doltops on the state folder of that control plane; only a cloud that several machines see \
                 (provider = \"aws\") can have several daemons",
            ))
        }
        None => {
            folder.join(&theirs)?;
            Ok(Membership { joins: true, id: theirs })
        }
    }
}

impl Membership {
    /// Refuses secrets that are not this control plane's: new ones would be made, and no agent would know them.
    ///
    /// # Errors
    /// Says so, and when they cannot be read.
    pub async fn has_secrets(&self, folder: &StateFolder, secrets: &dyn Secrets) -> Result<(), Problem> {
        let there = Authorities::are_in(secrets).await;
        if !self.joins || there.map_err(|error| failed("the secrets", error))? {
            return Ok(());
        }
        // As if it had never been here: with the right settings it joins.
        folder.forget_id()?;
        let what = format!("the secrets of the control plane {} are not where this daemon looks for them", self.id);
        Err(Problem::new(Kind::Refused, what)
            .next("daemons of one store need the same secrets: secrets = \"secrets-manager\" in the table [aws] of all of them"))
    }
}

/// What a daemon on a shared store tells of itself.
pub(super) fn daemon(folder: &StateFolder, token: &str, listens: Option<SocketAddr>) -> Daemon {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let address = listens.map(|at| address(&host, at)).unwrap_or_default();
    Daemon { name: name(&host, folder, token), host, process: std::process::id(), address }
}

/// The host, and what tells this state folder from every other there: where it is, and what it was given at first.
fn name(host: &str, folder: &StateFolder, token: &str) -> String {
    let mut digest = Sha256::new();
    for part in [folder.root().as_os_str().as_bytes(), token.as_bytes()] {
        digest.update(part);
        digest.update([0]);
    }
    let digest: String = digest.finalize().iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    format!("{host}-{digest}")
}

/// Where others find a daemon that listens at `at`.
fn address(host: &str, at: SocketAddr) -> String {
    if at.ip().is_unspecified() { format!("https://{host}:{}", at.port()) } else { format!("https://{at}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_folder_has_another_name() {
        let root = tempfile::tempdir().expect("a folder");
        let of = |place: &str| StateFolder::open(&root.path().join(place)).expect("made");
        let (one, copy) = (of("one"), of("copy"));
        assert_eq!(name("ops", &one, "t"), name("ops", &one, "t"));
        assert_ne!(name("ops", &one, "t"), name("ops", &copy, "t"));
        assert_ne!(name("ops", &one, "t"), name("ops", &one, "u"));
        assert_ne!(name("ops", &one, "t"), name("other", &one, "t"));
    }

    #[test]
    fn who_listens_everywhere_is_found_by_the_machines_name() {
        assert_eq!(address("ops", "0.0.0.0:7443".parse().expect("an address")), "https://ops:7443");
        assert_eq!(address("ops", "10.0.0.7:7443".parse().expect("an address")), "https://10.0.0.7:7443");
    }
}
