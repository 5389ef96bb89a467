//! An authority as it is held: one, or two while one takes the other's place.
//!
//! Guarantees
//! - Each phase of a rotation is one write of one secret: a crash between any two lines leaves the phase before or the one
//!   after, and both can go on. While the rotation's secret is there, it says everything; the authority's own is put right
//!   before the other goes.
//! - What is in memory follows what is kept, never the other way.
//!
//! Not here: whether a phase may begin (`rotation`).

use super::{
    Authority, CertificateError,
    rotation::{Move, Phase},
};
use crate::{
    env::Env,
    secrets::{Secret, SecretError, Secrets},
};
use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// The rotation of an authority, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The new one signs.
    switched: bool,
    /// Certificate and key of each, PEM.
    old: String,
    new: String,
}

/// Whom we sign as, and whom we trust.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Where the rotation stands.
    pub phase: Phase,
    old: Arc<Authority>,
    new: Option<Arc<Authority>>,
}

impl PartialEq for Bundle {
    fn eq(&self, other: &Self) -> bool {
        let tags = |bundle: &Self| bundle.trusted().map(|authority| authority.tag()).collect::<Vec<_>>();
        self.phase == other.phase && tags(self) == tags(other)
    }
}

impl Bundle {
    /// Who signs now.
    pub fn signer(&self) -> &Arc<Authority> {
        match (&self.new, self.phase) {
            (Some(new), Phase::Switched) => new,
            _ => &self.old,
        }
    }

    /// The one that was there first: the only one, where there is one.
    pub fn oldest(&self) -> &Arc<Authority> {
        &self.old
    }

    /// The one that takes its place, while it does.
    pub fn coming(&self) -> Option<&Arc<Authority>> {
        self.new.as_ref()
    }

    /// All who are trusted, the oldest first.
    pub fn trusted(&self) -> impl Iterator<Item = &Arc<Authority>> {
        std::iter::once(&self.old).chain(&self.new)
    }

    /// The same, PEM.
    pub fn trusted_pem(&self) -> String {
        self.trusted().map(|authority| format!("{}\n", authority.certificate_pem().trim())).collect()
    }

    /// The same, DER.
    pub fn trusted_ders(&self) -> Vec<Vec<u8>> {
        self.trusted().map(|authority| authority.certificate_der().to_vec()).collect()
    }

    /// Who signs for somebody who trusts the authorities of these names (DER): the signer where they know it.
    pub fn signer_for(&self, known: &[Vec<u8>]) -> &Arc<Authority> {
        let knows = |authority: &Arc<Authority>| known.iter().any(|name| name == authority.subject());
        let known = self.trusted().filter(|authority| knows(authority)).last();
        if knows(self.signer()) { self.signer() } else { known.unwrap_or(self.signer()) }
    }

    /// Whether a certificate with this serial number is good beyond the rotation that is under way; without one all are, also
    /// those from before serial numbers told.
    pub fn stays(&self, serial: &str) -> bool {
        self.new.is_none() || self.signer().tag().signed(serial)
    }

    /// Whether somebody who trusts the authorities of these names trusts those that we do, and no other.
    pub fn is_known(&self, known: &[Vec<u8>]) -> bool {
        known.len() == self.trusted().count()
            && self.trusted().all(|authority| known.iter().any(|name| name == authority.subject()))
    }
}

/// An authority, as it is kept and as it changes.
#[derive(Debug)]
pub struct Held {
    name: &'static str,
    common_name: &'static str,
    now: ArcSwap<Bundle>,
    /// Whose turn it is to sign for people, or to change who signs.
    turn: Mutex<()>,
}

impl Held {
    /// Takes the authority of that name from the secrets, or makes it.
    ///
    /// # Errors
    /// When a secret cannot be read or kept, or is no authority.
    pub async fn open(
        secrets: &dyn Secrets,
        name: &'static str,
        common_name: &'static str,
        env: &dyn Env,
    ) -> Result<Self, CertificateError> {
        let bundle = match rotation(secrets, name).await? {
            Some(bundle) => bundle,
            None => {
                let old = Arc::new(Authority::open(secrets, name, common_name, env).await?);
                Bundle { phase: Phase::Settled, old, new: None }
            }
        };
        Ok(Self { name, common_name, now: ArcSwap::from_pointee(bundle), turn: Mutex::default() })
    }

