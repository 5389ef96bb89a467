//! Passwords and keys: never in a table, a log, an argument list or an error.

pub mod folder;

use async_trait::async_trait;
use std::fmt;
use thiserror::Error;

/// A secret text. It cannot be shown by accident: `Debug` and `Display` hide it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the place where it is used, and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a secret could not be read or kept.
#[derive(Debug, Error)]
#[error("the secret {name} cannot be {what}: {why}")]
pub struct SecretError {
    /// Its name, which is no secret.
    pub name: String,
    /// read, kept, removed.
    pub what: &'static str,
    /// Why.
    pub why: String,
}

/// Where secrets are kept. Names are paths of lower-case words, digits and hyphens: `deployments/d-…/root`.
#[async_trait]
pub trait Secrets: Send + Sync + 'static {
    /// The secret of that name, if there is one.
    async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;
    /// Keeps it, in place of an earlier one.
    async fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError>;
    /// Removes every secret whose name begins with `prefix/`, and `prefix` itself.
    async fn remove(&self, prefix: &str) -> Result<(), SecretError>;
}

/// The secret of that name; `make` makes one where there is none yet.
///
/// # Errors
/// The store's own.
pub async fn get_or_make(
    secrets: &dyn Secrets,
    name: &str,
    make: impl FnOnce() -> Secret + Send,
) -> Result<Secret, SecretError> {
    if let Some(secret) = secrets.get(name).await? {
        return Ok(secret);
    }
    let secret = make();
    secrets.put(name, &secret).await?;
    Ok(secret)
}
