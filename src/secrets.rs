//! Passwords and keys: never in a table, a log, an argument list or an error.

#[cfg(feature = "aws")]
pub mod aws;
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
    /// Keeps it where there is none yet, and gives the one that is there then: of two that make one at once, both go on
    /// with the first. A folder has one writer, its lock's holder.
    async fn put_new(&self, name: &str, secret: &Secret) -> Result<Secret, SecretError> {
        self.put(name, secret).await?;
        Ok(secret.clone())
    }
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
    secrets.put_new(name, &make()).await
}