    /// As it is now.
    pub fn now(&self) -> Arc<Bundle> {
        self.now.load_full()
    }

    /// Nobody changes who signs while this is held.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Reads what another host has kept meanwhile. What is not there any more is left as it is.
    ///
    /// # Errors
    /// When a secret cannot be read, or is no authority.
    pub async fn reload(&self, secrets: &dyn Secrets) -> Result<(), CertificateError> {
        // Never between the writes of a phase.
        let _turn = self.turn().await;
        self.reload_in_turn(secrets).await
    }

    /// The same by who has the turn.
    ///
    /// # Errors
    /// When a secret cannot be read, or is no authority.
    pub async fn reload_in_turn(&self, secrets: &dyn Secrets) -> Result<(), CertificateError> {
        let read = match rotation(secrets, self.name).await? {
            Some(bundle) => bundle,
            None => {
                let Some(pem) = secrets.get(self.name).await? else { return Ok(()) };
                Bundle { phase: Phase::Settled, old: Arc::new(Authority::read(pem.reveal())?), new: None }
            }
        };
        // What is the same stays the very same: who has made something of it need not make it again.
        if read != *self.now() {
            self.now.store(Arc::new(read));
        }
        Ok(())
    }

    /// Carries out what `rotation::next` said. The caller has the turn.
    ///
    /// # Errors
    /// When it cannot be kept; then it was not done, or was and is seen at the next start.
    pub async fn carry_out(&self, next: Move, secrets: &dyn Secrets, env: &dyn Env) -> Result<(), CertificateError> {
        let now = self.now();
        match (next, now.new.as_ref()) {
            (Move::Make(phase), None) => {
                // A name of its own, by which it is told from the others in a handshake.
                let common_name = format!("{} {} {}", self.common_name, env.now().strftime("%F"), env.token(6));
                let kept = Kept {
                    switched: phase == Phase::Switched,
                    old: now.old.to_pem().reveal().to_owned(),
                    new: Authority::make(&common_name, env)?,
                };
                self.keep(&kept, secrets).await?;
            }
            (Move::Switch, Some(new)) => {
                let pem = |authority: &Authority| authority.to_pem().reveal().to_owned();
                self.keep(&Kept { switched: true, old: pem(&now.old), new: pem(new) }, secrets).await?;
            }
            (Move::Drop, Some(new)) => {
                secrets.put(self.name, &new.to_pem()).await?;
                secrets.remove(&rotation_name(self.name)).await?;
                self.now.store(Arc::new(Bundle { phase: Phase::Settled, old: Arc::clone(new), new: None }));
            }
            (Move::Stay | Move::Make(_) | Move::Switch | Move::Drop, _) => {}
        }
        Ok(())
    }

    async fn keep(&self, kept: &Kept, secrets: &dyn Secrets) -> Result<(), CertificateError> {
        let bundle = kept.bundle()?;
        let text = serde_json::to_string(kept).map_err(|error| CertificateError::Unusable(error.to_string()))?;
        secrets.put(&rotation_name(self.name), &Secret::new(text)).await?;
        self.now.store(Arc::new(bundle));
        Ok(())
    }
}

impl Kept {
    fn bundle(&self) -> Result<Bundle, CertificateError> {
        Ok(Bundle {
            phase: if self.switched { Phase::Switched } else { Phase::Announced },
            old: Arc::new(Authority::read(&self.old)?),
            new: Some(Arc::new(Authority::read(&self.new)?)),
        })
    }
}

async fn rotation(secrets: &dyn Secrets, name: &str) -> Result<Option<Bundle>, CertificateError> {
    let name = rotation_name(name);
    let Some(text) = secrets.get(&name).await? else { return Ok(None) };
    // The reason would quote what it could not read.
    let unreadable = || SecretError { name, what: "read", why: "it is no rotation of an authority".to_owned() };
    let kept: Kept = serde_json::from_str(text.reveal()).map_err(|_| unreadable())?;
    kept.bundle().map(Some)
}

