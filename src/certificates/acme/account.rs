//! The account at the authority: made once, found again.
//!
//! Only its key is kept, before it is used: an authority gives the account of a key that it knows, so that neither a crash
//! nor a lost answer makes a second account, and there is no account number that could go astray. The secret's name holds
//! the directory, so that another authority's account is another secret.

use super::{AcmeOptions, order::Failed, words};
use crate::secrets::{self, Secret, Secrets};
use base64::{Engine, prelude::BASE64_STANDARD};
use instant_acme::{Account, AccountBuilder, Key};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time};

/// Two calls of an authority that answers in a second or two.
const OPENING: Duration = Duration::from_secs(30);

/// The account, opened when it is first needed.
pub struct Keeper {
    directory: String,
    contact: Option<String>,
    root: Option<PathBuf>,
    secrets: Arc<dyn Secrets>,
    open: Mutex<Option<Account>>,
}

impl Keeper {
    /// Opens nothing yet.
    pub fn new(options: &AcmeOptions, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            directory: options.directory.clone(),
            contact: options.contact.clone(),
            root: options.root.clone(),
            secrets,
            open: Mutex::new(None),
        }
    }

    /// The account; opened by whoever comes first, while the others wait.
    pub async fn get(&self) -> Result<Account, Failed> {
        let mut open = self.open.lock().await;
        if let Some(account) = open.as_ref() {
            return Ok(account.clone());
        }
        let account = time::timeout(OPENING, self.open()).await.map_err(|_| words::silent(OPENING))??;
        *open = Some(account.clone());
        Ok(account)
    }

    /// The authority does not know it any more: the next use opens it anew.
    pub async fn forget(&self) {
        self.open.lock().await.take();
    }

    async fn open(&self) -> Result<Account, Failed> {
        let key = self.key().await?;
        let (account, _) = self
            .builder()
            .map_err(|error| words::of(&error))?
            .create_from_key(key, self.directory.clone())
            .await
            .map_err(|error| words::of(&error))?;
        if let Some(contact) = &self.contact {
            account.update_contacts(&[contact]).await.map_err(|error| words::of(&error))?;
        }
        tracing::info!(directory = self.directory, account = account.id(), "the account at the authority is open");
        Ok(account)
    }

    fn builder(&self) -> Result<AccountBuilder, instant_acme::Error> {
        self.root.as_ref().map_or_else(Account::builder, Account::builder_with_root)
    }

    async fn key(&self) -> Result<(Key, PrivateKeyDer<'static>), Failed> {
        let name = format!("acme/account-{}", directory_word(&self.directory));
        let made = Key::generate_pkcs8().map_err(|error| words::of(&error))?.1;
        let made = Secret::new(BASE64_STANDARD.encode(made.secret_pkcs8_der()));
        let kept = secrets::get_or_make(self.secrets.as_ref(), &name, || made).await?;
        let wrong = || words::broken_key(&name);
        let der = BASE64_STANDARD.decode(kept.reveal()).map_err(|_| wrong())?;
        let key = Key::from_pkcs8_der(PrivatePkcs8KeyDer::from(der.as_slice())).map_err(|_| wrong())?;
        Ok((key, PrivatePkcs8KeyDer::from(der).into()))
    }
}

/// A directory's word in the names of secrets, where a URL cannot stand.
pub fn directory_word(directory: &str) -> String {
    Sha256::digest(directory).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