fn rotation_name(name: &str) -> String {
    format!("{name}-rotation")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{certificates::Leaf, env::System, secrets::folder::Folder};
    use rustls_pki_types::pem::PemObject;

    async fn opened(secrets: &Folder) -> Held {
        Held::open(secrets, "ca/control", "Test CA", &System::new()).await.expect("opened")
    }

    /// Whatever was done last, a host that starts then knows as much.
    #[tokio::test]
    async fn each_phase_survives_a_crash() {
        let folder = tempfile::tempdir().expect("a folder");
        let (secrets, env) = (Folder::new(folder.path()), System::new());
        let held = opened(&secrets).await;
        let first = held.now().signer().tag();
        let steps = [Move::Make(Phase::Announced), Move::Switch, Move::Drop];
        for (step, (trusted, signs_first)) in steps.into_iter().zip([(2, true), (2, false), (1, false)]) {
            held.carry_out(step, &secrets, &env).await.expect("kept");
            for held in [&held, &opened(&secrets).await] {
                let now = held.now();
                assert_eq!(now.trusted().count(), trusted, "{step:?}");
                assert_eq!(now.signer().tag() == first, signs_first, "{step:?}");
            }
        }
        assert_eq!(held.now().phase, Phase::Settled);
    }

    /// The host ends after the new authority was kept as the only one, and before the rotation's own secret went.
    #[tokio::test]
    async fn an_end_in_the_middle_of_the_finish_is_finished_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (secrets, env) = (Folder::new(folder.path()), System::new());
        let held = opened(&secrets).await;
        held.carry_out(Move::Make(Phase::Switched), &secrets, &env).await.expect("kept");
        let rotation = secrets.get("ca/control-rotation").await.expect("read").expect("there");
        held.carry_out(Move::Drop, &secrets, &env).await.expect("kept");
        secrets.put("ca/control-rotation", &rotation).await.expect("put back");
        let again = opened(&secrets).await;
        assert_eq!(again.now().phase, Phase::Switched);
        again.carry_out(Move::Drop, &secrets, &env).await.expect("kept");
        assert_eq!(opened(&secrets).await.now().signer().tag(), held.now().signer().tag());
    }

    #[tokio::test]
    async fn who_knows_only_one_is_signed_for_by_that_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let (secrets, env) = (Folder::new(folder.path()), System::new());
        let held = opened(&secrets).await;
        let old = held.now();
        held.carry_out(Move::Make(Phase::Switched), &secrets, &env).await.expect("kept");
        let now = held.now();
        let (first, second) = (old.signer().subject().to_vec(), now.signer().subject().to_vec());
        assert_ne!(first, second);
        let read = rustls_pki_types::CertificateDer::pem_slice_iter(now.trusted_pem().as_bytes()).count();
        assert_eq!(read, 2, "what is handed out holds both");
        assert_eq!(now.signer_for(std::slice::from_ref(&first)).tag(), old.signer().tag());
        assert_eq!(now.signer_for(&[first.clone(), second.clone()]).tag(), now.signer().tag());
        assert_eq!(now.signer_for(&[]).tag(), now.signer().tag());
        assert!(now.is_known(&[second, first.clone()]) && !now.is_known(&[first]));
        let made = now.signer().identity(&Leaf::server(vec!["x".into()], super::super::SERVER_LIFETIME), &env);
        assert!(now.signer().tag().signed(&made.expect("made").serial));
    }

    #[tokio::test]
    async fn a_broken_secret_is_not_quoted() {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = Folder::new(folder.path());
        secrets.put("ca/control-rotation", &Secret::new("hush")).await.expect("kept");
        let error = Held::open(&secrets, "ca/control", "Test CA", &System::new()).await.expect_err("broken");
        assert!(!error.to_string().contains("hush") && error.to_string().contains("ca/control-rotation"), "{error}");
    }
}
